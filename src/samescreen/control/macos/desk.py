"""Moves the pointer and types on macOS, by Quartz events. On the injecting thread.

macOS lets a program read the keyboard layout on its main thread only. So a key goes by its place,
and carries the character that it made for the viewer; a shortcut goes by its place alone.
"""

from __future__ import annotations

from typing import Any, Final

from samescreen.clock import clock_us
from samescreen.control.as_typed import ALT, ALTGR, CTRL, META, MODIFIERS, SHIFT, as_typed
from samescreen.control.clicks import Clicks
from samescreen.control.events import Event
from samescreen.control.keyboard import Layout
from samescreen.control.keymap import Spot
from samescreen.control.wheel import NOTCH, Whole
from samescreen.errors import SourceLost, SourceUnavailable
from samescreen.media import OnDesktop

from . import quartz as cg
from .keycodes import KEYCODES

_TO_X: Final = 8
_LINES_A_NOTCH: Final = 3
_PIXELS_A_LINE: Final = 10
_FLAGS: Final = {
    SHIFT: cg.SHIFT, CTRL: cg.CONTROL, ALT: cg.ALTERNATE, ALTGR: cg.ALTERNATE, META: cg.COMMAND
}  # fmt: skip
_ALL_FLAGS: Final = cg.SHIFT | cg.CONTROL | cg.ALTERNATE | cg.COMMAND


class MacDesk:
    """The pointer and the keyboard of this session. `quartz`: None for macOS's own.

    Raises:
        SourceUnavailable: this program lacks the permission; macOS has asked for it.
    """

    repeats_keys = False

    def __init__(self, quartz: Any = None) -> None:
        self._quartz = quartz or cg.load_quartz()
        if not self._quartz.CGPreflightPostEventAccess():
            self._quartz.CGRequestPostEventAccess()  # asks once, then never again
            raise SourceUnavailable(cg.PERMISSION)
        # A source of its own: what the person at the machine holds does not get into the events.
        self._source = self._quartz.CGEventSourceCreate(cg.PRIVATE_STATE)
        self._at: tuple[float, float] | None = None
        self._moved = (Whole(), Whole())
        self._turned = (Whole(), Whole())
        self._clicks = Clicks()
        self._buttons: list[int] = []
        self._modifiers: set[int] = set()

    def layout(self, event: Event) -> Layout:
        return as_typed(event)

    def move(self, x: int, y: int, place: OnDesktop) -> None:
        """Quartz counts in points from the main screen's corner; a picture counts in pixels."""
        left, top, across, along = self._scale(place)
        region = place.region
        self._at = (left + (region.x + x + 0.5) * across, top + (region.y + y + 0.5) * along)
        self._post(self._motion())

    def nudge(self, dx: int, dy: int, place: OnDesktop) -> None:
        """Programs that lock the mouse in read the event's deltas; the pointer moves for others."""
        left, top, across, along = self._scale(place)
        if self._at is None:
            here = self._quartz.CGEventGetLocation(self._quartz.CGEventCreate(None))
            self._at = here.x, here.y
        region = place.region
        moved = dx * across, dy * along
        self._at = (
            _clamped(self._at[0] + moved[0], left, left + region.width * across),
            _clamped(self._at[1] + moved[1], top, top + region.height * along),
        )
        event = self._motion()
        for field, rest, by in zip((cg.DELTA_X, cg.DELTA_Y), self._moved, moved, strict=True):
            self._quartz.CGEventSetIntegerValueField(event, field, rest.take(by))
        self._post(event)

    def come_back(self, place: OnDesktop) -> None:
        pass  # `nudge` leads it nowhere else

    def _scale(self, place: OnDesktop) -> tuple[float, float, float, float]:
        """The picture's corner in points, and the points of a pixel, across and along."""
        bounds = self._quartz.CGDisplayBounds(int(place.display))
        origin, size, region = bounds.origin, bounds.size, place.region
        if not size.width:
            raise SourceLost("the screen went away")
        return origin.x, origin.y, size.width / region.width, size.height / region.height

    def button(self, button: int, *, is_down: bool) -> None:
        if is_down:
            self._buttons.append(button)
            self._clicks.pressed(button, self._at or (0.0, 0.0), clock_us())
        elif button in self._buttons:
            self._buttons.remove(button)
        self._post_mouse(button, cg.DOWN if is_down else cg.UP)

    def turn(self, dx: int, dy: int) -> None:
        """Whole notches are lines, as of a wheel; parts of one are pixels, as of a trackpad."""
        is_whole = dx % NOTCH == dy % NOTCH == 0
        scale = _LINES_A_NOTCH * (1 if is_whole else _PIXELS_A_LINE)
        pairs = zip((-dy, -dx), self._turned, strict=True)
        along, across = (rest.take(by * scale, NOTCH) for by, rest in pairs)
        units = cg.LINES if is_whole else cg.PIXELS
        make = self._quartz.CGEventCreateScrollWheelEvent
        event = make(self._source, units, 2, along, across)
        self._quartz.CGEventSetFlags(event, self._flags)
        self._post(event)

    def key(self, keycode: int, *, is_down: bool, char: str = "", repeats: bool = False) -> None:
        virtual = KEYCODES.get(keycode - _TO_X)
        if virtual is None:
            return
        modifier = keycode in MODIFIERS
        if modifier:
            (self._modifiers.add if is_down else self._modifiers.discard)(keycode)
        event = self._keyboard(virtual, is_down=is_down, char="" if modifier else char)
        if modifier:
            self._quartz.CGEventSetType(event, cg.FLAGS_CHANGED)
        if repeats:
            self._quartz.CGEventSetIntegerValueField(event, cg.AUTOREPEAT, 1)
        self._post(event)

    def tap(self, spot: Spot, char: str) -> None:
        for is_down in (True, False):
            self.key(spot.keycode, is_down=is_down, char=char)

    def type_missing(self, char: str) -> None:
        for is_down in (True, False):
            self._post(self._keyboard(0, is_down=is_down, char=char))

    def close(self) -> None:
        pass

    @property
    def _flags(self) -> int:
        """What is held down here, as flags of an event."""
        flags = 0
        for keycode in self._modifiers:
            flags |= _FLAGS[MODIFIERS[keycode]]
        return flags

    def _keyboard(self, virtual: int, *, is_down: bool, char: str) -> Any:
        quartz = self._quartz
        event = quartz.CGEventCreateKeyboardEvent(self._source, virtual, is_down)
        others = quartz.CGEventGetFlags(event) & ~_ALL_FLAGS
        quartz.CGEventSetFlags(event, others | self._flags)
        if char:
            units = len(char.encode("utf-16-le")) // 2
            quartz.CGEventKeyboardSetUnicodeString(event, units, char)
        return event

    def _motion(self) -> Any:
        if not self._buttons:
            return self._mouse(cg.MOVED, 0)
        number, kinds = cg.BUTTONS[self._buttons[-1]]
        return self._mouse(kinds[cg.DRAGGED], number)

    def _post_mouse(self, button: int, phase: int) -> None:
        number, kinds = cg.BUTTONS[button]
        event = self._mouse(kinds[phase], number)
        count = max(1, self._clicks.count)
        self._quartz.CGEventSetIntegerValueField(event, cg.CLICK_STATE, count)
        self._post(event)

    def _mouse(self, kind: int, number: int) -> Any:
        at = self._at or (0.0, 0.0)
        event = self._quartz.CGEventCreateMouseEvent(self._source, kind, at, number)
        self._quartz.CGEventSetFlags(event, self._flags)
        return event

    def _post(self, event: Any) -> None:
        self._quartz.CGEventSetIntegerValueField(event, cg.SOURCE_USER, cg.MARK)
        self._quartz.CGEventPost(cg.HID_TAP, event)


def _clamped(at: float, low: float, high: float) -> float:
    """A place in points within those bounds, less half a point."""
    return min(max(at, low), high - 0.5)
