"""The gate of a voice: what passes, and what a page that lies cannot do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.gate.refusal import Reason, Unfit
from samescreen.gate.voice import BYTES_AT_ONCE, BYTES_PER_S, PACKETS_AT_ONCE, VoiceGate
from samescreen.wire.talk import VOICE_US, Voice, VoiceKind

OPUS_20_MS = b"\x78" + bytes(40)  # one CELT frame of 20 ms
OPUS_10_MS = b"\x70" + bytes(40)
TWO_FRAMES = b"\x79" + bytes(40)
NOW_US = 10**9


def spoken(sequence: int = 0, payload: bytes = OPUS_20_MS) -> Voice:
    return Voice(VoiceKind.OPUS, 0, sequence, payload)


def refusal(gate: VoiceGate, voice: Voice, now_us: int = NOW_US) -> Reason | None:
    try:
        gate.take(voice, now_us)
    except Unfit as unfit:
        return unfit.refusal.reason
    return None


def test_a_voice_passes_as_it_is_and_its_numbers_begin_anew_after_65535() -> None:
    gate = VoiceGate(NOW_US)
    for sequence in (65534, 65535, 0, 1, 9):
        assert gate.take(spoken(sequence), NOW_US) == spoken(sequence)


@pytest.mark.parametrize(
    ("voice", "reason"),
    [
        (replace(spoken(), speaker=1), Reason.MISMATCH),
        (replace(spoken(), kind=VoiceKind.MIX), Reason.MISMATCH),
        (spoken(payload=OPUS_10_MS), Reason.UNSUPPORTED),
        (spoken(payload=TWO_FRAMES), Reason.UNSUPPORTED),
        (spoken(payload=b"\x78" + bytes(1276)), Reason.MALFORMED),
        (spoken(payload=b""), Reason.MALFORMED),
    ],
)
def test_what_is_no_voice_of_one_page(voice: Voice, reason: Reason) -> None:
    assert refusal(VoiceGate(NOW_US), voice) is reason


@pytest.mark.parametrize("sequence", [5, 4, 5 + 2**15])
def test_a_number_that_does_not_grow(sequence: int) -> None:
    gate = VoiceGate(NOW_US)
    gate.take(spoken(5), NOW_US)
    assert refusal(gate, spoken(sequence)) is Reason.MALFORMED
    assert refusal(gate, replace(spoken(sequence), begins=True)) is None


def test_a_burst_after_a_stall_passes_and_a_flood_does_not() -> None:
    gate = VoiceGate(NOW_US)
    passed = sum(refusal(gate, spoken(n)) is None for n in range(1000))
    assert PACKETS_AT_ONCE <= passed <= PACKETS_AT_ONCE + 1
    for n in range(500):  # at the pace of time everything passes again
        now_us = NOW_US + 2_000_000 + n * VOICE_US
        assert refusal(gate, spoken(1000 + n), now_us) is None


@given(st.lists(st.tuples(st.integers(1, 1275), st.integers(0, 50_000)), max_size=400))
def test_no_more_than_the_bitrate_passes(packets: list[tuple[int, int]]) -> None:
    gate, now_us, passed = VoiceGate(NOW_US), NOW_US, 0
    for number, (size, later_us) in enumerate(packets):
        now_us += later_us
        if refusal(gate, spoken(number, b"\x78" * 1 + bytes(size)), now_us) is None:
            passed += size + 1
    assert passed <= BYTES_AT_ONCE + BYTES_PER_S * (now_us - NOW_US) / 1e6 + 1276


@given(st.binary(max_size=60))
def test_garbage_passes_whole_or_is_refused(payload: bytes) -> None:
    voice = spoken(payload=payload)
    try:
        assert VoiceGate(NOW_US).take(voice, NOW_US) == voice
    except Unfit:
        return
