"""Lasting silence is not sent."""

from __future__ import annotations

from samescreen.flow.silence import HOLD_US, INAUDIBLE, Silence


def test_half_a_second_of_silence_passes_and_then_sound_at_once() -> None:
    silence = Silence()
    assert silence.passes(0.1, 0)
    assert silence.passes(0.0, HOLD_US)
    assert not silence.passes(0.0, HOLD_US + 1)
    assert silence.passes(INAUDIBLE * 1.01, 10 * HOLD_US)
    assert silence.passes(0.0, 10 * HOLD_US + 1)


def test_silence_before_the_first_sound_is_not_sent() -> None:
    silence = Silence()
    assert not silence.passes(0.0, 0)
    assert not silence.passes(INAUDIBLE, 10_000)


def test_the_faintest_sample_of_16_bits_is_sound() -> None:
    assert Silence().passes(1 / 32768, 0)
