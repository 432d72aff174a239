"""Law 3 with liars: nothing that a minority of viewers says changes what the others receive.

The track here follows the loop's demand by the real one's bookkeeping (flow/output); a page is
honest, or says what the test makes up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from samescreen.flow.claims import Delivery
from samescreen.flow.output import Output
from samescreen.flow.pace import Allowance
from samescreen.media import Rendition
from samescreen.publish.track_outputs import (
    KEYFRAME_EVERY_US,
    KEYFRAME_SPACING_US,
    KEYFRAMES_AT_ONCE,
)
from tests.fakes import TARGET, FakePublisher, still, video
from tests.hub.room import SECOND_US, Guest, Room

MAIN, LOW, JPEG = Rendition.MAIN, Rendition.LOW, Rendition.JPEG
FRAME_US = 20_000
LATE_FRAMES = 6
FRAMES = 150
ARRIVED = Delivery(rtt_us=300, min_rtt_us=100, unsent_bytes=0, rate_bps=10**9)
CROWDED = Delivery(rtt_us=200_000, min_rtt_us=100, unsent_bytes=10_000, rate_bps=300_000)


class Stage:
    """A stream whose pictures of 5000 bytes change 50 times a second, and a second stream."""

    def __init__(self) -> None:
        self.room = Room()
        self.other = FakePublisher(1)
        self.room.hub.add("other", "Other", self.other)
        self.room.begin()
        self._main = Output(
            MAIN,
            spacing_us=KEYFRAME_SPACING_US,
            allowance=Allowance(KEYFRAMES_AT_ONCE, KEYFRAME_EVERY_US),
        )
        self._sequence = 0
        self.keyframes: list[int] = []
        self.targets: set[int] = set()

    def frame(self) -> None:
        """The track takes the demand and makes a picture; a few times a second the hub ticks."""
        room = self.room
        room.wait(FRAME_US)
        demand = room.publisher.take()
        self.targets.add(demand.targets[MAIN].bitrate_bps)
        self._sequence += 1
        if JPEG in demand.keyframes:
            room.deliver(still(self._sequence))
        if MAIN in demand.keyframes:
            self._main.request()
        keyframe = self._main.wants_keyframe(room.now_us)
        if keyframe:
            self.keyframes.append(room.now_us)
        self._main.encoded(is_keyframe=keyframe, now_us=room.now_us)
        room.deliver(video(self._sequence, keyframe=keyframe, payload=bytes(5000)))
        if LOW in demand.renditions:
            room.deliver(video(self._sequence, keyframe=True, rendition=LOW))
        if self._sequence % 12 == 0:
            room.tick()


@dataclass(slots=True)
class Page:
    """A guest that remembers what it was shown, and reads each packet once."""

    guest: Guest
    shown: list[tuple[Rendition, int]] = field(default_factory=list)

    def read(self) -> None:
        self.shown += self.guest.shown
        self.guest.transport.clear()

    def ack(self, back: int = 1) -> None:
        """It has decoded all but the newest few."""
        if len(self.shown) >= back:
            self.guest.ack(*self.shown[-back])


Lie = Callable[[Page, int], object]


def early(page: Page, frame: int) -> None:
    """It has decoded what has not been sent yet, and waited long before it said so."""
    fields = {"rendition": MAIN, "sequence": frame + 2}
    page.guest.say("ack", held_us=10**9, **fields)
    page.ack()


def needy(page: Page, frame: int) -> None:
    page.ack()
    page.guest.say("need")


LIES: dict[str, Lie] = {
    "late": lambda page, frame: page.ack(LATE_FRAMES),
    "early": early,
    "none": lambda page, frame: None,
    "on time": lambda page, frame: page.ack(),
    "need": needy,
    "visibility": lambda page, frame: page.guest.say("visibility", hidden=bool(frame % 2)),
    "accepts": lambda page, frame: page.guest.say("accepts", accepts=["h264", "jpeg"][frame % 2 :]),
    "watch": lambda page, frame: page.guest.say("watch", stream=["other", "screen"][frame % 2]),
    "listen": lambda page, frame: page.guest.say("listen", on=bool(frame % 2)),
    "prefer": lambda page, frame: page.guest.say(
        "prefer", quality=["low", "auto", "full"][frame % 3]
    ),
    "report": lambda page, frame: page.guest.say(
        "report", fps=0, latency_us=2**53, decode_us=2**53, decoder="jpeg", dropped=2**53
    ),
    "reconnect": lambda page, frame: page.guest.room.audience.leave(page.guest.viewer),
}


Liar = tuple[str, Delivery | None, int]
"""How it lies, what the host measures of its connection, and the end of its address."""


def perform(honest: int, liars: Sequence[Liar]) -> tuple[Stage, list[Page]]:
    """So many honest viewers, each at its own address, beside liars."""
    stage = Stage()
    good = [Page(stage.room.guest(f"10.0.0.{n}").hello()) for n in range(honest)]
    bad = [_liar(stage, liar) for liar in liars]
    for frame in range(FRAMES):
        stage.frame()
        for page in good:
            page.read()
            page.ack()
        for place, liar in enumerate(liars):
            if bad[place].guest.viewer not in _present(stage):
                bad[place] = _liar(stage, liar)
            bad[place].read()
            LIES[liar[0] if frame > 25 else "on time"](bad[place], frame)
    return stage, good


def _liar(stage: Stage, liar: Liar) -> Page:
    guest = stage.room.guest(f"10.0.0.{liar[2]}").hello()
    guest.transport.measured = liar[1]
    return Page(guest)


def _present(stage: Stage) -> list[object]:
    return list(stage.room.audience.viewers)


any_liar = st.tuples(
    st.sampled_from(sorted(LIES)), st.sampled_from([None, ARRIVED, CROWDED]), st.integers(0, 9)
)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 4), st.lists(any_liar, min_size=1, max_size=3))
@example(1, [("late", ARRIVED, 8), ("late", ARRIVED, 9)])
@example(3, [("late", None, 8), ("late", CROWDED, 9)])
@example(1, [("visibility", None, 8)])
@example(2, [("need", None, 8), ("reconnect", None, 9)])
@example(2, [("prefer", None, 8)])
def test_liars_change_nothing_for_the_others(honest: int, liars: list[Liar]) -> None:
    """Liars whose pictures arrived may be many; others are a minority, or one beside one."""
    if any(delivery is not ARRIVED for _, delivery, _ in liars):
        liars = liars[: max(1, honest - 1)]
    stage, good = perform(honest, liars)
    assert stage.targets == {TARGET.bitrate_bps}
    assert {page.guest.viewer.rendition for page in good} == {MAIN}
    seconds = FRAMES * FRAME_US // SECOND_US
    assert len(stage.keyframes) <= KEYFRAMES_AT_ONCE + 1 + seconds
    for page in good:
        shown = [number for rendition, number in page.shown if rendition is MAIN]
        assert shown == list(range(shown[0], FRAMES + 1)), "not one picture is missing"


def test_the_stage_shows_what_it_should_not() -> None:
    """A lone viewer is taken at its word, so the property can fail."""
    stage, _ = perform(0, [("late", None, 9)])
    assert min(stage.targets) < TARGET.bitrate_bps


def test_a_lone_liar_is_forgotten_as_soon_as_another_watches() -> None:
    stage, _ = perform(0, [("late", ARRIVED, 9)])
    assert stage.room.group.control.rates[MAIN].is_lowered
    stage.room.guest("10.0.0.1").hello()
    stage.room.wait(2 * SECOND_US)
    stage.room.tick()
    assert stage.room.publisher.take().targets[MAIN] == TARGET


@pytest.mark.parametrize("kind", ["need", "visibility", "accepts", "watch", "prefer"])
def test_every_word_that_costs_a_keyframe_is_limited_alike(kind: str) -> None:
    room = Stage().room
    page = Page(room.guest().hello())
    starts = 0
    for n in range(100):
        LIES[kind](page, n)
        for stream in room.hub.streams.values():
            publisher = stream.publisher
            assert isinstance(publisher, FakePublisher)
            if MAIN in publisher.take().keyframes:
                starts += 1
                stream.deliver(still(n))
                stream.deliver(video(n, keyframe=True))
        page.read()
        page.ack()
        room.wait(SECOND_US // 20)
        if n % 5 == 0:
            room.tick()
    assert 5 <= starts <= 1 + 3 + 5


def test_a_viewer_that_was_put_off_has_its_picture_within_a_second() -> None:
    stage = Stage()
    guest = stage.room.guest().hello()
    for n in range(20):
        guest.say("visibility", hidden=not n % 2)
    assert guest.viewer.rendition is None
    for _ in range(1 + SECOND_US * 5 // 4 // FRAME_US):
        stage.frame()
    assert guest.viewer.is_in_step
    assert guest.shown[-1][0] is MAIN


def test_a_liar_in_step_sends_no_other_viewer_to_low() -> None:
    stage = Stage()
    guests = [stage.room.guest(f"10.0.0.{n}").hello() for n in range(3)]
    stage.frame()
    for guest in guests:
        guest.ack_all()
    stage.frame()
    guests[2].ack_all()
    stage.room.wait(5 * SECOND_US)
    stage.frame()
    assert {guest.viewer.rendition for guest in guests} == {MAIN}
    assert [guest.viewer.is_in_step for guest in guests] == [False, False, True]


@pytest.mark.parametrize("measured", [None, CROWDED])
def test_a_thin_minority_goes_to_low_and_a_thin_majority_is_followed(
    measured: Delivery | None,
) -> None:
    few, _ = perform(2, [("none", measured, 8)])
    assert [v.rendition for v in few.room.group.viewers.values()] == [MAIN, MAIN, LOW]
    assert few.targets == {TARGET.bitrate_bps}
    most, _ = perform(1, [("late", measured, 7), ("late", measured, 8)])
    assert min(most.targets) < TARGET.bitrate_bps
