"""The encoders of one track: made when needed, config first, replaced once, numbered on."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import replace

import pytest

from samescreen.encode.base import EncodeRequest, EncoderSpec, VideoEncoder
from samescreen.errors import EncodeError
from samescreen.flow.rate import RateTarget, ceilings
from samescreen.hub.events import TrackEvent
from samescreen.media import Frame, Packet, Rendition, TrackConfig
from samescreen.publish.encoders import Encoders
from tests.fakes import TARGET, DeafBridge, EncoderScript, frame

MAIN, LOW, JPEG = Rendition.MAIN, Rendition.LOW, Rendition.JPEG


class KeepingBridge(DeafBridge):
    """Keeps what is posted."""

    def __init__(self) -> None:
        super().__init__()
        self.posted: list[TrackEvent] = []

    def post(self, event: TrackEvent) -> None:
        self.posted.append(event)


@pytest.fixture
def script() -> EncoderScript:
    return EncoderScript()


@pytest.fixture
def bridge() -> KeepingBridge:
    return KeepingBridge()


@pytest.fixture
def encoders(script: EncoderScript, bridge: KeepingBridge) -> Encoders:
    made = Encoders(script.make, bridge, TARGET, lambda: 0)
    made.resize(64, 48)
    return made


def test_made_when_first_needed_and_then_kept(encoders: Encoders, script: EncoderScript) -> None:
    assert script.made == 0
    assert encoders.name == ""
    packets = [encoders.encode(MAIN, frame()) for _ in range(3)]
    assert script.made == 1
    assert [p.is_keyframe for p in packets] == [True, False, False]
    assert [p.sequence for p in packets] == [0, 1, 2]
    assert encoders.name == "scripted"


def test_each_config_is_posted_once_before_its_packet_could_be(
    encoders: Encoders, bridge: KeepingBridge
) -> None:
    for rendition in (JPEG, MAIN, JPEG, MAIN, LOW):
        encoders.encode(rendition, frame())
    configs = [event for event in bridge.posted if isinstance(event, TrackConfig)]
    assert [config.rendition for config in configs] == [JPEG, MAIN, LOW]


def test_a_dead_encoder_is_replaced_and_the_numbers_go_on(
    encoders: Encoders,
    script: EncoderScript,
    bridge: KeepingBridge,
    caplog: pytest.LogCaptureFixture,
) -> None:
    encoders.encode(MAIN, frame())
    encoders.encode(MAIN, frame())
    script.failures = deque(["it died"])
    with caplog.at_level(logging.WARNING):
        packet = encoders.encode(MAIN, frame())
    assert (packet.sequence, packet.is_keyframe) == (2, True)
    assert (script.made, script.closed) == (2, 1)
    assert len(bridge.posted) == 2, "the new one's config too"
    assert "it died" in caplog.text


@pytest.mark.parametrize("where", ["failures", "refusals"])
def test_dead_twice_is_an_encode_error(
    encoders: Encoders, script: EncoderScript, where: str
) -> None:
    setattr(script, where, deque(["first", "second"]))
    with pytest.raises(EncodeError, match="second"):
        encoders.encode(MAIN, frame())


def test_another_size_means_other_encoders(encoders: Encoders, script: EncoderScript) -> None:
    encoders.encode(MAIN, frame())
    encoders.encode(JPEG, frame())
    encoders.resize(32, 24)
    assert script.closed == 2
    packet = encoders.encode(MAIN, frame(32, 24))
    assert (packet.sequence, packet.is_keyframe) == (1, True)
    assert script.calls[-1].size == (32, 24)


def test_another_aim_means_another_main_encoder(encoders: Encoders, script: EncoderScript) -> None:
    for rendition in (MAIN, JPEG, LOW):
        encoders.encode(rendition, frame())
    assert encoders.retune(ceilings(TARGET)) == frozenset()
    assert encoders.retune(ceilings(TARGET) | {MAIN: RateTarget(1_000_000, 30)}) == {MAIN}
    assert script.closed == 1
    packet = encoders.encode(MAIN, frame())
    assert (packet.sequence, packet.is_keyframe) == (1, True)
    assert not encoders.encode(LOW, frame()).is_keyframe


# --- free or capped -------------------------------------------------------------------------------


class Heavy:
    """Makes encoders whose packets are of a size, and take a time, to be set."""

    def __init__(self, script: EncoderScript) -> None:
        self.size = 1000
        self.took_us = 0
        self.can_search = True
        self.coarseness = 0.0
        self.now_us = 0
        self.specs: list[EncoderSpec] = []
        self._script = script

    def make(self, spec: EncoderSpec) -> VideoEncoder:
        self.specs.append(spec)
        encoder = self._script.make(spec)
        is_free = self.can_search and not spec.is_capped
        encoder.wide_motion_search = is_free and spec.wide_motion_search
        encode = encoder.encode

        def heavy(frame: Frame, request: EncodeRequest) -> Packet:
            self.now_us += self.took_us
            encoder.coarseness = self.coarseness if spec.is_capped else 0.0
            return replace(encode(frame, request), payload=bytes(self.size))

        encoder.encode = heavy  # type: ignore[method-assign]
        return encoder


@pytest.fixture
def heavy(script: EncoderScript) -> Heavy:
    return Heavy(script)


@pytest.fixture
def weighed(heavy: Heavy, bridge: KeepingBridge) -> Encoders:
    made = Encoders(heavy.make, bridge, TARGET, lambda: heavy.now_us)
    made.resize(64, 48)
    return made


def test_it_runs_free_until_the_bucket_overflows(weighed: Encoders, heavy: Heavy) -> None:
    heavy.size = TARGET.bitrate_bps // 8 // 30
    packets = []
    for n in range(60):
        heavy.now_us = n * 16_667
        packets.append(weighed.encode(MAIN, frame()))
    assert [spec.is_capped for spec in heavy.specs] == [False, True]
    keyframes = [n for n, packet in enumerate(packets) if packet.is_keyframe]
    assert keyframes[0] == 0
    assert 10 <= keyframes[1] <= 20, "half the bitrate too much: a quarter second's worth"
    assert [packet.sequence for packet in packets] == list(range(60))


def test_a_keyframe_never_causes_an_exchange(weighed: Encoders, heavy: Heavy) -> None:
    heavy.size = 10 * TARGET.bitrate_bps // 8
    for second in range(10):
        heavy.now_us = second * 1_000_000
        assert weighed.encode(MAIN, frame(), keyframe=True).is_keyframe
    assert len(heavy.specs) == 1


def test_what_a_free_encoder_would_spend_decides(weighed: Encoders, heavy: Heavy) -> None:
    """Capped packets are small only because they are coarse: the cap stays."""
    weighed.encode(MAIN, frame())
    heavy.size, heavy.now_us = TARGET.bitrate_bps // 8, 1_000_000
    weighed.encode(MAIN, frame())
    heavy.size, heavy.coarseness = TARGET.bitrate_bps // 8 // TARGET.fps // 4, 12.0
    encode_for(weighed, heavy, 20)
    assert [spec.is_capped for spec in heavy.specs] == [False, True]
    heavy.coarseness = 0.0
    encode_for(weighed, heavy, 20)
    assert [spec.is_capped for spec in heavy.specs] == [False, True, False]


def test_while_the_target_is_lowered_nothing_is_exchanged(weighed: Encoders, heavy: Heavy) -> None:
    """A capped encoder stays capped, whatever the guard would choose for the ceiling."""
    weighed.retune(ceilings(TARGET) | {MAIN: RateTarget(1_000_000, 30)})
    for _ in range(4):
        heavy.size = TARGET.bitrate_bps // 8
        encode_for(weighed, heavy, 1)
        heavy.size = 100
        encode_for(weighed, heavy, 8)
    assert len(heavy.specs) == 1


def test_after_leisure_it_runs_free_again(weighed: Encoders, heavy: Heavy) -> None:
    weighed.encode(MAIN, frame())
    heavy.size = TARGET.bitrate_bps // 8
    heavy.now_us = 1_000_000
    weighed.encode(MAIN, frame())
    heavy.size = 1000
    for second in range(2, 10):
        heavy.now_us = second * 1_000_000
        weighed.encode(MAIN, frame())
    assert [spec.is_capped for spec in heavy.specs] == [False, True, False]


def test_a_lowered_target_is_always_capped(weighed: Encoders, heavy: Heavy) -> None:
    weighed.encode(MAIN, frame())
    weighed.retune(ceilings(TARGET) | {MAIN: RateTarget(1_000_000, 30)})
    weighed.encode(MAIN, frame(pts_us=1))
    weighed.retune(ceilings(TARGET))
    weighed.encode(MAIN, frame(pts_us=2))
    assert [spec.is_capped for spec in heavy.specs] == [False, True, False]


def test_low_and_stills_are_not_weighed(weighed: Encoders, heavy: Heavy) -> None:
    heavy.size = TARGET.bitrate_bps
    for rendition in (LOW, JPEG) * 10:
        weighed.encode(rendition, frame())
    heavy.size = 1000
    weighed.encode(MAIN, frame())
    assert [spec.is_capped for spec in heavy.specs] == [False] * 3


def test_keyframes_of_a_picture_at_rest_do_not_add_up(weighed: Encoders, heavy: Heavy) -> None:
    """Newcomers, however far apart, to a screen that rests: the picture's time stands still."""
    heavy.size = TARGET.bitrate_bps // 8 // 20
    for _ in range(20):
        heavy.now_us += 55_000  # more than it takes to send one
        weighed.encode(MAIN, frame(pts_us=1_000_000), keyframe=True)
    assert [spec.is_capped for spec in heavy.specs] == [False]


def encode_for(weighed: Encoders, heavy: Heavy, seconds: float) -> list[Packet]:
    """At the frame rate of the target."""
    start_us, packets = heavy.now_us, []
    for n in range(round(seconds * TARGET.fps)):
        heavy.now_us = start_us + n * 1_000_000 // TARGET.fps
        packets.append(weighed.encode(MAIN, frame(pts_us=heavy.now_us)))
    return packets


def test_where_frames_take_too_long_it_searches_less(weighed: Encoders, heavy: Heavy) -> None:
    heavy.took_us = 950_000 // TARGET.fps
    packets = encode_for(weighed, heavy, 1)
    heavy.size *= 2  # what a near search misses
    packets += encode_for(weighed, heavy, 2)
    assert [spec.wide_motion_search for spec in heavy.specs] == [True, False]
    assert sum(packet.is_keyframe for packet in packets) == 2
    assert [packet.sequence for packet in packets] == list(range(len(packets)))
    heavy.took_us = 100_000 // TARGET.fps
    encode_for(weighed, heavy, 12)
    assert [spec.wide_motion_search for spec in heavy.specs] == [True, False, True]


def test_an_encoder_that_cannot_search_less_is_kept(weighed: Encoders, heavy: Heavy) -> None:
    heavy.can_search, heavy.took_us = False, 2_000_000 // TARGET.fps
    encode_for(weighed, heavy, 3)
    assert len(heavy.specs) == 1


def test_a_capped_one_is_not_exchanged_to_search_far(weighed: Encoders, heavy: Heavy) -> None:
    heavy.took_us = 950_000 // TARGET.fps
    encode_for(weighed, heavy, 3)
    weighed.retune(ceilings(TARGET) | {MAIN: RateTarget(1_000_000, 30)})
    heavy.took_us = 0
    encode_for(weighed, heavy, 15)
    assert [spec.is_capped for spec in heavy.specs] == [False, False, True]


def test_low_does_not_search_far(weighed: Encoders, heavy: Heavy) -> None:
    weighed.encode(LOW, frame())
    assert not heavy.specs[0].wide_motion_search


def test_closed_at_the_end(encoders: Encoders, script: EncoderScript) -> None:
    encoders.encode(MAIN, frame())
    encoders.encode(JPEG, frame())
    encoders.close()
    encoders.close()
    assert script.closed == 2
