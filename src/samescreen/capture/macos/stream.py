"""A stream of ScreenCaptureKit that runs, from its making to `stop`.

Made and stopped on a track's thread; what it brings comes on a dispatch queue of its own.
"""

from __future__ import annotations

from typing import Any

from samescreen.errors import SourceLost

from .frameworks import Display, Frameworks, finished
from .observer import Heed, made_observer


class KitStream:
    """Of one display. `name` is what is recorded, in a sentence: "the screen".

    Raises:
        SourceLost, SourceUnavailable: it does not start; why, in words.
    """

    def __init__(
        self,
        frameworks: Frameworks,
        display: Display,
        configuration: Any,
        heed: Heed,
        name: str,
    ) -> None:
        kit = frameworks.kit
        content = kit.SCContentFilter.alloc().initWithDisplay_excludingWindows_(display, [])
        observer = made_observer(frameworks, heed)
        self._stream = kit.SCStream.alloc().initWithFilter_configuration_delegate_(
            content, configuration, observer
        )
        queue = frameworks.dispatch.dispatch_queue_create(b"samescreen.capture", None)
        added, error = self._stream.addStreamOutput_type_sampleHandlerQueue_error_(
            observer, heed.kind, queue, None
        )
        if not added:
            raise SourceLost(f"{name} cannot be recorded: {error.localizedDescription()}")
        # The stream holds neither of them.
        self._kept = (observer, queue)
        finished(self._stream.startCaptureWithCompletionHandler_)

    def stop(self) -> None:
        """Nobody waits for the end; the handler keeps what the stream may still call."""
        kept = self._kept
        self._stream.stopCaptureWithCompletionHandler_(lambda error, kept=kept: None)
