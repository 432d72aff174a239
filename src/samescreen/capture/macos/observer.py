"""The NSObject that a stream calls, and the delegate of ours to which it passes the calls.

Runs on the stream's dispatch queue.
"""

from __future__ import annotations

import types
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache
from threading import Event
from typing import Any, Final, Generic, Protocol, TypeVar

from samescreen.errors import CaptureError, SourceLost

from .frameworks import USER_STOPPED, Frameworks

STOPPED: Final = "sharing was stopped from the menu bar; start samescreen again to go on"


class Mailbox(Protocol):
    """A FrameMailbox or a SoundMailbox."""

    closed: Event

    def lose(self, error: CaptureError) -> None: ...


AnyMailbox = TypeVar("AnyMailbox", bound=Mailbox)


class StreamDelegate(ABC, Generic[AnyMailbox]):
    """Puts a stream's samples into `mailbox`, until it is closed, and the stream's end.

    `note_stop` is called before the end if a person pressed "Stop" in the menu bar.
    """

    name: str
    """What is recorded, for a sentence: "the screen"."""
    kind: int
    """The SCStreamOutputType of the samples that it takes."""

    def __init__(
        self, frameworks: Frameworks, mailbox: AnyMailbox, note_stop: Callable[[], None]
    ) -> None:
        self._frameworks = frameworks
        self._mailbox = mailbox
        self._note_stop = note_stop

    def sample(self, sample: Any) -> None:
        """Take a CMSampleBuffer of this delegate's kind."""
        if not self._mailbox.closed.is_set():
            self._put(sample)

    @abstractmethod
    def _put(self, sample: Any) -> None:
        """Put what is in the sample, if anything, into the mailbox."""

    def stopped(self, error: Any) -> None:
        """Note that the system or a person ended the stream, for the reason in an NSError."""
        if error.code() == USER_STOPPED:
            self._note_stop()
            self._mailbox.lose(SourceLost(STOPPED))
        else:
            reason = f"{self.name} went away: {error.localizedDescription()}"
            self._mailbox.lose(SourceLost(reason))


def made_observer(frameworks: Frameworks, delegate: StreamDelegate[Any]) -> Any:
    """An object to be both output and delegate of an SCStream, which keeps no reference to it."""
    observer = _observer_class(frameworks).alloc().init()
    observer.delegate = delegate
    return observer


@cache
def _observer_class(frameworks: Frameworks) -> Any:
    """The class, made once: Objective-C refuses a second class of the same name."""

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
