"""One run of the injecting thread: from strokes to an X server's pointer and keyboard.

On the injecting thread. It lets go what is held when the viewer is silent, when the person at the
machine touches anything, and when it ends.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import xcffib
import xcffib.xinput
import xcffib.xkb
import xcffib.xproto

from samescreen.clock import clock_us
from samescreen.control.events import At, Event, Held, Key, Mark, Room, Text
from samescreen.control.hand import Hand
from samescreen.control.hands import Hands, lease_for
from samescreen.control.keyboard import Layout
from samescreen.control.keymap import Keymap
from samescreen.control.news import Applied, Obstructed
from samescreen.control.orders import Orders
from samescreen.control.strokes import (
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
from samescreen.errors import SourceLost
from samescreen.media import ROOM_MESSAGE, OnDesktop

from .aim import Aim
from .connecting import InputConnection
from .guard import guarded
from .keyboard import XKeyboard

_ESCAPE: Final = 9
BOUND_US: Final = 15_000
"""From a new character on a spare key to its press. A program that reads the keymap late types
what the key had before; Chromium does, without this."""
_NO_LAYOUT: Final = Layout(Keymap({}, {}))


def act(orders: Orders, place: OnDesktop) -> None:
    """Carry out orders on the display of that place until stopped.

    Raises:
        CaptureError: the server is gone, or cannot take input.
    """
    try:
        connection = InputConnection(place.display)
        try:
            with guarded(place.display):
                Acting(orders, connection, place).run()
        finally:
            connection.close()
    except xcffib.XcffibException as error:
        raise SourceLost(f"X display {place.display} went away") from error


class Acting:
    """One connection of an injector, with what it holds down there."""

    def __init__(self, orders: Orders, connection: InputConnection, place: OnDesktop) -> None:
        self._orders = orders
        self._connection = connection
        self._keyboard = XKeyboard(connection)
        lease_us = lease_for(self._keyboard.repeat_delay_us)
        self._hands = Hands(is_desktop=not place.window, lease_us=lease_us)
        self._aim = Aim(connection, place)
        self._hand = Hand(orders)
        self._pressed: set[tuple[str, int]] = set()
        self._at: tuple[int, int] | None = None

    def run(self) -> None:
        self._connection.lift_leftovers()
        self._connection.watch_hardware()
        self._connection.watch_keymap()
        self._connection.settle()
        while self._connection.next_event() is not None:
            pass  # the server reports what was lifted just now
        try:
            while not self._orders.is_stopped:
                self._step()
        finally:
            with suppress(xcffib.XcffibException):
                self._do(self._hands.release())
                self._lift_all()
                self._keyboard.unbind()
                self._connection.settle()

    def _step(self) -> None:
        self._read_reports()
        event, must_release = self._orders.take()
        if must_release:
            self._do(self._hands.release())
        self._do(self._hands.lapse(clock_us()))
        if isinstance(event, Mark):
            self._connection.settle()
            self._orders.tell(Applied(event.sequence, clock_us()))
        elif isinstance(event, At):
            self._hands.at(event.page_ms)
        elif isinstance(event, Room):
            self._ask_for(event)
        elif event is not None:
            self._carry_out(event)
        self._connection.flush()
        if event is None and not must_release:
            due_us = self._hands.due_us
            timeout_us = None if due_us is None else due_us - clock_us()
            self._read_reports()
            self._orders.wait(timeout_us, self._connection.fd)

    def _read_reports(self) -> None:
        while (event := self._connection.next_event()) is not None:
            if isinstance(event, xcffib.xkb.NewKeyboardNotifyEvent):
                self._keyboard.changed()
            elif getattr(event, "sourceid", None) is not None:
                self._device_did(event)

    def _device_did(self, event: Any) -> None:
        """The person at the machine wins: what the viewer holds is let go."""
        if event.sourceid in self._connection.devices.ids:
            return
        if isinstance(event, xcffib.xinput.RawKeyPressEvent):
            self._hand.pressed(event.detail == _ESCAPE, clock_us())
        else:
            self._hand.touched(clock_us())

    def _carry_out(self, event: Event) -> None:
        place = self._orders.place()
        if place is None:
            return
        if place != self._aim.place:
            self._aim.place = place
            self._hands.keyboard.is_desktop = not place.window
        now_us = clock_us()
        try:
            types = isinstance(event, Key | Text | Held)
            layout = self._keyboard.layout() if types else _NO_LAYOUT
            self._do(self._hands.act(event, layout, now_us))
        except xcffib.xproto.WindowError:
            pass  # a window closed meanwhile

    def _ask_for(self, room: Room) -> None:
        """Ask the desktop for this size, if it takes one."""
        place = self._orders.place()
        if place is not None and place.fits:
            self._connection.send_to_root(ROOM_MESSAGE, (room.width, room.height))

    # Strokes

    def _do(self, strokes: list[Stroke]) -> None:
        for stroke in strokes:
            if isinstance(stroke, Go):
                self._go(stroke)
            elif isinstance(stroke, Nudge):
                self._nudge(stroke)
            elif isinstance(stroke, LiftButton):
                self._set("button", stroke.button, is_down=False)
            elif isinstance(stroke, Lift):
                self._set("key", stroke.keycode, is_down=False)
            elif self._orders.is_interrupted:
                continue  # what is held is let go in a moment
            elif isinstance(stroke, PressButton):
                if self._may(self._aim.takes_clicks, "covered"):
                    self._set("button", stroke.button, is_down=True)
            elif not isinstance(stroke, Turn) and self._may(self._aim.takes_keys, "unfocused"):
                self._type(stroke)

    def _may(self, is_allowed: Callable[[], bool], cause: Any) -> bool:
        if is_allowed():
            return True
        self._aim.activate()
        self._orders.tell(Obstructed(cause))
        return False

    def _go(self, stroke: Go) -> None:
        at = self._aim.at(stroke.x, stroke.y)
        is_drag = any(kind == "button" for kind, _ in self._pressed)
        if at is None or (is_drag and at == self._at):
            return  # a motion right before a release in place would be a drag
        self._connection.move(*at)
        self._at = at

    def _nudge(self, stroke: Nudge) -> None:
        """Move by so much, and no further than the picture's edge."""
        self._connection.nudge(stroke.dx, stroke.dy)
        self._at = None
        back = self._aim.way_back()
        if back is not None:
            self._connection.move(*back)

    def _set(self, kind: str, number: int, *, is_down: bool) -> None:
        """Press or lift; what was refused is not lifted either."""
        if is_down == ((kind, number) in self._pressed):
            return
        self._pressed ^= {(kind, number)}
        press = self._connection.key if kind == "key" else self._connection.button
        press(number, is_down=is_down)

    def _lift_all(self) -> None:
        for kind, number in tuple(self._pressed):
            self._set(kind, number, is_down=False)

    def _type(self, stroke: Press | Tap | TypeMissing) -> None:
        if isinstance(stroke, Press):
            self._set("key", stroke.keycode, is_down=True)
        elif isinstance(stroke, Tap):
            self._keyboard.tap(stroke.spot)
        else:
            self._type_missing(stroke.char)

    def _type_missing(self, char: str) -> None:
        spares = self._keyboard.spares
        keycode = spares.keycode_of(char, clock_us())
        while keycode is None:
            keycode = spares.bind(char, clock_us())
            if keycode is not None:
                self._keyboard.bind(keycode, char)
                self._rest(BOUND_US)
            elif spares.is_hopeless or self._orders.is_interrupted:
                return
            else:
                self._rest(spares.wait_us(clock_us()))
        if not self._orders.is_interrupted:
            self._keyboard.tap_spare(keycode)

    def _rest(self, us: int) -> None:
        """Type nothing for this long, unless what is being typed does not count any more."""
        self._connection.flush()
        until_us = clock_us() + us
        while (left_us := until_us - clock_us()) > 0 and not self._orders.is_interrupted:
            self._orders.wait(left_us, self._connection.fd)
            self._read_reports()
