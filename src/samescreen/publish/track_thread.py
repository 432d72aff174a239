"""What every track's thread does: run until stopped, report failures, wait, try again.

Each track has a thread of its own, which owns the source and the encoders. It exchanges values
with the event loop only through its bridge.
"""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final

from samescreen.capture.recurring_errors import RecurringErrors
from samescreen.errors import CaptureError, EncodeError
from samescreen.hub.events import SourceStatus

from .bridge import ThreadBridge

_errors: Final = RecurringErrors(logging.getLogger(__name__))

RETRY_S: Final = 1.0


class TrackThread(ABC):
    """The thread `name` of one source. Subclasses capture, encode and post in `_work`."""

    subject: str
    """What the track carries, for the log."""

    unexpected: str
    """The status detail after an error that is a bug, for viewers."""

    def __init__(self, bridge: ThreadBridge, name: str) -> None:
        self._bridge = bridge
        self._status: SourceStatus | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread to end after `bridge.stop()`; returns whether it did."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # For subclasses; called on the thread.

    @abstractmethod
    def _work(self) -> None:
        """Open the source, capture and encode, until stopped or until there is nothing to do.

        Raises:
            CaptureError: the source failed.
            EncodeError: an encoder failed.
        """

    @abstractmethod
    def _source_failure(self, error: CaptureError) -> SourceStatus:
        """The status of a source that failed like this."""

    @abstractmethod
    def _release(self) -> None:
        """Close the source and the encoders; `_work` may open them again."""

    @abstractmethod
    def _dispose(self) -> None:
        """The same for good, as the thread's last act."""

    def _wait_to_retry(self) -> None:
        self._bridge.wait(RETRY_S, until_wanted=False)

    @property
    def _is_failing(self) -> bool:
        """Only a packet proves that an encoder works again, or whatever failed unexpectedly."""
        status = self._status
        return status is not None and (
            status.reason == "encoder-failed" or status.detail == self.unexpected
        )

    def _post_status(self, status: SourceStatus) -> None:
        """Post the status if it is a new one."""
        if status != self._status:
            self._status = status
            self._bridge.post(status)

    def _close_each(self, *closers: Callable[[], None]) -> None:
        """Call each, and log those that fail: what is broken may not close either."""
        for close in closers:
            try:
                close()
            except Exception as error:
                _errors.log(f"closing {self.subject}", error)

    # The loop

    def _run(self) -> None:
        while not self._bridge.is_stopped:
            failure = self._attempt()
            if failure is not None:
                self._post_status(failure)
                self._release()
                self._wait_to_retry()
        self._dispose()

    def _attempt(self) -> SourceStatus | None:
        """Work until something fails; what failed, or None."""
        try:
            self._work()
        except CaptureError as error:
            return self._source_failure(error)
        except EncodeError as error:
            return SourceStatus("failed", "encoder-failed", str(error))
        except Exception as error:  # a bug in a driver, a program's own source, or our code
            _errors.log(self.subject, error)
            return SourceStatus("failed", "source-unavailable", self.unexpected)
        return None
