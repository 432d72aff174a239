"""What Objective-C calls of a stream: an NSObject that hands on to a delegate of ours.

It is called on the stream's dispatch queue.
"""

from __future__ import annotations

import types
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from samescreen.errors import CaptureError, SourceLost

from .frameworks import USER_STOPPED, Frameworks

STOPPED: Final = "sharing was stopped from the menu bar; start samescreen again to go on"


class StreamDelegate(ABC):
    """Takes a stream's samples and its end. Runs on the stream's dispatch queue.

    `name` is what is recorded, in a sentence: "the screen". `lose` is called with the reason when
    the stream ends, `note_stop` before that if a person pressed "Stop" in the menu bar.
    """

    kind: int
    """The one SCStreamOutputType it wants."""

    def __init__(
        self, name: str, lose: Callable[[CaptureError], None], note_stop: Callable[[], None]
    ) -> None:
        self.name = name
        self._lose = lose
        self._note_stop = note_stop

    @abstractmethod
    def sample(self, sample: Any) -> None:
        """A CMSampleBuffer of its kind has come."""

    def stopped(self, error: Any) -> None:
        """The system or a person has ended the stream, for the reason in an NSError."""
        if error.code() == USER_STOPPED:
            self._note_stop()
            self._lose(SourceLost(STOPPED))
        else:
            self._lose(SourceLost(f"{self.name} went away: {error.localizedDescription()}"))


def made_observer(frameworks: Frameworks, delegate: StreamDelegate) -> Any:
    """Both the output and the delegate of an SCStream, which holds neither."""
    observer = _observer_class(frameworks).alloc().init()
    observer.delegate = delegate
    return observer


@cache
def _observer_class(frameworks: Frameworks) -> Any:
    """Objective-C takes a class of one name once."""

    def body(names: dict[str, Any]) -> None:
        names["stream_didOutputSampleBuffer_ofType_"] = _did_output
        names["stream_didStopWithError_"] = _did_stop

    protocols = [
        frameworks.objc.protocolNamed(name) for name in ("SCStreamOutput", "SCStreamDelegate")
    ]
    bases = (frameworks.foundation.NSObject,)
    return types.new_class("SamescreenObserver", bases, {"protocols": protocols}, body)


def _did_output(self: Any, stream: Any, sample: Any, kind: int) -> None:
    if kind == self.delegate.kind:
        self.delegate.sample(sample)


def _did_stop(self: Any, stream: Any, error: Any) -> None:
    self.delegate.stopped(error)
