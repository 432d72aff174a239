"""Acks that are true, and fresh starts that cost the other host no more than needed."""

from __future__ import annotations

from dataclasses import replace

from samescreen.media import Quality, Rendition
from samescreen.publish.far import reasons
from samescreen.publish.far.asking import Acks, FreshStarts, Preference
from samescreen.publish.far.publisher import Waits
from samescreen.publish.far.reasons import Again, Reason
from samescreen.wire.messages import Ack
from tests.fakes import still, video

MAIN, JPEG = Rendition.MAIN, Rendition.JPEG
S_US = 1_000_000


def test_an_ack_names_the_newest_packet_and_how_long_it_was_held() -> None:
    acks = Acks()
    acks.interval_us = 20_000
    assert acks.wait_us(S_US) is None
    acks.took(video(1), S_US)
    assert acks.wait_us(S_US) == 0, "the first goes at once"
    acks.take(S_US)
    acks.took(replace(video(2), track=3), S_US + 1_000)
    acks.took(replace(video(3), track=3), S_US + 2_000)
    acks.took(replace(still(9), track=3), S_US + 3_000)
    assert acks.wait_us(S_US + 5_000) == 15_000
    said = acks.take(S_US + 20_000)
    assert said == [Ack(MAIN, 3, 18_000, 3), Ack(JPEG, 9, 17_000, 3)]
    assert acks.wait_us(S_US + 20_000) is None


def test_acks_wait_while_nobody_here_has_room_but_not_for_long() -> None:
    acks = Acks()
    acks.take(0)
    acks.hold(True, S_US)
    acks.took(video(1), S_US)
    acks.hold(True, S_US + 500_000)
    assert acks.wait_us(S_US + 500_000) == 500_000, "one second from the first"
    acks.hold(False, S_US + 600_000)
    assert acks.wait_us(S_US + 600_000) == 0


def test_many_wishes_get_one_answer() -> None:
    starts = FreshStarts(MAIN)
    for _ in range(1000):
        starts.wish({MAIN, JPEG})
    assert starts.is_due(S_US)
    starts.asked(S_US)
    starts.wish({MAIN})
    assert not starts.is_due(S_US + 1), "it is on its way"
    starts.came(JPEG)
    starts.came(MAIN)
    assert not starts.is_due(S_US + 2)


def test_a_wish_after_the_still_is_not_answered_by_the_keyframe_alone() -> None:
    starts = FreshStarts(MAIN)
    starts.asked(S_US)
    starts.came(JPEG)
    starts.wish({MAIN, JPEG})
    starts.came(MAIN)
    assert starts.is_due(S_US + 1)


def test_starts_are_asked_for_no_more_often_than_the_other_host_allows() -> None:
    starts = FreshStarts(MAIN)
    asked = []
    for now_us in range(10 * S_US, 20 * S_US, 10_000):
        starts.wish({MAIN})
        if starts.is_due(now_us):
            starts.asked(now_us)
            starts.came(MAIN)
            asked.append(now_us)
    assert len(asked) <= 11
    for before, after in zip(asked[1:], asked[2:], strict=False):
        assert after - before > S_US


def test_who_is_asked_in_vain_is_asked_again() -> None:
    starts = FreshStarts(MAIN)
    starts.wish({MAIN})
    starts.asked(S_US)
    assert not starts.is_due(2 * S_US)
    assert starts.is_due(3 * S_US)


def test_tries_are_soon_while_the_other_host_may_be_back_and_rare_otherwise() -> None:
    waits = Waits()
    assert [waits.after(reasons.GONE) for _ in range(5)] == [0.25, 0.5, 1, 1, 1]
    waits.reset()
    assert [waits.after(reasons.WRONG_SECRET) for _ in range(4)] == [5, 10, 20, 30]
    waits.reset()
    assert waits.after(Reason("wait", Again.LATER, 42)) == 42


def test_low_is_preferred_while_main_is_too_much_and_returns_get_rare() -> None:
    preference = Preference()
    preference.main_bps = 6_000_000
    assert not preference.fit(None, S_US)
    assert not preference.fit(5_000_000, S_US)
    for now_us in range(S_US, 100 * S_US, S_US):
        held_up = now_us % (4 * S_US) < 3 * S_US
        assert not preference.fit(1_000_000 if held_up else None, now_us), "only for a moment"
    changes = []
    for now_us in range(100 * S_US, 600 * S_US, S_US):
        preference.main_bps = 6_000_000
        if preference.fit(1_000_000, now_us):
            changes.append((now_us // S_US, preference.quality))
    assert [quality for _, quality in changes[:3]] == [Quality.LOW, Quality.AUTO, Quality.LOW]
    returns = [at_s for at_s, quality in changes if quality is Quality.AUTO]
    gaps = [after - before for before, after in zip(returns, returns[1:], strict=False)]
    assert gaps == sorted(gaps)
    assert gaps[-1] > 4 * gaps[0]


def test_every_refusal_has_its_words() -> None:
    def why(status: int, cause: str, *, has_secret: bool = True) -> Reason:
        return reasons.of_answer(status, cause, "7", has_secret=has_secret)

    assert why(401, "sign-in", has_secret=False) is reasons.NEEDS_SECRET
    assert why(401, "sign-in") is reasons.WRONG_SECRET
    assert why(403, "wrong") is reasons.WRONG_SECRET
    assert why(403, "lobby") is reasons.LOBBY
    assert why(429, "wait").wait_s == 7
    assert why(404, "") is reasons.NO_HOST
    assert why(502, "") is reasons.GONE
    assert reasons.of_close(4426) is reasons.VERSION
    assert reasons.of_close(1001).again is Again.SOON
    assert reasons.of_close(None) is reasons.BROKE
