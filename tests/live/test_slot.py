"""The crossings between a track's thread and the loop: order, bounds, one-shot wishes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable

import pytest

from samescreen.flow.rate import Aim
from samescreen.live.slot import MAX_WAITING, Slot, SourceStatus, TrackEvent
from samescreen.media import Packet, Rendition
from tests.fakes import AIM, PATIENCE_S, DeafSlot, Events, config, video

LOST = SourceStatus("lost", "source-lost", "gone")
MAIN, LOW, JPEG = Rendition.MAIN, Rendition.LOW, Rendition.JPEG


def in_a_thread(work: Callable[[], None]) -> None:
    """Does it on a thread while this one, and so the loop, is held up."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join(PATIENCE_S)
    assert not thread.is_alive(), "it waits"


def post_all(slot: Slot, posted: Iterable[TrackEvent]) -> None:
    """From a thread, while the loop is held up."""

    def post() -> None:
        for event in posted:
            slot.post(event)

    in_a_thread(post)


def slot_of(events: Events) -> Slot:
    return Slot(asyncio.get_running_loop(), events.add, AIM)


# --- up -------------------------------------------------------------------------------------------


async def test_events_arrive_in_order_on_the_loop() -> None:
    events = Events()
    slot = slot_of(events)
    posted: list[TrackEvent] = [config(), video(0, keyframe=True), video(1), LOST, video(2)]
    post_all(slot, posted)
    assert events.all == [], "nothing runs on the thread"
    await events.until(lambda: len(events.all) == len(posted), "all of them")
    assert events.all == posted


async def test_a_held_up_loop_gets_a_bounded_number_and_the_newest() -> None:
    events = Events()
    slot = slot_of(events)
    post_all(slot, map(video, range(1000)))
    await events.until(lambda: events.packets, "packets")
    got = [packet.sequence for packet in events.packets]
    assert len(got) <= MAX_WAITING
    assert got == list(range(1000 - len(got), 1000)), "what is left is the end, without a gap"
    assert slot.thrown_away == 1000 - len(got)


async def test_only_packets_are_thrown_away() -> None:
    events = Events()
    slot = slot_of(events)
    packets = list(map(video, range(50)))
    post_all(slot, [*packets[:3], config(), LOST, *packets[3:]])
    await events.until(lambda: events.packets, "packets")
    others = [event for event in events.all if not isinstance(event, Packet)]
    assert others == [config(), LOST]


async def test_after_a_jam_events_flow_again() -> None:
    events = Events()
    slot = slot_of(events)
    post_all(slot, map(video, range(100)))
    await events.until(lambda: events.packets, "the rest of the jam")
    post_all(slot, [video(100)])
    await events.until(lambda: events.packets[-1].sequence == 100, "the next")
    assert slot.thrown_away == 101 - len(events.packets)


def test_posting_to_a_closed_loop_does_nothing() -> None:
    loop = asyncio.new_event_loop()
    slot = Slot(loop, lambda event: pytest.fail("nobody is left to tell"), AIM)
    loop.close()
    slot.post(video(0))
    slot.post(LOST)


# --- down -----------------------------------------------------------------------------------------


def test_what_stays_and_what_is_asked_once() -> None:
    slot = DeafSlot()
    slot.wish_renditions(frozenset((MAIN,)))
    slot.ask(MAIN)
    slot.ask(JPEG, MAIN)
    first, second = slot.take(), slot.take()
    assert first.asked == {MAIN, JPEG}
    assert second.asked == frozenset()
    assert first.renditions == second.renditions == {MAIN}


def test_the_newest_wish_wins() -> None:
    slot = DeafSlot()
    cheap = Aim(500_000, 20)
    for aim, renditions in [(cheap, {MAIN}), (AIM, {MAIN, LOW}), (cheap, {JPEG})]:
        slot.wish_aims({MAIN: aim})
        slot.wish_renditions(frozenset(renditions))
    wishes = slot.take()
    assert wishes.aims == {MAIN: cheap}
    assert wishes.renditions == {JPEG}


def test_a_wish_wakes_the_track_once() -> None:
    slot, woken = DeafSlot(), []
    slot.connect(lambda: woken.append(True))
    slot.ask(JPEG)
    slot.ask(JPEG)
    slot.wish_renditions(frozenset((MAIN,)))
    slot.wish_renditions(frozenset((MAIN,)))
    assert len(woken) == 2


@pytest.mark.parametrize(
    "wish", [lambda slot: slot.stop(), lambda slot: slot.wish_renditions(frozenset((LOW,)))]
)
def test_waiting_ends_with_a_viewer_or_a_stop(wish: Callable[[Slot], None]) -> None:
    slot = DeafSlot()
    waiting = threading.Thread(target=lambda: slot.wait(10 * PATIENCE_S))
    waiting.start()
    slot.ask(JPEG)
    slot.hold(True)
    slot.hold(False)
    assert waiting.is_alive(), "nobody watches yet"
    wish(slot)
    waiting.join(PATIENCE_S)
    assert not waiting.is_alive()


def test_a_pause_is_not_cut_short_by_a_viewer_but_by_a_stop() -> None:
    slot = DeafSlot()
    slot.wish_renditions(frozenset((MAIN,)))
    slot.wait(0.001, until_wanted=False)
    waiting = threading.Thread(target=lambda: slot.wait(10 * PATIENCE_S, until_wanted=False))
    waiting.start()
    slot.wish_renditions(frozenset((MAIN, LOW)))
    assert waiting.is_alive()
    slot.stop()
    waiting.join(PATIENCE_S)
    assert not waiting.is_alive()


@pytest.mark.parametrize(
    "wish",
    [lambda slot: slot.stop(), lambda slot: slot.hold(False), lambda slot: slot.ask(MAIN)],
)
def test_held_it_waits_for_room_a_request_or_a_stop(wish: Callable[[Slot], None]) -> None:
    slot = DeafSlot()
    slot.wait_while_held(10 * PATIENCE_S)
    slot.hold(True)
    waiting = threading.Thread(target=lambda: slot.wait_while_held(10 * PATIENCE_S))
    waiting.start()
    slot.wish_renditions(frozenset((MAIN,)))
    assert waiting.is_alive()
    wish(slot)
    waiting.join(PATIENCE_S)
    assert not waiting.is_alive()


def test_stopped_stays_stopped() -> None:
    slot = DeafSlot()
    slot.stop()
    assert slot.take().stopped
    slot.wish_renditions(frozenset((MAIN,)))
    assert slot.take().stopped
