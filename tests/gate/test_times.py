"""Times of a publisher on the host's clock, and how fast it may send."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.gate.profiles import PAGE
from samescreen.gate.rates import Intake, Patience, PictureRates
from samescreen.gate.refusal import Reason, Unfit
from samescreen.gate.times import PublisherClock, Restamp
from samescreen.media import Packet
from tests.fakes import still, video

HOUR_US = 3_600_000_000


def stamped(restamp: Restamp, packet: Packet, now_us: int, *, key: bool = False) -> int:
    return restamp.of(packet, now_us, may_correct=key)


def test_the_quickest_message_tells_the_offset() -> None:
    """The clock of the publisher is an hour ahead; messages take 30 ms and more each way."""
    clock = PublisherClock()
    for sent_us, delay_us in [(0, 90_000), (100_000, 30_000), (200_000, 50_000)]:
        clock.measured(sent_us + HOUR_US, 60_000, sent_us + delay_us)
    assert clock.on_host(HOUR_US + 150_000, 300_000, may_correct=False) == 150_000


def test_without_a_measurement_a_picture_counts_as_grabbed_now() -> None:
    clock = PublisherClock()
    assert clock.on_host(77, 5_000_000, may_correct=False) == 5_000_000
    assert clock.on_host(78, 9_000_000, may_correct=False) == 5_000_001


def test_the_offset_moves_with_a_keyframe_only_and_only_if_it_is_wrong() -> None:
    clock = PublisherClock()
    clock.measured(0, 0, 1_000)
    assert clock.on_host(0, 1_000, may_correct=True) == 1_000
    clock.measured(20_000_000, 0, 25_000_000)  # the publisher's clock stood still for 5 s
    clock.measured(40_000_000, 0, 45_000_000)
    assert clock.on_host(40_000_000, 45_000_000, may_correct=False) == 40_001_000
    assert clock.on_host(40_000_000, 45_000_000, may_correct=True) == 45_000_000
    clock.measured(40_100_000, 0, 45_090_000)
    assert clock.on_host(40_200_000, 45_200_000, may_correct=True) == 45_200_000


def test_a_picture_of_a_host_may_be_old_and_that_of_a_page_may_not() -> None:
    clock = PublisherClock()
    clock.measured(HOUR_US, 0, HOUR_US)
    resting, fresh = video(0, pts_us=10), video(1, pts_us=HOUR_US)
    assert stamped(Restamp(clock, None), resting, HOUR_US) == 10
    page = Restamp(clock, 2_000_000)
    assert stamped(page, resting, HOUR_US) == HOUR_US - 2_000_000
    assert stamped(page, fresh, HOUR_US) == HOUR_US


def test_a_piece_keeps_the_time_of_its_picture() -> None:
    clock = PublisherClock()
    clock.measured(5_000, 0, 1_000_000)
    times = Restamp(clock, None)
    first = stamped(times, video(0, pts_us=6_000), 1_010_000)
    assert stamped(times, still(0, 6_000), 1_400_000) == first


@given(
    st.lists(
        st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 10**7), st.booleans(), st.booleans()),
        max_size=12,
    )
)
def test_no_time_lies_ahead_or_goes_back(said: list[tuple[int, int, bool, bool]]) -> None:
    clock, now_us = PublisherClock(), 10**9
    times, last_us = Restamp(clock, 2_000_000), 0
    for pts_us, step_us, measures, key in said:
        now_us += step_us
        if measures:
            clock.measured(pts_us % 2**53, 0, now_us)
        got_us = stamped(times, video(0, pts_us=pts_us), now_us, key=key)
        assert now_us - 2_000_000 <= got_us <= now_us + 200_000 or got_us == last_us
        assert got_us >= last_us
        last_us = got_us


def spent(act: object, *amounts: tuple[int, int]) -> list[bool]:
    """Which of these (amount, time in µs) passed."""
    passed = []
    for amount, now_us in amounts:
        try:
            act(amount, now_us)  # type: ignore[operator]
        except Unfit as unfit:
            passed.append(unfit.refusal.reason is not Reason.TOO_FAST)
        else:
            passed.append(True)
    return passed


def test_bytes_in_a_second_are_bounded_and_come_back() -> None:
    intake = Intake(PAGE.rates, 0)
    assert spent(intake.count, *[(2 << 20, 0)] * 4) == [True, True, False, False]
    assert spent(intake.count, (100, 1_000_000)) == [True]


def test_messages_in_a_second_are_bounded() -> None:
    intake = Intake(PAGE.rates, 0)
    passed = spent(intake.count, *[(10, 0)] * 300)
    assert passed.count(True) == PAGE.rates.messages + 1


def test_one_message_is_bounded() -> None:
    with pytest.raises(Unfit) as caught:
        Intake(PAGE.rates, 0).count((2 << 20) + 1, 0)
    assert caught.value.refusal.reason is Reason.TOO_LARGE


def test_an_all_skip_film_in_4k_is_refused_however_few_its_bytes_are() -> None:
    """A picture of some bytes costs a decoder as much as any other of its size."""
    rates = PictureRates(PAGE.rates, 0)
    macroblocks = 240 * 135
    times = [at * 1_000_000 // 240 for at in range(480)]
    passed = spent(
        lambda amount, now_us: rates.picture(amount, now_us, is_keyframe=False),
        *((macroblocks, now_us) for now_us in times),
    )
    assert passed.count(True) <= 2 * PAGE.rates.macroblocks / macroblocks + 32


def test_keyframes_and_changes_are_bounded() -> None:
    rates = PictureRates(PAGE.rates, 0)
    passed = spent(
        lambda amount, now_us: rates.picture(amount, now_us, is_keyframe=True),
        *[(1, at * 10_000) for at in range(100)],
    )
    assert 8 <= passed.count(True) <= 14
    passed = spent(lambda _, now_us: rates.change(now_us), *[(1, at) for at in range(20)])
    assert passed.count(True) == 5


def test_patience_ends_after_some_faults_and_comes_back() -> None:
    patience = Patience(0)
    assert [patience.is_over(0) for _ in range(5)] == [False] * 4 + [True]
    assert not patience.is_over(60_000_000)
