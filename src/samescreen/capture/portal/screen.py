"""What somebody chooses in the desktop's dialog, as a source of pictures.

Runs on the track's thread; PipeWire's thread brings pictures and the cursor. The dialog opens for
the first `open` only. Later ones, after PipeWire or the portal went away, use what was kept; after
somebody's "Stop" there are none.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from samescreen.capture.base import Source
from samescreen.capture.cursor import CursorSeen
from samescreen.capture.hiding import Hidden
from samescreen.capture.mailbox import FrameMailbox
from samescreen.capture.pipewire.picture import Taken
from samescreen.capture.pipewire.stream import STOPPED, Node, Receiver, Stream
from samescreen.clock import clock_us
from samescreen.errors import CaptureError, SourceLost, SourceUnavailable
from samescreen.media import Frame, OnDesktop, Region
from samescreen.portal.bus import Bus
from samescreen.portal.session import Session, Shared, Wish, open_session
from samescreen.portal.session import Source as Choice
from samescreen.portal.tokens import Tokens, kept_tokens

from .canvas import Canvas
from .pointer import PortalPointer

_log: Final = logging.getLogger(__name__)
PLACE: Final = "portal"
"""Stands for the name of a display in `OnDesktop`."""

_FIRST_S: Final = (0.5, 1.0, 2.0)
"""How long each try waits for a picture. A busy desktop can miss the first of them."""
_NO_PICTURE: Final = "connected, but no picture yet: the screen may be off or locked"
_WAITING: Final = "waiting for someone at that computer to choose a screen"


@dataclass(slots=True)
class _Opened:
    """What one opening holds."""

    bus: Bus
    session: Session
    stream: Stream
    mailbox: FrameMailbox
    shared: Shared

    def close(self) -> None:
        self.mailbox.close()
        try:
            self.stream.close()
            self.session.close()
        finally:
            self.bus.close()


class PortalScreen(Source):
    """A monitor that somebody chooses. `made`: a new one of this size; (0, 0): of any size."""

    may_change_threads = True
    shows_session = True

    def __init__(
        self, made: tuple[int, int] | None = None, tokens: Tokens | None = None
    ) -> None:
        super().__init__()
        self._made = made
        self.takes_input = made is None
        self._tokens = tokens or kept_tokens()
        self._opened: _Opened | None = None
        self._canvas = Canvas()
        self._pointer = PortalPointer(self._waker.wake)
        self._was_open = False
        self._ended = ""

    def hide(self, hidden: Hidden) -> Hidden:
        if hidden.sign:
            raise SourceUnavailable("--sign works on X11 desktops only; leave it out")
        return hidden

    def open(self) -> None:
        self.close()
        if self._ended:
            raise SourceUnavailable(self._ended)
        bus = Bus()
        try:
            self._opened = self._open_on(bus)
        except CaptureError as error:
            bus.close()
            if isinstance(error, SourceLost) and not self._was_open:
                # The screen is there: nobody should see the test card in its place.
                raise SourceUnavailable(str(error)) from error
            raise
        self._was_open = True
        self.backend, self.label = "portal (PipeWire)", "screen"
        opened = self._opened
        for first_s in _FIRST_S:
            if opened.mailbox.begun.wait(first_s):
                break
            opened.stream.start_again()
        self.waiting = "" if opened.mailbox.begun.is_set() else _NO_PICTURE

    def _open_on(self, bus: Bus) -> _Opened:
        session = open_session(
            bus,
            replace(self._wish, draws_pointer=self._pointer.is_drawn_there),
            self._tokens,
            may_ask=not self._was_open,
            on_ask=lambda: _log.warning(_WAITING),
        )
        self.can_part_cursor = session.reports_pointer
        mailbox = FrameMailbox(self._waker.wake)
        try:
            if not session.streams:
                raise SourceUnavailable("nothing was chosen in the dialog; share again")
            shared = session.streams[-1]  # KDE repeats an older one before it
            receiver = Receiver(
                lambda taken: self._take(mailbox, taken), self._pointer.take, mailbox.lose
            )
            node, size = Node(shared.node, shared.serial), self._made
            fd = session.open_remote()
            stream = Stream(fd, node, receiver, size=size if size and all(size) else None)
        except CaptureError as error:
            if session.is_over():
                raise SourceUnavailable(STOPPED) from error
            session.close()
            raise
        return _Opened(bus, session, stream, mailbox, shared)

    @property
    def _wish(self) -> Wish:
        is_there = self._made is None
        return Wish("screen", Choice.MONITOR) if is_there else Wish("new", Choice.VIRTUAL)

    def _have_pointer_drawn(self, opened: _Opened) -> _Opened:
        """Share once more with the cursor in the pictures, if the desktop does so without asking.

        Otherwise pictures go on without a cursor.
        """
        self._pointer.is_drawn_there = True
        if not opened.session.reports_pointer or not self._tokens.read(self._wish.kind):
            return opened
        try:
            bus = Bus()
            try:
                self._opened = other = self._open_on(bus)
            except CaptureError:
                bus.close()
                raise
        except CaptureError as error:
            _log.warning("the desktop does not say where its cursor is: %s", error)
            return opened
        opened.close()
        return other

    def part_cursor(self, report: Callable[[CursorSeen], None] | None) -> None:
        self._pointer.part(report)

    def rest(self) -> None:
        opened = self._get()
        self._check(opened)
        opened.stream.rest()

    def grab(self, deadline_us: int, *, needs_pixels: bool = True) -> Frame | None:
        opened = self._get()
        opened.stream.watch()
        is_woken = False
        while True:
            self._check(opened)
            frame = self._newest(opened)
            if frame is not None and self._pointer.is_owed(clock_us()):
                opened = self._have_pointer_drawn(opened)
            if frame is not None:
                self._waker.wait(0)  # the picture's own wake, or one that this return answers
                return frame
            left_us = deadline_us - clock_us()
            if is_woken or left_us <= 0:
                return None
            is_woken = self._waker.wait(left_us, opened.bus.fd)

    def close(self) -> None:
        opened, self._opened = self._opened, None
        self._pointer.part(None)
        self._canvas, self.place = Canvas(), None
        if opened is not None:
            opened.close()

    def _get(self) -> _Opened:
        assert self._opened is not None, "open first"
        return self._opened

    def _check(self, opened: _Opened) -> None:
        """Raise CaptureError once no more pictures will come."""
        try:
            if opened.session.is_over():
                raise SourceUnavailable(STOPPED)
            opened.mailbox.check_end()
        except SourceUnavailable as error:
            self._ended = str(error)
            raise

    def _take(self, mailbox: FrameMailbox, taken: Taken) -> None:
        """On PipeWire's thread."""
        crop = taken.crop
        self._pointer.origin = (crop.x, crop.y) if crop is not None else (0, 0)
        mailbox.put_lazy(taken.upright)

    def _newest(self, opened: _Opened) -> Frame | None:
        """The frame for what came; None: nothing differs."""
        waiting = opened.mailbox.take()
        pixels, pts_us = None, clock_us()
        if waiting is not None:
            made = waiting.make()
            assert not hasattr(made, "jpeg"), "portals send no files"
            pixels, pts_us = made, waiting.pts_us
            self.waiting = ""
        damage = self._canvas.show(pixels, self._pointer.drawn)
        shown = self._canvas.pixels
        if shown is None or not damage:
            return None
        height, width = shown.shape[:2]
        self.label = f"screen {width}×{height}"
        position = opened.shared.position or (0, 0)
        self.place = OnDesktop(PLACE, 0, Region(*position, width, height))
        return Frame(shown, pts_us, damage)
