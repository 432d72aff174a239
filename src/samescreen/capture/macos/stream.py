"""A stream of ScreenCaptureKit that runs, from its making to `stop`.

Made and stopped on a track's thread; what it brings comes on a dispatch queue of its own.
"""

from __future__ import annotations

from typing import Any

from samescreen.errors import SourceLost

from .frameworks import Display, Frameworks, finished
from .observer import StreamDelegate, made_observer


class KitStream:
    """A stream of one display, whose samples go to `delegate`.

    Raises:
        SourceLost, SourceUnavailable: it does not start; why, in words.
    """

    def __init__(
        self,
        frameworks: Frameworks,
        display: Display,
        configuration: Any,
        delegate: StreamDelegate,
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
        # The stream holds neither of them.
        self._kept = (observer, queue)
        finished(self._stream.startCaptureWithCompletionHandler_)

    def stop(self) -> None:
        """Nobody waits for the end; the handler keeps what the stream may still call."""
        kept = self._kept
        self._stream.stopCaptureWithCompletionHandler_(lambda error, kept=kept: None)
