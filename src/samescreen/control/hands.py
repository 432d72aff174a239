"""What a viewer holds on this desktop, and what each event of theirs does. Pure.

Held keys and buttons are leases: the page repeats every 90 ms what is down, and after a silence of
`LEASE_US` the host lets everything go. So nothing stays down after a page, a network or a tab has
died, and no key begins to repeat because the message of its release was late.
"""

from __future__ import annotations

from typing import Final

from .events import Button, Event, Held, Key, Move, Release, Text, Wheel
from .keyboard import Keyboard, Layout
from .strokes import Go, LiftButton, PressButton, Stroke
from .wheel import Notches

LEASE_US: Final = 250_000
_LEAST_LEASE_US: Final = 150_000
"""The page repeats what is held every 90 ms; a shorter lease would end between two repetitions."""
_X_BUTTONS: Final = (1, 2, 3, 8, 9)
"""Left, middle, right, back and forward, as X numbers them."""


def lease_for(repeat_delay_us: int) -> int:
    """The lease, in µs, on a desktop that repeats a key which was down so long."""
    return max(_LEAST_LEASE_US, min(LEASE_US, repeat_delay_us * 4 // 5))


class Hands:
    """The pointer and the keyboard of one viewer. Times are µs of a monotonic clock."""

    def __init__(self, *, is_desktop: bool = True, lease_us: int = LEASE_US) -> None:
        self.keyboard = Keyboard(is_desktop=is_desktop)
        self._lease_us = lease_us
        self._buttons: set[int] = set()
        self._notches = Notches()
        self._renewed_us = 0

    @property
    def due_us(self) -> int | None:
        """When the lease ends; None: nothing is held."""
        is_idle = self.keyboard.is_idle and not self._buttons
        return None if is_idle else self._renewed_us + self._lease_us

    @property
    def buttons(self) -> frozenset[int]:
        """The X buttons that are down."""
        return frozenset(self._buttons)

    def act(self, event: Event, layout: Layout, now_us: int) -> list[Stroke]:
        """The strokes that this event makes, in order."""
        if isinstance(event, Move):
            return [Go(event.x, event.y)]
        if isinstance(event, Wheel):
            turns = self._notches.turn(event.dx, event.dy, now_us)
            strokes = [each(b) for b in turns for each in (PressButton, LiftButton)]
            return [Go(event.x, event.y), *strokes]
        self._renewed_us = now_us
        if isinstance(event, Button):
            return [Go(event.x, event.y), *self._button(event)]
        return self._keys(event, layout)

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
        """Let everything go if the lease has ended."""
        due_us = self.due_us
        return self.release() if due_us is not None and now_us >= due_us else []

    def release(self) -> list[Stroke]:
        """Let everything go."""
        buttons: list[Stroke] = [LiftButton(each) for each in sorted(self._buttons)]
        self._buttons.clear()
        return [*buttons, *self.keyboard.release()]
