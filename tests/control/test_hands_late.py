"""Input that arrives late: no letter repeats, a held key stays down while a network stutters."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from samescreen.control.events import Button, Event, Held, Key, Mods
from samescreen.control.hands import LEASE_US, Hands
from samescreen.control.places import PLACES, SHIFTS
from samescreen.control.strokes import Lift, Press, Stroke, Tap, TypeMissing
from tests.control.input_events import LAYOUTS, Machine
from tests.control.layouts import US

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
