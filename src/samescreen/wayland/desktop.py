"""What a Wayland compositor offers, and its outputs (monitors): names, places, sizes.

Runs on the track's thread. An output that is plugged in later is not bound: one that vanishes while
it is bound makes some compositors end the connection. A source that looks for it connects anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from samescreen.errors import SourceLost
from samescreen.media import Region, hull

from .connection import Connection, Listener
from .wire import Body, Message

OUTPUT: Final = "wl_output"
CLIPBOARDS: Final = ("ext_data_control_manager_v1", "zwlr_data_control_manager_v1")
"""What lets programs without a window use the clipboard; both speak alike."""
_XDG_OUTPUTS: Final = "zxdg_output_manager_v1"

_DISPLAY, _GET_REGISTRY, _BIND = 1, 1, 0
_GLOBAL, _GLOBAL_REMOVE = 0, 1
_GEOMETRY, _MODE, _SCALE, _NAME = 0, 1, 3, 4
_CURRENT: Final = 1
_GET_XDG_OUTPUT: Final = 1
_LOGICAL_POSITION, _LOGICAL_SIZE, _XDG_NAME = 0, 1, 3
_SIDEWAYS: Final = 1
"""The bit of a transform that swaps width and height."""


@dataclass(frozen=True, slots=True)
class Global:
    """Something that the compositor offers: its number there, its interface and its version."""

    number: int
    interface: str
    version: int


@dataclass(frozen=True, slots=True)
class Output:
    """A monitor. `number` counts from 1, in the order in which they were plugged in.

    `region`: where it lies on the desktop, in the desktop's own units, which its scale turns into
    pixels. `width`, `height`: of its picture as people see it, in pixels. `transform`: a number of
    wl_output.transform.
    """

    number: int
    name: str
    region: Region
    width: int
    height: int
    transform: int
    global_number: int
    object_id: int


@dataclass(slots=True)
class _OutputDraft:
    """What an output's events have said so far."""

    object_id: int
    global_number: int
    name: str = ""
    x: int = 0
    y: int = 0
    mode: tuple[int, int] = (0, 0)
    scale: int = 1
    transform: int = 0
    logical_position: tuple[int, int] | None = None
    logical_size: tuple[int, int] | None = None
    has_news: bool = False

    def take(self, message: Message) -> None:
        body = Body(message)
        if message.opcode == _GEOMETRY:
            self.x, self.y, _, _, _ = (body.signed() for _ in range(5))
            body.text(), body.text()
            self.transform = body.number()
        elif message.opcode == _MODE:
            flags, width, height = body.numbers(3)
            if flags & _CURRENT:
                self.mode = (width, height)
        elif message.opcode == _SCALE:
            self.scale = max(1, body.number())
        elif message.opcode == _NAME:
            self.name = body.text()
        self.has_news = True

    def take_logical(self, message: Message) -> None:
        body = Body(message)
        if message.opcode == _LOGICAL_POSITION:
            self.logical_position = (body.signed(), body.signed())
        elif message.opcode == _LOGICAL_SIZE:
            self.logical_size = (body.signed(), body.signed())
        elif message.opcode == _XDG_NAME and not self.name:
            self.name = body.text()
        self.has_news = True

    def output(self, number: int) -> Output:
        width, height = self.mode[::-1] if self.transform & _SIDEWAYS else self.mode
        logical = self.logical_size or (width // self.scale, height // self.scale)
        place = Region(*(self.logical_position or (self.x, self.y)), *logical)
        name = self.name or f"output-{number}"
        return Output(
            number, name, place, width, height, self.transform, self.global_number, self.object_id
        )


class Desktop:
    """A connection to the compositor at `path` (None: that of the session), and what it offers.

    Raises:
        CaptureError: as `Connection`.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.connection = Connection(path)
        self._globals: dict[int, Global] = {}
        self._gone: set[int] = set()
        self._drafts: list[_OutputDraft] = []
        try:
            self._registry = self.connection.create(self._take_registry_event)
            self.connection.send(_DISPLAY, _GET_REGISTRY, self._registry)
            self.connection.roundtrip()
            self._bind_outputs()
        except SourceLost:
            self.close()
            raise

    @property
    def outputs(self) -> tuple[Output, ...]:
        """Those that are there, of the ones that were there when it connected."""
        there = [each for each in self._drafts if each.global_number not in self._gone]
        return tuple(each.output(at) for at, each in enumerate(there, start=1))

    @property
    def bounds(self) -> Region:
        """The region around all outputs."""
        return hull(each.region for each in self.outputs)

    def offered(self, *interfaces: str) -> Global | None:
        """The first global of the first of these that there is; None: the compositor has none."""
        found = self._globals.values()
        wanted = (each for name in interfaces for each in found if each.interface == name)
        return next(wanted, None)

    def bind(
        self, offered: Global, version: int, listener: Listener = lambda _: None
    ) -> int:
        """A new object of this global, at most of this version."""
        return self._bind(offered, version, listener)

    def has_news(self) -> bool:
        """Whether the outputs may have changed since the last call."""
        found = any(each.has_news for each in self._drafts)
        for each in self._drafts:
            each.has_news = False
        return found

    def is_gone(self, output: Output) -> bool:
        return output.global_number in self._gone

    def close(self) -> None:
        self.connection.close()

    def _bind(self, offered: Global, version: int, listener: Listener) -> int:
        number = self.connection.create(listener)
        version = min(version, offered.version)
        self.connection.send(
            self._registry, _BIND, offered.number, offered.interface, version, number
        )
        return number

    def _bind_outputs(self) -> None:
        found = [each for each in self._globals.values() if each.interface == OUTPUT]
        xdg = self.offered(_XDG_OUTPUTS)
        xdg_id = self.bind(xdg, 3) if xdg else 0
        for each in found:
            draft = _OutputDraft(0, each.number)
            draft.object_id = self._bind(each, 4, draft.take)
            self._drafts.append(draft)
            if xdg_id:
                logical = self.connection.create(draft.take_logical)
                self.connection.send(xdg_id, _GET_XDG_OUTPUT, logical, draft.object_id)
        self.connection.roundtrip()
        self.has_news()

    def _take_registry_event(self, message: Message) -> None:
        body = Body(message)
        if message.opcode == _GLOBAL:
            number, interface = body.number(), body.text()
            self._globals[number] = Global(number, interface, body.number())
        elif message.opcode == _GLOBAL_REMOVE:
            number = body.number()
            self._globals.pop(number, None)
            self._gone.add(number)
