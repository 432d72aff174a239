"""At the end no key and no button is down, whatever came and whatever was lost (law 11)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from samescreen.control.events import HERE, Button, Event, Held, Move, Pen, Shift, Wheel
from samescreen.control.hands import LEASE_US, Hands, lease_for
from samescreen.control.keyboard import Layout
from samescreen.control.spares import REST_US, Spares
from samescreen.control.strokes import Go, LiftButton, Nudge, PressButton
from samescreen.control.wheel import MOST_NOTCHES, Notches
from tests.control.input_events import LAYOUTS, STEPS, Machine, shown


@given(STEPS, st.sampled_from(["silence", "release", "nothing held"]))
def test_nothing_stays_down(steps: list[tuple[Event, Layout, int]], ending: str) -> None:
    hands, machine, now_us = Hands(), Machine(), 0
    for event, layout, later_us in steps:
        now_us += later_us
        machine.do(hands.lapse(now_us))
        machine.do(hands.act(event, layout, now_us))
        assert machine.down == shown(hands)
    if ending == "silence":
        machine.do(hands.lapse(now_us + LEASE_US))
    elif ending == "release":
        machine.do(hands.release())
    else:
        machine.do(hands.act(Held(0, frozenset()), LAYOUTS[0], now_us))
    assert machine.down == set()
    assert hands.due_us is None or hands.keyboard.keycodes == frozenset()


@given(STEPS)
def test_a_silent_viewer_holds_nothing_after_the_lease(
    steps: list[tuple[Event, Layout, int]],
) -> None:
    hands, machine, renewed_us, now_us = Hands(), Machine(), 0, 0
    for event, layout, later_us in steps:
        now_us += later_us
        machine.do(hands.lapse(now_us))
        assert not machine.down or now_us < renewed_us + LEASE_US
        machine.do(hands.act(event, layout, now_us))
        if not isinstance(event, Move | Shift | Pen | Wheel):
            renewed_us = now_us


def test_the_lease_ends_before_the_desktop_repeats_a_key() -> None:
    delays_ms = (10, 200, 250, 400, 660)
    assert [lease_for(each * 1000) // 1000 for each in delays_ms] == [150, 160, 200, 250, 250]
    hands = Hands(lease_us=160_000)
    hands.act(Button(0, True, 0, 0), LAYOUTS[0], 0)
    assert (hands.lapse(159_999), hands.lapse(160_000)) == ([], [LiftButton(1)])


def test_a_mouse_that_is_locked_in_acts_where_the_pointer_is() -> None:
    hands = Hands()
    acts = (Shift(-3, 4), Button(0, True, HERE, HERE), Wheel(0, 120, HERE, HERE))
    strokes = [stroke for each in acts for stroke in hands.act(each, LAYOUTS[0], 0)]
    assert strokes == [Nudge(-3, 4), PressButton(1), PressButton(5), LiftButton(5)]


def test_a_button_is_pressed_where_it_is() -> None:
    hands = Hands()
    assert hands.act(Button(3, True, 4, 5), LAYOUTS[0], 0) == [Go(4, 5), PressButton(8)]
    assert hands.act(Button(3, True, 4, 5), LAYOUTS[0], 0) == [Go(4, 5)]
    assert hands.act(Held(0, frozenset()), LAYOUTS[0], 0) == [LiftButton(8)]


@given(st.lists(st.integers(1, 400), max_size=30))
def test_no_turn_is_lost_nor_added(turns: list[int]) -> None:
    notches = Notches()
    clicks = [b for n, turn in enumerate(turns) for b in notches.turn(0, turn, n * 1000)]
    assert clicks == [5] * (sum(turns) // 120)


def test_a_wheel_forgets_what_is_left_over() -> None:
    notches = Notches()
    assert notches.turn(0, 119, 0) == []
    assert notches.turn(0, 1, 1_500_000) == [], "after a rest"
    assert notches.turn(0, -119, 1_500_001) == [], "after a turn back"
    assert notches.turn(0, -1, 1_500_002) == [4]
    assert notches.turn(32_767, 0, 1_500_003) == [7] * MOST_NOTCHES


def test_a_spare_key_rests_before_it_gets_another_character() -> None:
    spares = Spares([200, 201])
    assert (spares.bind("一", 0), spares.bind("二", 10)) == (201, 200)
    assert spares.bind("三", 20) is None
    assert spares.keycode_of("一", 30) == 201, "it is used again, so the other one is older"
    assert spares.wait_us(30) == 10 + REST_US - 30
    assert spares.bind("三", 10 + REST_US) == 200
    assert spares.keycode_of("二", 10 + REST_US) is None
    assert not spares.is_hopeless
    assert Spares([]).is_hopeless
