"""Moves the pointer and types through the desktop's portal. On the injecting thread.

A dialog asks the person at the desktop first. Its session belongs to this connection alone, so it
is another one than that of the pictures; the same screen must be chosen in it. Characters go as
keysyms, which the desktop finds in its own layout; other keys go by their places. Who sits at the
machine is not noticed: the portal reports nobody's input.
"""

from __future__ import annotations

import logging
from typing import Any, Final

from samescreen.control.as_typed import MODIFIERS, US, as_typed
from samescreen.control.events import Event
from samescreen.control.keyboard import Layout
from samescreen.control.keymap import Spot
from samescreen.control.keysyms import keysym_of
from samescreen.control.orders import Orders
from samescreen.control.wheel import NOTCH
from samescreen.errors import CaptureError, SourceUnavailable
from samescreen.media import OnDesktop
from samescreen.portal.bus import Bus, CallRefused
from samescreen.portal.session import REMOTE_DESKTOP, Session, Shared, Source, Wish, open_session
from samescreen.portal.tokens import Tokens, kept_tokens

_log: Final = logging.getLogger(__name__)
_TO_X: Final = 8
_KEYBOARD, _POINTER = 1, 2
_DOWN, _RIGHT = 0, 1
_LENGTH_OF_A_NOTCH: Final = 15.0
"""As compositors report a mouse's wheel, in the desktop's units."""

_BUTTONS: Final = {1: 0x110, 2: 0x112, 3: 0x111, 8: 0x113, 9: 0x114}
"""BTN_LEFT, BTN_MIDDLE, BTN_RIGHT, BTN_SIDE and BTN_EXTRA by X button."""

STOPPED: Final = "remote control was stopped at that computer"
OTHER_SCREEN: Final = (
    "another screen than the shared one was chosen in the dialog for remote control; give control "
    "again, and choose the shared one"
)
NO_DEVICES: Final = "mouse and keyboard were not allowed in the dialog; give control again"
_WAITING: Final = "waiting for someone at that computer to allow remote control in a dialog"

Press = tuple[str, int]
"""How a key went down: the portal's method, and the keysym or the Linux code."""


class PortalDesk:
    """The pointer and the keyboard of the desktop whose screen lies at `place`.

    Raises:
        CaptureError: the person refused, or there is no such portal; the message has the cure.
    """

    repeats_keys = True

    def __init__(self, orders: Orders, place: OnDesktop, tokens: Tokens | None = None) -> None:
        tokens = tokens or kept_tokens()
        self._bus = Bus()
        try:
            wish = Wish("control", Source.MONITOR, _KEYBOARD | _POINTER)
            self._session: Session = open_session(
                self._bus,
                wish,
                tokens,
                on_ask=lambda: _log.warning(_WAITING),
                gives_up=lambda: orders.is_stopped,
            )
            self._stream = _stream_at(self._session, place)
        except CaptureError as error:
            if str(error) in (OTHER_SCREEN, NO_DEVICES):
                tokens.write("control", "")  # so that the dialog opens again
            self._bus.close()
            raise
        self._pressed: dict[int, Press] = {}
        self._at = (0.0, 0.0)
        _log.warning("on Wayland, remote control does not notice your own mouse and keyboard")

    def layout(self, event: Event) -> Layout:
        return as_typed(event, US)

    def move(self, x: int, y: int, place: OnDesktop) -> None:
        self._at = (float(x), float(y))
        across, along = self._scale(place)
        at = (self._stream.node, (x + 0.5) * across, (y + 0.5) * along)
        self._notify("PointerMotionAbsolute", "udd", *at)

    def nudge(self, dx: int, dy: int, place: OnDesktop) -> None:
        self._at = (self._at[0] + dx, self._at[1] + dy)
        across, along = self._scale(place)
        self._notify("PointerMotion", "dd", dx * across, dy * along)

    def come_back(self, place: OnDesktop) -> None:
        x, y = (int(each) for each in self._at)
        inside = (
            min(max(x, 0), place.region.width - 1),
            min(max(y, 0), place.region.height - 1),
        )
        if (x, y) != inside:
            self.move(*inside, place)

    def button(self, button: int, *, is_down: bool) -> None:
        self._notify("PointerButton", "iu", _BUTTONS[button], int(is_down))

    def turn(self, dx: int, dy: int) -> None:
        """Whole notches as of a wheel; parts of one as of a trackpad."""
        if dx % NOTCH == dy % NOTCH == 0:
            for axis, by in ((_DOWN, dy), (_RIGHT, dx)):
                if by:
                    self._notify("PointerAxisDiscrete", "ui", axis, by // NOTCH)
        else:
            length = _LENGTH_OF_A_NOTCH / NOTCH
            self._notify("PointerAxis", "dd", dx * length, dy * length)

    def key(self, keycode: int, *, is_down: bool, char: str = "", repeats: bool = False) -> None:
        if is_down:
            press = self._pressed[keycode] = _press_of(keycode, char)
        else:
            press = self._pressed.pop(keycode, _press_of(keycode, char))
        self._type(press, is_down=is_down)

    def tap(self, spot: Spot, char: str) -> None:
        self._tap(_press_of(spot.keycode, char))

    def type_missing(self, char: str) -> None:
        self._tap(_press_of(0, char))

    def close(self) -> None:
        self._session.close()
        self._bus.close()

    def _tap(self, press: Press) -> None:
        for is_down in (True, False):
            self._type(press, is_down=is_down)

    def _type(self, press: Press, *, is_down: bool) -> None:
        method, number = press
        self._notify(method, "iu", number, int(is_down))

    def _notify(self, method: str, signature: str, *values: Any) -> None:
        """Waits for the answer: the portal works on several calls at once, in any order."""
        if self._session.is_over():
            raise SourceUnavailable(STOPPED)
        path = self._session.path
        try:
            self._bus.call(
                REMOTE_DESKTOP, f"Notify{method}", f"oa{{sv}}{signature}", path, {}, *values
            )
        except CallRefused as error:
            if self._session.is_over():
                raise SourceUnavailable(STOPPED) from error
            raise SourceUnavailable(f"the desktop refused remote control: {error}") from error

    def _scale(self, place: OnDesktop) -> tuple[float, float]:
        """The desktop's units in a pixel of the picture, across and along."""
        width, height = place.region.width, place.region.height
        across, along = self._stream.size or (width, height)
        return across / max(1, width), along / max(1, height)


def _stream_at(session: Session, place: OnDesktop) -> Shared:
    """The stream of the screen that is shown, in whose coordinates the pointer is moved."""
    at = (place.region.x, place.region.y)
    fitting = [each for each in session.streams if each.position in (None, at)]
    problem = ""
    if not fitting:
        problem = OTHER_SCREEN
    elif session.devices & (_KEYBOARD | _POINTER) != _KEYBOARD | _POINTER:
        problem = NO_DEVICES
    if problem:
        session.close()
        raise SourceUnavailable(problem)
    return fitting[-1]


def _press_of(keycode: int, char: str) -> Press:
    if char and keycode not in MODIFIERS:
        return "KeyboardKeysym", keysym_of(char)
    return "KeyboardKeycode", keycode - _TO_X
