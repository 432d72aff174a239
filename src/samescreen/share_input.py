"""What viewers do to pictures that a program pushes, as calls on the host's loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from samescreen.control.program_input import KeyEvent as KeyEvent
from samescreen.control.program_input import PointerEvent as PointerEvent
from samescreen.control.program_input import ProgramEvent
from samescreen.control.program_input import TextEvent as TextEvent
from samescreen.errors import UsageError
from samescreen.hub.stream import Stream
from samescreen.publish.local import LocalPublisher
from samescreen.publish.program_control import ProgramControl


@dataclass(frozen=True, slots=True)
class InputCallbacks:
    """The program's functions; None: it has none. `is_allowed`: not with `view_only`.

    Raises:
        UsageError: one of them cannot be called.
    """

    on_pointer: Callable[[PointerEvent], None] | None = None
    on_key: Callable[[KeyEvent], None] | None = None
    on_text: Callable[[TextEvent], None] | None = None
    is_allowed: bool = True

    def __post_init__(self) -> None:
        for each in (self.on_pointer, self.on_key, self.on_text):
            if each is not None and not callable(each):
                raise UsageError("on_pointer, on_key and on_text take a function of one event")

    def attach(self, stream: Stream, name: str) -> None:
        """Have viewers with the grant `control` act on this stream."""
        has_any = self.on_pointer or self.on_key or self.on_text
        if has_any and self.is_allowed and isinstance(stream.publisher, LocalPublisher):
            stream.publisher.control = ProgramControl(name, self._deliver)

    def _deliver(self, event: ProgramEvent) -> None:
        kinds: dict[type, Callable[[Any], None] | None] = {
            PointerEvent: self.on_pointer,
            KeyEvent: self.on_key,
            TextEvent: self.on_text,
        }
        callback = kinds[type(event)]
        if callback is not None:
            # Later, so that what it raises goes to the loop's exception handler.
            asyncio.get_running_loop().call_soon(callback, event)
