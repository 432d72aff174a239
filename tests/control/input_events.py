"""Any input that a viewer may send, in some layouts, and the machine whose keys it presses."""

from __future__ import annotations

from hypothesis import strategies as st

from samescreen.control.events import (
    HERE,
    Button,
    Event,
    Held,
    Key,
    Mods,
    Move,
    Pen,
    Release,
    Shift,
    Text,
    Wheel,
)
from samescreen.control.hands import LEASE_US, Hands
from samescreen.control.keyboard import Layout
from samescreen.control.places import ALTS, CONTROLS, PLACES, SHIFTS
from samescreen.control.strokes import Lift, LiftButton, Press, PressButton, Stroke, Tap
from tests.control.layouts import DE, US, US_RU

LAYOUTS = (Layout(US), Layout(DE), Layout(US_RU), Layout(US_RU, 1), Layout(DE, 0, 2))
_CODES = st.sampled_from(
    [PLACES[name] for name in ("KeyA", "KeyY", "KeyZ", "KeyQ", "Digit2", "F1", "Tab", "CapsLock")]
    + sorted(SHIFTS | CONTROLS | ALTS)
)
_KEYS = st.builds(
    Key,
    st.booleans(),
    _CODES,
    st.sampled_from([*Mods, Mods.CTRL | Mods.ALTGR]),
    st.sampled_from(["", "a", "z", "y", "@", "Z", "你", "c"]),
)
_PLACE = st.integers(0, 65535)
_BY = st.integers(-32768, 32767)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    _KEYS,
    _KEYS,
    st.builds(Move, _PLACE, _PLACE),
    st.builds(Shift, _BY, _BY),
    st.builds(Pen, _PLACE, _PLACE, _PLACE),
    st.builds(Button, st.integers(0, 4), st.booleans(), _PLACE, _PLACE),
    st.builds(Button, st.integers(0, 4), st.booleans(), st.just(HERE), st.just(HERE)),
    st.builds(Wheel, st.integers(-32768, 32767), st.integers(-32768, 32767), _PLACE, _PLACE),
    st.builds(Text, st.text(max_size=5)),
    st.builds(Held, st.integers(0, 31), st.frozensets(_CODES, max_size=4)),
    st.just(Release()),
)
STEPS = st.lists(
    st.tuples(EVENTS, st.sampled_from(LAYOUTS), st.integers(0, 2 * LEASE_US)), max_size=30
)


class Machine:
    """Keys and buttons as a server has them."""

    def __init__(self) -> None:
        self.down: set[tuple[str, int]] = set()

    def do(self, strokes: list[Stroke]) -> None:
        for stroke in strokes:
            if isinstance(stroke, Press):
                self._press("key", stroke.keycode)
            elif isinstance(stroke, PressButton):
                self._press("button", stroke.button)
            elif isinstance(stroke, Lift):
                self.down.remove(("key", stroke.keycode))
            elif isinstance(stroke, LiftButton):
                self.down.remove(("button", stroke.button))
            elif isinstance(stroke, Tap):
                assert ("key", stroke.spot.keycode) not in self.down, "that would type nothing"

    def _press(self, kind: str, number: int) -> None:
        assert (kind, number) not in self.down, "pressed twice"
        self.down.add((kind, number))


def shown(hands: Hands) -> set[tuple[str, int]]:
    keys = {("key", keycode) for keycode in hands.keyboard.keycodes}
    return keys | {("button", button) for button in hands.buttons}
