"""Streams of ScreenCaptureKit: one of them, and the streams of one source after one another.

Runs on a track's thread. A stream calls its delegate on a dispatch queue of its own.
"""

from __future__ import annotations

from typing import Any

from samescreen.errors import SourceLost, SourceUnavailable

from .frameworks import Display, Frameworks, finished
from .observer import STOPPED, StreamDelegate, made_observer


class KitStream:
    """A stream of one display, from its creation to `stop`. Its samples go to `delegate`.

    Raises:
        SourceLost, SourceUnavailable: it does not start; the message says why.
    """

    def __init__(
        self,
        frameworks: Frameworks,
        display: Display,
        configuration: Any,
        delegate: StreamDelegate[Any],
    ) -> None:
        kit = frameworks.kit
        content = kit.SCContentFilter.alloc().initWithDisplay_excludingWindows_(display, [])
        observer = made_observer(frameworks, delegate)
        self._stream = kit.SCStream.alloc().initWithFilter_configuration_delegate_(
            content, configuration, observer
        )
        queue = frameworks.dispatch.dispatch_queue_create(b"samescreen.capture", None)
        added, error = self._stream.addStreamOutput_type_sampleHandlerQueue_error_(
            observer, delegate.kind, queue, None
        )
        if not added:
            raise SourceLost(f"{delegate.name} cannot be recorded: {error.localizedDescription()}")
        # The stream keeps no reference to either.
        self._kept = (observer, queue)
        finished(self._stream.startCaptureWithCompletionHandler_)

    def stop(self) -> None:
        """Stop without waiting for the end. The handler keeps what the stream may still call."""
        kept = self._kept
        self._stream.stopCaptureWithCompletionHandler_(lambda error, kept=kept: None)


class KitStreams:
    """The streams of one source: at most one at a time, and none once a person pressed "Stop"."""

    def __init__(self) -> None:
        self._running: KitStream | None = None
        self._was_stopped = False

    def check(self) -> None:
        """Raise SourceUnavailable if a person has pressed "Stop" in the menu bar."""
        if self._was_stopped:
            raise SourceUnavailable(STOPPED)

    def start(
        self,
        frameworks: Frameworks,
        display: Display,
        configuration: Any,
        delegate: StreamDelegate[Any],
    ) -> None:
        """Start a stream. Raises as `KitStream`."""
        self._running = KitStream(frameworks, display, configuration, delegate)

    def note_stop(self) -> None:
        """Note that a person pressed "Stop". On a stream's dispatch queue."""
        self._was_stopped = True

    def stop(self) -> None:
        """Stop the stream that runs, if any."""
        running, self._running = self._running, None
        if running is not None:
            running.stop()
