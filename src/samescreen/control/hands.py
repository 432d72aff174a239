"""What a viewer holds on this desktop, and what each event of theirs does. Pure.

Held keys and buttons are leases: the page repeats every 90 ms what is down, and after a silence of
`LEASE_US` the host lets everything go. So nothing stays down after a page, a network or a tab has
died, and no key begins to repeat because the message of its release was late, or because each
message was later than the one before (`holds.py`).
"""

from __future__ import annotations

from typing import Final

from .events import Button, Event, Held, Key, Move, Pen, Release, Shift, Text, Wheel
from .holds import Holds
from .keyboard import Keyboard, Layout
from .strokes import Go, LiftButton, Nudge, PressButton, Stroke, Turn
from .wheel import Notches, bounded

LEASE_US: Final = 250_000
_LEAST_LEASE_US: Final = 150_000
"""The page repeats what is held every 90 ms; a shorter lease would end between two repetitions."""
_X_BUTTONS: Final = (1, 2, 3, 8, 9)
"""Left, middle, right, back and forward, as X numbers them."""


def lease_for(repeat_delay_us: int) -> int:
    """The lease, in µs, on a desktop that repeats a key which was down so long."""
    return max(_LEAST_LEASE_US, min(LEASE_US, repeat_delay_us * 4 // 5))


class Hands:
    """The pointer and the keyboard of one viewer. Times are µs of a monotonic clock.

    `turns`: the system can turn a wheel by parts of a notch; otherwise buttons 4 to 7 are clicked.
    """

    def __init__(
        self, *, is_desktop: bool = True, lease_us: int = LEASE_US, turns: bool = False
    ) -> None:
        self.keyboard = Keyboard(is_desktop=is_desktop)
        self._lease_us = lease_us
        self._turns = turns
        self._buttons: set[int] = set()
        self._notches = Notches()
        self._holds = Holds(lease_us)
        self._renewed_us = 0

    @property
    def due_us(self) -> int | None:
        """When the lease of something ends; None: nothing is held."""
        if self.keyboard.is_idle and not self._buttons:
            return None
        silent_us, late_us = self._renewed_us + self._lease_us, self._holds.due_us
        return silent_us if late_us is None else min(silent_us, late_us)

    @property
    def buttons(self) -> frozenset[int]:
        """The X buttons that are down."""
        return frozenset(self._buttons)

    def at(self, page_ms: int) -> None:
        """What follows happened at this time of the page's clock, in ms; it wraps at 2³²."""
        self._holds.at(page_ms)

    def act(self, event: Event, layout: Layout, now_us: int) -> list[Stroke]:
        """The strokes that this event makes, in order."""
        if isinstance(event, Move | Pen):
            return [Go(event.x, event.y)]
        if isinstance(event, Shift):
            return [Nudge(event.dx, event.dy)]
        if isinstance(event, Wheel):
            return [*_place_of(event), *self._wheel(event, now_us)]
        self._renewed_us = now_us
        if isinstance(event, Button):
            return [*_place_of(event), *self._button(event)]
        typed = self._keys(event, layout)
        self._holds.follow(self.keyboard.repeating, now_us)
        return typed

    def _wheel(self, event: Wheel, now_us: int) -> list[Stroke]:
        if self._turns:
            turn = Turn(bounded(event.dx), bounded(event.dy))
            return [turn] if turn.dx or turn.dy else []
        clicks = self._notches.turn(event.dx, event.dy, now_us)
        return [each(button) for button in clicks for each in (PressButton, LiftButton)]

    def _keys(self, event: Key | Text | Held | Release, layout: Layout) -> list[Stroke]:
        if isinstance(event, Key):
            press = self.keyboard.press
            return press(event, layout) if event.is_down else self.keyboard.lift(event.code)
        if isinstance(event, Text):
            return self.keyboard.type_text(event.text, layout)
        if isinstance(event, Held):
            down = {x for bit, x in enumerate(_X_BUTTONS) if event.buttons >> bit & 1}
            gone: list[Stroke] = [LiftButton(x) for x in sorted(self._buttons - down)]
            self._buttons &= down
            return [*gone, *self.keyboard.keep(event.codes, layout)]
        return self.release()

    def _button(self, event: Button) -> list[Stroke]:
        x_button = _X_BUTTONS[event.number]
        if event.is_down == (x_button in self._buttons):
            return []
        self._buttons ^= {x_button}
        return [PressButton(x_button) if event.is_down else LiftButton(x_button)]

    def lapse(self, now_us: int) -> list[Stroke]:
        """Let everything go after a silence, and keys that are down longer than they were held."""
        if self.due_us is None:
            return []
        if now_us >= self._renewed_us + self._lease_us:
            return self.release()
        strokes = [each for code in self._holds.late(now_us) for each in self.keyboard.lift(code)]
        self._holds.follow(self.keyboard.repeating, now_us)
        return strokes

    def release(self) -> list[Stroke]:
        """Let everything go."""
        buttons: list[Stroke] = [LiftButton(each) for each in sorted(self._buttons)]
        self._buttons.clear()
        self._holds.follow(frozenset(), 0)
        return [*buttons, *self.keyboard.release()]


def _place_of(event: Button | Wheel) -> list[Stroke]:
    return [] if event.is_here else [Go(event.x, event.y)]
