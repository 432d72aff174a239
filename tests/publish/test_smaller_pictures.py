"""What is decoded of pushed H.264, and when: nothing while nobody needs a smaller picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from samescreen.encode.factory import EncoderFactory
from samescreen.encode.probe import SelectedEncoder
from samescreen.flow.rate import RateTarget
from samescreen.flow.stills import StillTarget
from samescreen.hub.demand import IDLE, Demand
from samescreen.hub.events import TrackEvent
from samescreen.hub.publishers import Encoding
from samescreen.media import Codec, Packet, Rendition, TrackConfig
from samescreen.publish import smaller_pictures as room
from samescreen.publish.pushed_publisher import PushedPublisher
from samescreen.publish.pushed_video import PushedVideo
from samescreen.publish.smaller_pictures import (
    MOST_KEPT,
    MOST_KEPT_BYTES,
    KeptPictures,
    SmallerPictures,
)
from tests.fakes import soon, video
from tests.gate.published_streams import encoded

MAIN, LOW, JPEG = Rendition.MAIN, Rendition.LOW, Rendition.JPEG
ENCODING: Final = Encoding(
    lambda track: EncoderFactory(SelectedEncoder(), track=track, quality=75).make,
    RateTarget(8_000_000, 30),
    StillTarget(90, 30),
)
A_NEWCOMER: Final = Demand(frozenset({MAIN}), frozenset({MAIN, JPEG}), paused=False)
A_VIEWER: Final = Demand(frozenset({MAIN}), paused=False)
A_READER: Final = Demand(frozenset({JPEG}), frozenset({JPEG}), paused=False)
ON_LOW: Final = Demand(frozenset({LOW}), frozenset({LOW}), paused=False)


class FakeDecoder:
    """Keeps the times of what is to be decoded; `seen`: of what is to be shown."""

    made: Final[list[FakeDecoder]] = []

    def __init__(self, name: str, codec: Codec, changed: Callable[[], None], **more: Any) -> None:
        self.needs_keyframe = True
        self.ended = ""
        self.taken: list[int] = []
        self.seen: list[int] = []
        self.changed = changed
        self.made.append(self)

    def submit(
        self, payload: bytes, when_us: int, *, is_keyframe: bool, is_past: bool = False
    ) -> bool:
        self.needs_keyframe &= not is_keyframe
        if not self.needs_keyframe:
            self.taken.append(when_us)
            self.seen += [] if is_past else [when_us]
        return not self.needs_keyframe

    def newest(self) -> None:
        return None

    def close(self) -> None:
        """Nothing runs."""


@pytest.fixture(autouse=True)
def decoders(monkeypatch: pytest.MonkeyPatch) -> list[FakeDecoder]:
    FakeDecoder.made.clear()
    monkeypatch.setattr(room, "Decoder", FakeDecoder)
    return FakeDecoder.made


class Stage:
    def __init__(self, *, answers: bool = False) -> None:
        self.needs = 0
        self.smaller = SmallerPictures("cam", 0, ENCODING, self._need, answers=answers)
        self.smaller.configured(TrackConfig(0, MAIN, Codec.H264, "", 64, 48, 64, 48, 30))
        self.number = 0

    def _need(self) -> None:
        self.needs += 1

    def comes(self, count: int = 1, *, keyframe: bool = False) -> None:
        """So many packets, of which the first may be a keyframe."""
        for at in range(count):
            is_keyframe = keyframe and not at
            packet = video(self.number, keyframe=is_keyframe, pts_us=self.number)
            self.smaller.take(packet)
            self.number += 1


    def dispose(self) -> None:
        self.smaller._pictures.dispose()


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    yield made
    made.dispose()


@pytest.fixture
def answering() -> Iterator[Stage]:
    """The program makes keyframes when it is asked."""
    made = Stage(answers=True)
    yield made
    made.dispose()


async def test_while_everybody_watches_main_nothing_is_decoded(
    stage: Stage, decoders: list[FakeDecoder]
) -> None:
    stage.smaller.set_demand(A_VIEWER)
    stage.comes(20, keyframe=True)
    assert not decoders
    assert not stage.needs


async def test_who_comes_between_two_keyframes_gets_the_newest_picture(
    stage: Stage, decoders: list[FakeDecoder]
) -> None:
    stage.comes(5, keyframe=True)
    stage.smaller.set_demand(A_READER)
    assert (decoders[0].taken, decoders[0].seen) == ([0, 1, 2, 3, 4], [4])
    stage.comes(2)
    assert (decoders[0].taken[5:], decoders[0].seen[1:]) == ([5, 6], [5, 6])
    assert not stage.needs


async def test_without_a_keyframe_one_is_asked_for(
    stage: Stage, decoders: list[FakeDecoder]
) -> None:
    stage.smaller.set_demand(ON_LOW)
    assert stage.needs == 1
    assert stage.smaller.needs_keyframe
    stage.comes(3, keyframe=True)
    assert decoders[0].taken == [0, 1, 2]
    assert not stage.smaller.needs_keyframe


async def test_after_a_pause_decoding_begins_with_the_last_keyframe(
    stage: Stage, decoders: list[FakeDecoder]
) -> None:
    stage.comes(2, keyframe=True)
    stage.smaller.set_demand(ON_LOW)
    stage.smaller.set_demand(IDLE)
    stage.comes(2)
    stage.smaller.set_demand(ON_LOW)
    assert decoders[0].taken == [0, 1, 0, 1, 2, 3], "none is left out"
    assert decoders[0].seen == [1, 3]


async def test_a_decoder_that_lost_a_picture_begins_again(
    stage: Stage, decoders: list[FakeDecoder]
) -> None:
    stage.comes(2, keyframe=True)
    stage.smaller.set_demand(ON_LOW)
    decoders[0].needs_keyframe = True
    stage.comes()
    assert decoders[0].taken == [0, 1, 0, 1, 2]
    decoders[0].needs_keyframe = True
    stage.comes()
    assert decoders[0].taken == [0, 1, 0, 1, 2], "but not again and again"
    assert stage.smaller.needs_keyframe


async def test_a_newcomer_needs_no_still_when_a_keyframe_comes_at_once(
    answering: Stage, decoders: list[FakeDecoder]
) -> None:
    answering.comes(2, keyframe=True)
    answering.smaller.set_demand(A_NEWCOMER)
    answering.smaller.set_demand(A_VIEWER)
    answering.comes(keyframe=True)
    assert answering.smaller._waiting is None
    assert not decoders


@pytest.mark.parametrize("answers", [True, False])
async def test_a_newcomer_gets_a_still_when_no_keyframe_comes(
    stage: Stage,
    answering: Stage,
    decoders: list[FakeDecoder],
    monkeypatch: pytest.MonkeyPatch,
    answers: bool,
) -> None:
    monkeypatch.setattr(room, "GRACE_S", 0.01)
    asked = answering if answers else stage
    asked.comes(2, keyframe=True)
    asked.smaller.set_demand(A_NEWCOMER)
    asked.smaller.set_demand(A_VIEWER)
    assert bool(decoders) is not answers
    await soon(lambda: bool(decoders), "it is decoded")
    demand = asked.smaller._demand
    assert JPEG in demand.renditions & demand.keyframes
    asked.smaller.set_demand(IDLE)
    assert not asked.smaller._demand.renditions, "they left"


def test_what_is_kept_is_bounded() -> None:
    kept = KeptPictures()
    kept.put(video(0))
    assert kept.packets == []
    for number in range(MOST_KEPT + 5):
        kept.put(video(number, keyframe=number == 0))
    assert kept.packets == []
    kept.put(video(0, keyframe=True, payload=bytes(MOST_KEPT_BYTES)))
    assert len(kept.packets) == 1
    kept.put(video(1))
    assert kept.packets == []


class Here:
    """The streams of a host."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._number = 7

    def next_track(self) -> int:
        self._number += 1
        return self._number

    def renewed(self, publisher: PushedPublisher, name: str) -> None:
        self.names.append(name)


def tracks(delivered: list[TrackEvent]) -> list[int]:
    return [each.track for each in delivered if isinstance(each, Packet)]


async def test_when_decoding_has_ended_main_goes_on_alone(decoders: list[FakeDecoder]) -> None:
    here: Here = Here()
    delivered: list[TrackEvent] = []
    source = PushedVideo(RateTarget(8_000_000, 30), None)
    publisher = PushedPublisher(source, here, ENCODING)
    assert publisher.tracks[0].pictures == {MAIN, LOW, JPEG}
    publisher.start(delivered.append)
    units = encoded(2)
    source.push(units[0].payload)
    await soon(lambda: bool(publisher._config), "the first picture")
    publisher.set_demand(A_READER)
    decoders[0].ended, decoders[0].needs_keyframe = "cam cannot be decoded", True
    decoders[0].changed()
    await soon(lambda: bool(here.names), "a new track")
    assert publisher.tracks[0].pictures == {MAIN}
    source.push(units[1].payload)
    await soon(lambda: tracks(delivered) == [8, 9], "its pictures have the new number")
    await publisher.close()
