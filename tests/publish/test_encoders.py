"""The encoders of one track: made on demand, config first, replaced once, sequence continued."""

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
from tests.fakes import TARGET, DeafBridge, frame
from tests.stage.scripted import EncoderScript

MAIN, LOW, JPEG = Rendition.MAIN, Rendition.LOW, Rendition.JPEG


class KeepingBridge(DeafBridge):
    """Keeps everything that is posted."""

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


def test_an_encoder_is_made_on_demand_and_kept(encoders: Encoders, script: EncoderScript) -> None:
    assert script.made == 0
    assert encoders.name == ""
    packets = [encoders.encode(MAIN, frame()) for _ in range(3)]
    assert script.made == 1
    assert [p.is_keyframe for p in packets] == [True, False, False]
    assert [p.sequence for p in packets] == [0, 1, 2]
    assert encoders.name == "scripted"


def test_each_config_is_posted_once_before_its_first_packet(
    encoders: Encoders, bridge: KeepingBridge
) -> None:
    for rendition in (JPEG, MAIN, JPEG, MAIN, LOW):
        encoders.encode(rendition, frame())
    configs = [event for event in bridge.posted if isinstance(event, TrackConfig)]
    assert [config.rendition for config in configs] == [JPEG, MAIN, LOW]


def test_a_failed_encoder_is_replaced_and_the_sequence_continues(
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
def test_a_second_failure_is_an_encode_error(
    encoders: Encoders, script: EncoderScript, where: str
) -> None:
    setattr(script, where, deque(["first", "second"]))
    with pytest.raises(EncodeError, match="second"):
        encoders.encode(MAIN, frame())


def test_another_size_needs_new_encoders(encoders: Encoders, script: EncoderScript) -> None:
    encoders.encode(MAIN, frame())
    encoders.encode(JPEG, frame())
    encoders.resize(32, 24)
    assert script.closed == 2
    packet = encoders.encode(MAIN, frame(32, 24))
    assert (packet.sequence, packet.is_keyframe) == (1, True)
    assert script.calls[-1].size == (32, 24)


def test_another_target_needs_a_new_main_encoder(encoders: Encoders, script: EncoderScript) -> None:
    for rendition in (MAIN, JPEG, LOW):
        encoders.encode(rendition, frame())
    assert encoders.retune(ceilings(TARGET)) == frozenset()
    assert encoders.retune(ceilings(TARGET) | {MAIN: RateTarget(1_000_000, 30)}) == {MAIN}
    assert script.closed == 1
    packet = encoders.encode(MAIN, frame())
    assert (packet.sequence, packet.is_keyframe) == (1, True)
    assert not encoders.encode(LOW, frame()).is_keyframe


def test_another_quality_needs_new_encoders(
    encoders: Encoders, script: EncoderScript, bridge: KeepingBridge
) -> None:
    for rendition in (MAIN, JPEG):
        encoders.encode(rendition, frame())
    assert encoders.set_quality(None) == frozenset()
    assert encoders.set_quality(40) == {MAIN, JPEG}
    assert encoders.set_quality(40) == frozenset()
    packets = [encoders.encode(rendition, frame()) for rendition in (MAIN, JPEG, LOW)]
    assert [(each.sequence, each.is_keyframe) for each in packets[:2]] == [(1, True), (1, True)]
    assert [spec.quality for spec in script.specs] == [None, None, 40, 40, 40]
    configs = [event for event in bridge.posted if isinstance(event, TrackConfig)]
    assert len(configs) == 5, "each new encoder announces itself"
    assert encoders.set_quality(None) == {MAIN, JPEG, LOW}


# --- uncapped or capped ---------------------------------------------------------------------------


class Load:
    """Makes encoders whose packet size and encoding time the test sets."""

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

        def load(frame: Frame, request: EncodeRequest) -> Packet:
            self.now_us += self.took_us
            encoder.coarseness = self.coarseness if spec.is_capped else 0.0
            return replace(encode(frame, request), payload=bytes(self.size))

        encoder.encode = load  # type: ignore[method-assign]
        return encoder


@pytest.fixture
def load(script: EncoderScript) -> Load:
    return Load(script)


@pytest.fixture
def measured(load: Load, bridge: KeepingBridge) -> Encoders:
    made = Encoders(load.make, bridge, TARGET, lambda: load.now_us)
    made.resize(64, 48)
    return made


def test_main_is_uncapped_until_the_bucket_overflows(measured: Encoders, load: Load) -> None:
    load.size = TARGET.bitrate_bps // 8 // 30
    packets = []
    for n in range(60):
        load.now_us = n * 16_667
        packets.append(measured.encode(MAIN, frame()))
    assert [spec.is_capped for spec in load.specs] == [False, True]
    keyframes = [n for n, packet in enumerate(packets) if packet.is_keyframe]
    assert keyframes[0] == 0
    assert 10 <= keyframes[1] <= 20, "twice the bitrate overflows it after 250 ms"
    assert [packet.sequence for packet in packets] == list(range(60))


def test_a_keyframe_never_causes_an_exchange(measured: Encoders, load: Load) -> None:
    load.size = 10 * TARGET.bitrate_bps // 8
    for second in range(10):
        load.now_us = second * 1_000_000
        assert measured.encode(MAIN, frame(), EncodeRequest(keyframe=True)).is_keyframe
    assert len(load.specs) == 1


def test_what_a_free_encoder_would_spend_decides(measured: Encoders, load: Load) -> None:
    """Capped packets are small only because they are coarse: main stays capped, or coarser."""
    measured.encode(MAIN, frame())
    load.size, load.now_us = TARGET.bitrate_bps // 8, 1_000_000
    measured.encode(MAIN, frame())
    load.size, load.coarseness = TARGET.bitrate_bps // 8 // TARGET.fps // 4, 12.0
    encode_for(measured, load, 20)
    assert [spec.is_capped for spec in load.specs[:2]] == [False, True]
    assert all(spec.is_capped or spec.coarser_by for spec in load.specs[1:])
    load.size, load.coarseness = 1000, 0.0
    encode_for(measured, load, 40)
    assert (load.specs[-1].is_capped, load.specs[-1].coarser_by) == (False, 0)


def test_while_the_target_is_lowered_nothing_is_exchanged(measured: Encoders, load: Load) -> None:
    """A capped encoder stays capped, whatever the guard would choose for the ceiling."""
    measured.retune(ceilings(TARGET) | {MAIN: RateTarget(1_000_000, 30)})
    for _ in range(4):
        load.size = TARGET.bitrate_bps // 8
        encode_for(measured, load, 1)
        load.size = 100
        encode_for(measured, load, 8)
    assert len(load.specs) == 1


def test_after_leisure_it_runs_free_again(measured: Encoders, load: Load) -> None:
    measured.encode(MAIN, frame())
    load.size = TARGET.bitrate_bps // 8
    load.now_us = 1_000_000
    measured.encode(MAIN, frame())
    load.size = 1000
    for second in range(2, 10):
        load.now_us = second * 1_000_000
        measured.encode(MAIN, frame())
    assert [spec.is_capped for spec in load.specs] == [False, True, False]


def test_a_lowered_target_is_always_capped(measured: Encoders, load: Load) -> None:
    measured.encode(MAIN, frame())
    measured.retune(ceilings(TARGET) | {MAIN: RateTarget(1_000_000, 30)})
    measured.encode(MAIN, frame(pts_us=1))
    measured.retune(ceilings(TARGET))
    measured.encode(MAIN, frame(pts_us=2))
    assert [spec.is_capped for spec in load.specs] == [False, True, False]


def test_low_and_stills_do_not_fill_the_bucket(measured: Encoders, load: Load) -> None:
    load.size = TARGET.bitrate_bps
    for rendition in (LOW, JPEG) * 10:
        measured.encode(rendition, frame())
    load.size = 1000
    measured.encode(MAIN, frame())
    assert [spec.is_capped for spec in load.specs] == [False] * 3


def test_keyframes_of_an_unchanged_picture_do_not_add_up(measured: Encoders, load: Load) -> None:
    """New viewers of an unchanged screen: each keyframe has the same picture time."""
    load.size = TARGET.bitrate_bps // 8 // 20
    for _ in range(20):
        load.now_us += 55_000  # more than sending one keyframe takes
        measured.encode(MAIN, frame(pts_us=1_000_000), EncodeRequest(keyframe=True))
    assert [spec.is_capped for spec in load.specs] == [False]


def encode_for(measured: Encoders, load: Load, seconds: float) -> list[Packet]:
    """Encode at the target's frame rate."""
    start_us, packets = load.now_us, []
    for n in range(round(seconds * TARGET.fps)):
        load.now_us = start_us + n * 1_000_000 // TARGET.fps
        packets.append(measured.encode(MAIN, frame(pts_us=load.now_us)))
    return packets


def test_where_frames_take_too_long_it_searches_less(measured: Encoders, load: Load) -> None:
    load.took_us = 950_000 // TARGET.fps
    packets = encode_for(measured, load, 1)
    load.size *= 2  # what a near search misses
    packets += encode_for(measured, load, 2)
    assert [spec.wide_motion_search for spec in load.specs] == [True, False]
    assert sum(packet.is_keyframe for packet in packets) == 2
    assert [packet.sequence for packet in packets] == list(range(len(packets)))
    load.took_us = 100_000 // TARGET.fps
    encode_for(measured, load, 12)
    assert [spec.wide_motion_search for spec in load.specs] == [True, False, True]


def test_an_encoder_that_cannot_search_less_is_kept(measured: Encoders, load: Load) -> None:
    load.can_search, load.took_us = False, 2_000_000 // TARGET.fps
    encode_for(measured, load, 3)
    assert len(load.specs) == 1


def test_a_capped_encoder_is_not_replaced_to_search_far(measured: Encoders, load: Load) -> None:
    load.took_us = 950_000 // TARGET.fps
    encode_for(measured, load, 3)
    measured.retune(ceilings(TARGET) | {MAIN: RateTarget(1_000_000, 30)})
    load.took_us = 0
    encode_for(measured, load, 15)
    assert [spec.is_capped for spec in load.specs] == [False, False, True]


def test_film_gets_a_coarser_encoder_that_searches_near(measured: Encoders, load: Load) -> None:
    load.size = 12_000_000 // 8 // TARGET.fps
    packets = encode_for(measured, load, 4)
    assert [spec.coarser_by > 0 for spec in load.specs] == [False, True]
    assert [spec.is_capped for spec in load.specs] == [False, False]
    assert [spec.wide_motion_search for spec in load.specs] == [True, False]
    assert sum(packet.is_keyframe for packet in packets) == 2
    load.size = 1000
    encode_for(measured, load, 8)
    assert load.specs[-1].coarser_by == 0
    assert load.specs[-1].wide_motion_search


def test_keyframes_alone_are_no_film(measured: Encoders, load: Load) -> None:
    load.size = TARGET.bitrate_bps // 8 // 5
    for second in range(30):
        load.now_us = second * 1_000_000
        measured.encode(MAIN, frame(), EncodeRequest(keyframe=True))
    assert [spec.coarser_by for spec in load.specs] == [0]


def test_a_lowered_target_is_no_film(measured: Encoders, load: Load) -> None:
    measured.retune(ceilings(TARGET) | {MAIN: RateTarget(8_000_000, 60)})
    load.size = 7_000_000 // 8 // TARGET.fps
    encode_for(measured, load, 4)
    assert {spec.coarser_by for spec in load.specs} == {0}


def test_low_does_not_search_far(measured: Encoders, load: Load) -> None:
    measured.encode(LOW, frame())
    assert not load.specs[0].wide_motion_search


def test_all_encoders_are_closed_at_the_end(encoders: Encoders, script: EncoderScript) -> None:
    encoders.encode(MAIN, frame())
    encoders.encode(JPEG, frame())
    encoders.close()
    encoders.close()
    assert script.closed == 2
