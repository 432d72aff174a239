"""A viewer's input as a program gets it: nothing lost, nothing stuck."""

from __future__ import annotations

from hypothesis import given
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
from samescreen.control.hands import LEASE_US
from samescreen.control.places import PLACES
from samescreen.control.program_input import InputReader, KeyEvent, PointerEvent, TextEvent

KEY_A, CTRL = PLACES["KeyA"], PLACES["ControlLeft"]


def test_pointer_buttons_and_wheel() -> None:
    reader = InputReader("desk")
    assert reader.read(Move(3, 4), 0) == [PointerEvent("move", 3, 4, stream="desk")]
    left = frozenset(("left",))
    down = PointerEvent("down", 5, 6, "left", left, stream="desk")
    assert reader.read(Button(0, True, 5, 6), 0) == [down]
    assert reader.read(Button(0, True, 5, 6), 0) == [], "it is down"
    assert reader.read(Wheel(0, -120, 5, 6), 0) == [
        PointerEvent("wheel", 5, 6, "", left, dy=-1, stream="desk")
    ]
    assert reader.read(Button(0, False, 7, 8), 0) == [
        PointerEvent("up", 7, 8, "left", stream="desk")
    ]


def test_a_pen_has_pressure_and_a_locked_mouse_moves_by() -> None:
    reader = InputReader("")
    assert reader.read(Pen(3, 4, 65_535, 10, 0), 0) == [PointerEvent("move", 3, 4, pressure=1)]
    assert reader.read(Shift(-5, 6), 0) == [PointerEvent("move", 0, 10, dx=-5, dy=6)]
    left = frozenset(("left",))
    down = PointerEvent("down", 0, 10, "left", left)
    assert reader.read(Button(0, True, HERE, HERE), 0) == [down]
    turned = PointerEvent("wheel", 0, 10, "", left, dy=0.5)
    assert reader.read(Wheel(0, 60, HERE, HERE), 0) == [turned]


def test_keys_and_text() -> None:
    reader = InputReader("")
    assert reader.read(Key(True, KEY_A, Mods.NONE, "ä"), 0) == [
        KeyEvent("down", "ä", "KeyA"),
        TextEvent("ä"),
    ]
    assert reader.read(Key(True, KEY_A, Mods.NONE, "ä"), 0) == [], "it repeats"
    assert reader.read(Key(False, KEY_A), 0) == [KeyEvent("up", "ä", "KeyA")]
    ctrl = frozenset(("ctrl",))
    assert reader.read(Key(True, CTRL, Mods.CTRL), 0) == [
        KeyEvent("down", "ControlLeft", "ControlLeft", ctrl)  # type: ignore[arg-type]
    ]
    (chord,) = reader.read(Key(True, KEY_A, Mods.CTRL, "a"), 0)
    assert isinstance(chord, KeyEvent)
    assert (chord.key, chord.mods) == ("a", ctrl)
    assert reader.read(Text("你好"), 0) == [TextEvent("你好")]


def test_what_is_held_goes_up_after_a_silence() -> None:
    reader = InputReader("")
    reader.read(Key(True, KEY_A, Mods.NONE, "a"), 0)
    reader.read(Button(2, True, 1, 1), 0)
    reader.read(Held(4, frozenset((KEY_A,))), 100_000)
    assert reader.lapse(100_000 + LEASE_US - 1) == []
    lifted = reader.lapse(100_000 + LEASE_US)
    assert [getattr(each, "kind", "") for each in lifted] == ["up", "up"]
    assert reader.due_us is None


_EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(Move, st.integers(0, 99), st.integers(0, 99)),
    st.builds(Button, st.integers(0, 4), st.booleans(), st.integers(0, 99), st.integers(0, 99)),
    st.builds(Key, st.booleans(), st.sampled_from((KEY_A, CTRL)), st.just(Mods.NONE)),
    st.builds(Held, st.integers(0, 31), st.frozensets(st.sampled_from((KEY_A, CTRL)))),
)


@given(st.lists(_EVENTS, max_size=40))
def test_every_down_has_its_up(events: list[Event]) -> None:
    reader = InputReader("")
    made = [each for event in events for each in reader.read(event, 0)]
    made += reader.read(Release(), 0)
    down: list[str] = []
    for each in made:
        if isinstance(each, PointerEvent) and each.kind in ("down", "up"):
            (down.append if each.kind == "down" else down.remove)(each.button)
        elif isinstance(each, KeyEvent):
            (down.append if each.kind == "down" else down.remove)(each.code)
    assert down == []
