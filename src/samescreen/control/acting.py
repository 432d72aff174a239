"""One run of the injecting thread on Windows, macOS or uinput: from events to a `Desk`.

On the injecting thread. It lets go what is held when the viewer is silent, when the person at the
machine touches anything, and when it ends. X servers have a run of their own (`x11/acting.py`),
which also watches windows.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol

from samescreen.clock import clock_us
from samescreen.errors import CaptureError
from samescreen.media import OnDesktop

from .as_typed import MODIFIERS
from .events import At, Event, Key, Mark, Mods, Room
from .hands import Hands
from .keyboard import Layout
from .keymap import Spot
from .news import Applied
from .orders import Orders
from .repeats import Repeats
from .strokes import (
    Go,
    Lift,
    LiftButton,
    Nudge,
    Press,
    PressButton,
    Stroke,
    Tap,
    Turn,
    TypeMissing,
)

_CHORD: Final = Mods.CTRL | Mods.ALT | Mods.META


class Desk(Protocol):
    """A system's pointer and keyboard. Buttons and keycodes are X's.

    Each method raises CaptureError when the system refuses; the message names the cure.
    """

    repeats_keys: bool
    """Whether the system repeats a held key by itself."""

    def layout(self, event: Event) -> Layout:
        """The layout by which this event is to be typed."""

    def move(self, x: int, y: int, place: OnDesktop) -> None:
        """Move the pointer to this pixel, which is inside the picture of `place`."""

    def nudge(self, dx: int, dy: int, place: OnDesktop) -> None:
        """Move the pointer by so many pixels of the picture of `place`."""

    def come_back(self, place: OnDesktop) -> None:
        """Move the pointer into the picture of `place`, if nudges led it out."""

    def button(self, button: int, *, is_down: bool) -> None:
        """Press or lift button 1, 2, 3, 8 or 9."""

    def turn(self, dx: int, dy: int) -> None:
        """Turn the wheel by so many 1/120 of a notch: right and down are positive."""

    def key(self, keycode: int, *, is_down: bool, char: str = "", repeats: bool = False) -> None:
        """Press or lift a key. `char`: what it made for the viewer; "" in a shortcut."""

    def tap(self, spot: Spot, char: str) -> None:
        """Type what this spot of the layout has: `char`, or "" for a line break or a tab."""

    def type_missing(self, char: str) -> None:
        """Type a character that the layout does not have."""

    def close(self) -> None:
        """Give everything back."""


class Acting:
    """Carries out orders on a desk until stopped.

    `fit` asks a desktop that `fits` for another size. Others keep theirs.
    """

    def __init__(
        self,
        orders: Orders,
        desk: Desk,
        now_us: Callable[[], int] = clock_us,
        fit: Callable[[OnDesktop, Room], None] = lambda place, room: None,
    ) -> None:
        self._fit = fit
        self._orders = orders
        self._desk = desk
        self._now_us = now_us
        self._hands = Hands(turns=True)
        self._repeats = Repeats()
        self._layout: Layout | None = None
        self._chars: dict[int, str] = {}
        self._at: tuple[int, int] | None = None
        self._buttons: set[int] = set()
        self._is_nudged = False

    def run(self) -> None:
        try:
            while not self._orders.is_stopped:
                self._step()
        finally:
            try:
                with suppress(CaptureError):
                    self._do(self._hands.release())
            finally:
                self._desk.close()

    def _step(self) -> None:
        event, must_release = self._orders.take()
        if must_release:
            self._do(self._hands.release())
        now_us = self._now_us()
        self._do(self._hands.lapse(now_us))
        if isinstance(event, Mark):
            self._orders.tell(Applied(event.sequence, self._now_us()))
        elif isinstance(event, Room):
            self._ask_for(event)
        elif isinstance(event, At):
            self._hands.at(event.page_ms)
        elif event is not None:
            self._carry_out(event)
        again = self._repeats.take(now_us)
        if again is not None:
            self._desk.key(again, is_down=True, char=self._chars.get(again, ""), repeats=True)
        if event is None and not must_release:
            dues = [due for due in (self._hands.due_us, self._repeats.due_us) if due is not None]
            self._orders.wait(min(dues) - self._now_us() if dues else None)

    def _ask_for(self, room: Room) -> None:
        """Ask the desktop for this size, if it takes one."""
        place = self._orders.place()
        if place is not None and place.fits:
            self._fit(place, room)

    def _carry_out(self, event: Event) -> None:
        place = self._orders.place()
        if place is None:
            return
        self._layout = layout = self._desk.layout(event)
        char = ""
        if isinstance(event, Key) and (not event.mods & _CHORD or event.mods & Mods.ALTGR):
            char = event.char
        self._do(self._hands.act(event, layout, self._now_us()), char, place)

    def _do(self, strokes: list[Stroke], char: str = "", place: OnDesktop | None = None) -> None:
        for stroke in strokes:
            if isinstance(stroke, Go):
                self._go(stroke, place)
            elif isinstance(stroke, Nudge):
                self._nudge(stroke, place)
            elif isinstance(stroke, LiftButton):
                self._lift_button(stroke.button)
            elif isinstance(stroke, Lift):
                self._lift(stroke.keycode)
            elif isinstance(stroke, Press):  # also while interrupted: it is let go in a moment
                self._press(stroke.keycode, char)
            elif isinstance(stroke, PressButton | Turn):
                self._press_button(stroke, place)
            elif not self._orders.is_interrupted:
                self._type(stroke)

    def _go(self, stroke: Go, place: OnDesktop | None) -> None:
        if place is None:
            return
        region = place.region
        x = min(max(stroke.x, 0), region.width - 1)
        y = min(max(stroke.y, 0), region.height - 1)
        if self._buttons and (x, y) == self._at:
            return  # a motion right before a release in place would be a drag
        self._at, self._is_nudged = (x, y), False
        self._desk.move(x, y, place)

    def _nudge(self, stroke: Nudge, place: OnDesktop | None) -> None:
        if place is not None:
            self._at, self._is_nudged = None, True
            self._desk.nudge(stroke.dx, stroke.dy, place)

    def _press_button(self, stroke: PressButton | Turn, place: OnDesktop | None) -> None:
        if self._is_nudged and place is not None:
            self._is_nudged = False
            self._desk.come_back(place)
        if isinstance(stroke, Turn):
            self._desk.turn(stroke.dx, stroke.dy)
        else:
            self._buttons.add(stroke.button)
            self._desk.button(stroke.button, is_down=True)

    def _lift_button(self, button: int) -> None:
        self._buttons.discard(button)
        self._desk.button(button, is_down=False)

    def _press(self, keycode: int, char: str) -> None:
        self._chars[keycode] = char
        if not self._desk.repeats_keys and keycode not in MODIFIERS:
            self._repeats.pressed(keycode, self._now_us())
        self._desk.key(keycode, is_down=True, char=char)

    def _lift(self, keycode: int) -> None:
        self._repeats.lifted(keycode)
        self._desk.key(keycode, is_down=False, char=self._chars.pop(keycode, ""))

    def _type(self, stroke: Tap | TypeMissing) -> None:
        if isinstance(stroke, TypeMissing):
            self._desk.type_missing(stroke.char)
        elif self._layout is not None:
            spot = stroke.spot
            char = self._layout.keymap.char(spot.keycode, spot.group, spot.mods)
            self._desk.tap(spot, char)
