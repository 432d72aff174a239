"""What Objective-C calls of a stream: an NSObject that hands on to an object of ours.

It is called on the stream's dispatch queue.
"""

from __future__ import annotations

import types
from functools import cache
from typing import Any, Protocol

from .frameworks import Frameworks


class Heed(Protocol):
    """What is done with what a stream says; `kind` is the one SCStreamOutputType it wants."""

    @property
    def kind(self) -> int: ...

    def sample(self, sample: Any) -> None: ...

    def stopped(self, error: Any) -> None: ...


def made_observer(frameworks: Frameworks, heed: Heed) -> Any:
    """Both the output and the delegate of an SCStream, which holds neither."""
    observer = _observer_class(frameworks).alloc().init()
    observer.heed = heed
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
    if kind == self.heed.kind:
        self.heed.sample(sample)


def _did_stop(self: Any, stream: Any, error: Any) -> None:
    self.heed.stopped(error)
