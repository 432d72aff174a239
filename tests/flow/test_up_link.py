"""What fits into the connection to a relay, by the bytes that the relay reports."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from samescreen.flow.up_link import UpLink

REPORT_US = 100_000


def film(
    rate_bps: int, seconds: int, bytes_each: int = 8_000, report_us: int = REPORT_US
) -> tuple[UpLink, list[int]]:
    """60 pictures a second over a path of that rate; how late each that was sent arrived, in µs."""
    link, late = UpLink(report_us), list[int]()
    queue: list[tuple[int, int]] = []
    link.round_trip(60_000, 0)
    free_us, total, sent = 0, 0, 0
    for now_us in range(0, seconds * 1_000_000, 16_667):
        arrived = [each for each in queue if each[0] <= now_us]
        if arrived and now_us // report_us != (now_us - 16_667) // report_us:
            queue = queue[len(arrived) :]
            total = arrived[-1][1]
            link.got(total, now_us - arrived[-1][0], now_us)
        if link.has_room and not link.is_behind(0, now_us):
            sent += bytes_each
            link.sent(bytes_each, now_us)
            free_us = max(free_us, now_us) + bytes_each * 8_000_000 // rate_bps
            queue.append((free_us + 30_000, sent))
            late.append(free_us + 30_000 - now_us)
    return link, late


def test_a_fast_path_takes_everything_at_once() -> None:
    link, late = film(100_000_000, 5)
    assert len(late) >= 295
    assert max(late) < 40_000
    assert link.capacity_bps() is None


def test_on_a_thin_path_no_delay_grows_and_the_capacity_is_found() -> None:
    link, late = film(2_000_000, 20)
    assert max(late[len(late) // 2 :]) < 400_000
    capacities = [film(2_000_000, seconds)[0].capacity_bps() for seconds in range(5, 20)]
    known = [each for each in capacities if each is not None]
    assert known
    assert all(1_000_000 < each < 3_000_000 for each in known)
    assert link.window.size_bytes < 256 * 1024


@given(st.lists(st.tuples(st.integers(0, 2**40), st.integers(-(2**40), 2**40)), max_size=30))
def test_reports_that_make_no_sense_change_nothing(reports: list[tuple[int, int]]) -> None:
    link = UpLink(REPORT_US)
    for now_us, (total, held_us) in enumerate(reports, 1):
        link.sent(1000, now_us)
        link.got(total, held_us, now_us)
        assert link.window.in_flight_bytes <= 1000 * len(reports)
    link.got(2**41, 0, 2**41)
    assert link.is_idle
    assert link.window.in_flight_bytes == 0


def test_pictures_wait_less_where_reports_come_more_often() -> None:
    _, seldom = film(3_000_000, 20)
    _, often = film(3_000_000, 20, report_us=20_000)
    middle = [sorted(late)[len(late) // 2] for late in (seldom, often)]
    assert middle[1] < middle[0] - 20_000
    assert len(often) > 0.9 * len(seldom)
