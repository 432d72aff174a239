"""The selection of a Wayland seat, for programs that have no window. On the clipboard's thread.

ext-data-control-v1, or its older twin wlr-data-control-unstable-v1: both number their requests and
events alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from samescreen.errors import SourceUnavailable
from samescreen.wayland.desktop import CLIPBOARDS, Desktop
from samescreen.wayland.wire import Body, Message

_SEAT: Final = "wl_seat"
_CREATE_SOURCE, _GET_DEVICE = 0, 1
_SET_SELECTION = 0
_DATA_OFFER, _SELECTION, _FINISHED, _PRIMARY = 0, 1, 2, 3
_OFFER, _DESTROY = 0, 1
_SEND, _CANCELLED = 0, 1
_RECEIVE = 0

NO_CLIPBOARD: Final = "this Wayland compositor lets no program use its clipboard"


class Offer:
    """What a program has copied: `types`, and the content in each of them."""

    def __init__(self, desktop: Desktop, number: int) -> None:
        self.number = number
        self.types: list[str] = []
        self._connection = desktop.connection
        self._connection.adopt(number, self._take)

    def _take(self, message: Message) -> None:
        self.types.append(Body(message).text())

    def receive(self, kind: str, fd: int) -> None:
        """Have the program write its content into `fd`, which stays the caller's."""
        self._connection.send(self.number, _RECEIVE, kind, fds=[fd])

    def destroy(self) -> None:
        self._connection.destroy(self.number, _DESTROY)


class SeatSelection:
    """The clipboard of the seat of `desktop`.

    It calls `on_copy` with what was copied (None: nothing is there), and `on_paste` with the number
    of a source, a type and a descriptor that takes the content: whoever gets it closes it.

    Raises:
        CaptureError: the compositor has no such thing, or is gone.
    """

    def __init__(
        self,
        desktop: Desktop,
        on_copy: Callable[[Offer | None], None],
        on_paste: Callable[[int, str, int], None],
    ) -> None:
        self._desktop, self._connection = desktop, desktop.connection
        self._on_copy, self._on_paste = on_copy, on_paste
        self._offers: dict[int, Offer] = {}
        manager, seat = desktop.offered(*CLIPBOARDS), desktop.offered(_SEAT)
        if manager is None or seat is None:
            raise SourceUnavailable(NO_CLIPBOARD)
        self._connection.accept_fds()
        self._manager, owner = desktop.bind(manager, 1), desktop.bind(seat, 1)
        self._device = self._connection.create(self._take)
        self._connection.send(self._manager, _GET_DEVICE, self._device, owner)

    def own(self, types: Sequence[str]) -> int:
        """Offer content of these types from now on; the number of the source. Waits for nothing."""
        source = self._connection.create(lambda message: self._asked(source, message))
        self._connection.send(self._manager, _CREATE_SOURCE, source)
        for kind in types:
            self._connection.send(source, _OFFER, kind)
        self._connection.send(self._device, _SET_SELECTION, source)
        return source

    def _asked(self, source: int, message: Message) -> None:
        if message.opcode == _SEND:
            kind = Body(message).text()
            self._on_paste(source, kind, self._connection.take_fd())
        elif message.opcode == _CANCELLED:
            self._connection.destroy(source, _DESTROY)

    def _take(self, message: Message) -> None:
        if message.opcode == _DATA_OFFER:
            number = Body(message).number()
            self._offers[number] = Offer(self._desktop, number)
        elif message.opcode in (_SELECTION, _PRIMARY):
            offer = self._offers.pop(Body(message).number(), None)
            if message.opcode == _SELECTION:
                self._on_copy(offer)
            elif offer is not None:
                offer.destroy()
        elif message.opcode == _FINISHED:
            raise SourceUnavailable("the seat of this Wayland compositor is gone")
