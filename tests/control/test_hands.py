"""At the end no key and no button is down, whatever came and whatever was lost (law 11)."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import example, given
from hypothesis import strategies as st

from samescreen.control.events import (
    HERE,
    Button,
    Event,
    Held,
    Key,
    Mods,
    Move,
    Order,
    Pen,
    Release,
    Shift,
    Text,
    Wheel,
)
from samescreen.control.hands import LEASE_US, Hands, lease_for
from samescreen.control.inbox import MOST_WAITING, Inbox
from samescreen.control.keyboard import Layout
from samescreen.control.places import ALTS, CONTROLS, PLACES, SHIFTS
from samescreen.control.spares import REST_US, Spares
from samescreen.control.strokes import (
    Go,
    Lift,
    LiftButton,
    Nudge,
    Press,
    PressButton,
    Stroke,
    Tap,
    TypeMissing,
)
from samescreen.control.wheel import MOST_NOTCHES, Notches
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


# --- the wheel ------------------------------------------------------------------------------------


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


# --- what waits -----------------------------------------------------------------------------------


def drained(inbox: Inbox) -> list[Order]:
    events: list[Order] = []
    while (event := inbox.take()) is not None:
        events.append(event)
    return events


@given(st.lists(EVENTS, max_size=60))
def test_only_moves_are_merged_and_order_stays(events: list[Event]) -> None:
    inbox = Inbox()
    for event in events:
        inbox.put(event)
    left = drained(inbox)
    assert [e for e in left if not isinstance(e, Move | Shift | Pen)] == [
        e for e in events if not isinstance(e, Move | Shift | Pen)
    ]
    if events and isinstance(events[-1], Move | Pen):
        assert left[-1] == events[-1]
    assert _way(left) == _way(events), "relative motion is added up, never lost"


def _way(events: Iterable[Order]) -> tuple[int, int]:
    shifts = [event for event in events if isinstance(event, Shift)]
    return sum(each.dx for each in shifts), sum(each.dy for each in shifts)


def test_a_flood_of_moves_takes_no_room_and_one_of_keys_is_noticed() -> None:
    inbox = Inbox()
    for x in range(10_000):
        inbox.put(Move(x % 1000, 0))
    assert inbox.has_room
    assert drained(inbox) == [Move(999, 0)]
    for _ in range(10_000):
        inbox.put(Shift(3, -1))
    assert drained(inbox) == [Shift(30_000, -10_000)]
    inbox.put(Button(0, True, 0, 0))
    for x in range(10_000):
        inbox.put(Move(x % 1000, 0))
    assert len(drained(inbox)) < 100, "a drawing keeps some"
    for _ in range(MOST_WAITING + 1):
        inbox.put(Text("x"))
    assert not inbox.has_room


# --- spare keys -----------------------------------------------------------------------------------


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


# --- a page behind a network that stutters --------------------------------------------------------

_BEAT_US = 90_000
_REPEATS_US = 660_000
"""X servers repeat a key that was down so long."""
_TYPED = st.lists(
    st.tuples(
        st.sampled_from("abcxyzä你"), st.integers(1_000, 150_000), st.integers(0, 100_000)
    ),
    max_size=12,
)
"""Letters: each with the time that it is held, and the time until the next."""


def sent_by_page(typed: list[tuple[str, int, int]]) -> list[tuple[int, Event]]:
    """When the page sends what: key down, what is held every 90 ms, key up."""
    sent: list[tuple[int, Event]] = []
    now_us = 0
    for char, held_us, rest_us in typed:
        code = PLACES[f"Key{char.upper()}"] if char.isascii() else PLACES["Quote"]
        sent.append((now_us, Key(True, code, Mods.NONE, char)))
        beats = range(now_us // _BEAT_US * _BEAT_US + _BEAT_US, now_us + held_us, _BEAT_US)
        sent += [(at_us, Held(0, frozenset((code,)))) for at_us in beats]
        now_us += held_us
        sent.append((now_us, Key(False, code)))
        now_us += rest_us
    return sent


def arrivals(
    sent: list[tuple[int, Event]], stalls: list[tuple[int, int]]
) -> list[tuple[int, Event]]:
    """When the host gets it: all that is sent during a stall arrives at its end."""
    came: list[tuple[int, Event]] = []
    for at_us, event in sent:
        arrives_us = at_us
        for begin_us, length_us in sorted(stalls):  # those that overlap are one
            if begin_us <= arrives_us and at_us < begin_us + length_us:
                arrives_us = max(arrives_us, begin_us + length_us)
        came.append((arrives_us, event))
    return came


class Reader(Machine):
    """What programs read, with the letters that the server repeats while a key is down."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.since_us: dict[int, int] = {}

    def at(self, now_us: int, strokes: list[Stroke]) -> None:
        for stroke in strokes:
            if isinstance(stroke, Press):
                self.text += US.char(stroke.keycode, 0, 0)
                self.since_us[stroke.keycode] = now_us
            elif isinstance(stroke, Lift):
                assert now_us - self.since_us[stroke.keycode] < _REPEATS_US, "a letter repeats"
            elif isinstance(stroke, Tap):
                self.text += US.char(stroke.spot.keycode, 0, stroke.spot.mods)
            elif isinstance(stroke, TypeMissing):
                self.text += stroke.char
        self.do(strokes)


@given(
    _TYPED,
    st.lists(st.tuples(st.integers(0, 2_000_000), st.integers(0, 3_000_000)), max_size=4),
    st.integers(0, 50),
)
def test_a_letter_is_typed_once_however_the_network_stutters(
    typed: list[tuple[str, int, int]], stalls: list[tuple[int, int]], cut_after: int
) -> None:
    """Stalls of up to seconds, and a cut after so many messages: what arrived is typed once."""
    hands, reader, now_us = Hands(), Reader(), 0
    came = arrivals(sent_by_page(typed), stalls)[:cut_after]
    for arrives_us, event in came:
        while (due_us := hands.due_us) is not None and due_us <= arrives_us:
            reader.at(due_us, hands.lapse(due_us))
            assert hands.due_us is None, "a lease that has ended holds nothing"
        now_us = arrives_us
        reader.at(now_us, hands.act(event, LAYOUTS[0], now_us))
    reader.at(now_us + LEASE_US, hands.lapse(now_us + LEASE_US))
    assert reader.text == "".join(e.char for _, e in came if isinstance(e, Key) and e.is_down)
    assert reader.down == set()


_HELD_LONGER = st.lists(
    st.tuples(
        st.sampled_from("abcxyzä你"),
        st.integers(1_000, _REPEATS_US - LEASE_US - 1_000),
        st.integers(0, 300_000),
    ),
    max_size=6,
)
_RAMPS = st.lists(
    st.tuples(st.integers(0, 1_500_000), st.integers(0, 3_000_000)), min_size=1, max_size=4
)
"""For so long, each µs on the way takes so many millionths of a µs longer than the one before."""


def ramped(
    sent: list[tuple[int, Event]], ramps: list[tuple[int, int]]
) -> list[tuple[int, int, Event]]:
    """When the host gets it, and when the page sent it: the delay grows, and never shrinks."""

    def delay_us(at_us: int) -> int:
        delay, left_us = 0, at_us
        for length_us, millionths in ramps:
            delay += min(left_us, length_us) * millionths // 1_000_000
            left_us -= min(left_us, length_us)
        return delay

    return [(at_us + delay_us(at_us), at_us, event) for at_us, event in sent]


@example([("a", 400_000, 0)], [(1_500_000, 1_000_000)])
@example([("a", 300_000, 50_000), ("b", 300_000, 0)], [(1_500_000, 1_500_000)])
@given(_HELD_LONGER, _RAMPS)
def test_no_letter_repeats_while_the_delay_grows(
    typed: list[tuple[str, int, int]], ramps: list[tuple[int, int]]
) -> None:
    """A growing delay stretches the time that a key is down here, and no silence shows it."""
    hands, reader, now_us = Hands(), Reader(), 0
    came = ramped(sent_by_page(typed), ramps)
    for now_us, sent_us, event in came:
        while (due_us := hands.due_us) is not None and due_us <= now_us:
            reader.at(due_us, hands.lapse(due_us))
        hands.at(sent_us // 1000)
        reader.at(now_us, hands.act(event, LAYOUTS[0], now_us))
    reader.at(now_us + LEASE_US, hands.lapse(now_us + LEASE_US))
    assert reader.text == "".join(e.char for *_, e in came if isinstance(e, Key) and e.is_down)
    assert reader.down == set()


def test_a_key_that_is_really_held_stays_down_while_the_delay_grows() -> None:
    """Games hold keys: once the viewer has held one for long, only silence ends it."""
    hands, now_us = Hands(), 0
    key = PLACES["KeyW"]
    hands.at(0)
    hands.act(Key(True, key, Mods.NONE, "w"), LAYOUTS[0], 0)
    for beat in range(1, 40):
        now_us = beat * 90_000 + (0 if beat < 7 else (beat - 6) * 90_000)
        assert hands.lapse(now_us) == []
        hands.at(beat * 90)
        hands.act(Held(0, frozenset((key,))), LAYOUTS[0], now_us)
    assert hands.keyboard.keycodes == {key + 8}
    assert hands.lapse(now_us + LEASE_US) == [Lift(key + 8)]


def test_a_drag_and_a_shift_go_on_while_the_delay_grows() -> None:
    hands = Hands()
    shift = min(SHIFTS)
    hands.at(2**32 - 50)
    hands.act(Button(0, True, 0, 0), LAYOUTS[0], 0)
    hands.act(Key(True, shift), LAYOUTS[0], 0)
    for beat in range(1, 6):
        hands.at((2**32 - 50 + 90 * beat) % 2**32)
        assert hands.lapse(beat * 200_000) == []
        hands.act(Held(1, frozenset((shift,))), LAYOUTS[0], beat * 200_000)
    assert hands.buttons
    assert hands.keyboard.keycodes
