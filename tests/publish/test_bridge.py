"""The crossings between a track's thread and the loop: order, bounds, one-time requests."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable

import pytest

from samescreen.flow.rate import LOW_CEILING, RateTarget
from samescreen.hub.events import SourceStatus, TrackEvent
from samescreen.media import Packet, Rendition
from samescreen.publish.bridge import MAX_WAITING, ThreadBridge
from tests.fakes import PATIENCE_S, TARGET, DeafBridge, DrivenBridge, Events, config, video

LOST = SourceStatus("lost", "source-lost", "gone")
MAIN, LOW, JPEG = Rendition.MAIN, Rendition.LOW, Rendition.JPEG


def in_a_thread(work: Callable[[], None]) -> None:
    """Runs it on a thread while this thread, and so the event loop, is blocked."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join(PATIENCE_S)
    assert not thread.is_alive(), "it waits"


def post_all(bridge: ThreadBridge, posted: Iterable[TrackEvent]) -> None:
    """Posts from a thread while the event loop is blocked."""

    def post() -> None:
        for event in posted:
            bridge.post(event)

    in_a_thread(post)


def slot_of(events: Events) -> ThreadBridge:
    return ThreadBridge(asyncio.get_running_loop(), events.add, TARGET)


# --- up -------------------------------------------------------------------------------------------


async def test_events_arrive_in_order_on_the_loop() -> None:
    events = Events()
    bridge = slot_of(events)
    posted: list[TrackEvent] = [config(), video(0, keyframe=True), video(1), LOST, video(2)]
    post_all(bridge, posted)
    assert events.all == [], "nothing runs on the thread"
    await events.until(lambda: len(events.all) == len(posted), "all of them")
    assert events.all == posted


async def test_a_blocked_loop_gets_a_bounded_number_of_packets_and_the_newest() -> None:
    events = Events()
    bridge = slot_of(events)
    post_all(bridge, map(video, range(1000)))
    await events.until(lambda: events.packets, "packets")
    got = [packet.sequence for packet in events.packets]
    assert len(got) <= MAX_WAITING
    assert got == list(range(1000 - len(got), 1000)), "what is left is the end, without a gap"
    assert bridge.dropped == 1000 - len(got)


async def test_only_packets_are_dropped() -> None:
    events = Events()
    bridge = slot_of(events)
    packets = list(map(video, range(50)))
    post_all(bridge, [*packets[:3], config(), LOST, *packets[3:]])
    await events.until(lambda: events.packets, "packets")
    others = [event for event in events.all if not isinstance(event, Packet)]
    assert others == [config(), LOST]


async def test_events_flow_again_after_a_blocked_loop() -> None:
    events = Events()
    bridge = slot_of(events)
    post_all(bridge, map(video, range(100)))
    await events.until(lambda: events.packets, "the rest of the jam")
    post_all(bridge, [video(100)])
    await events.until(lambda: events.packets[-1].sequence == 100, "the next")
    assert bridge.dropped == 101 - len(events.packets)


def test_posting_to_a_closed_loop_does_nothing() -> None:
    loop = asyncio.new_event_loop()
    bridge = ThreadBridge(loop, lambda event: pytest.fail("nobody is left to tell"), TARGET)
    loop.close()
    bridge.post(video(0))
    bridge.post(LOST)


# --- down -----------------------------------------------------------------------------------------


def test_keyframes_and_repairs_are_handed_out_once() -> None:
    bridge = DeafBridge()
    bridge.watch(MAIN)
    bridge.ask(MAIN)
    bridge.ask(JPEG, MAIN)
    first, second = bridge.take(), bridge.take()
    assert first.keyframes == {MAIN, JPEG}
    assert second.keyframes == frozenset()
    assert first.renditions == second.renditions == {MAIN}


def test_the_newest_demand_wins() -> None:
    bridge = DeafBridge()
    cheap = RateTarget(500_000, 20)
    for target, renditions in [(cheap, {MAIN}), (TARGET, {MAIN, LOW}), (cheap, {JPEG})]:
        bridge.demand(targets={MAIN: target})
        bridge.demand(renditions=frozenset(renditions))
    demand = bridge.take()
    assert demand.targets == {MAIN: cheap, LOW: LOW_CEILING}
    assert demand.renditions == {JPEG}


def test_a_demand_wakes_the_track_once() -> None:
    bridge, woken = DeafBridge(), []
    bridge.connect(lambda: woken.append(True))
    bridge.ask(JPEG)
    bridge.ask(JPEG)
    bridge.watch(MAIN)
    bridge.watch(MAIN)
    assert len(woken) == 2


@pytest.mark.parametrize(
    "change", [lambda bridge: bridge.stop(), lambda bridge: bridge.watch(LOW)]
)
def test_waiting_ends_with_a_viewer_or_a_stop(change: Callable[[DrivenBridge], None]) -> None:
    bridge = DeafBridge()
    waiting = threading.Thread(target=lambda: bridge.wait(10 * PATIENCE_S))
    waiting.start()
    bridge.ask(JPEG)
    bridge.pause(True)
    bridge.pause(False)
    assert waiting.is_alive(), "nobody watches yet"
    change(bridge)
    waiting.join(PATIENCE_S)
    assert not waiting.is_alive()


def test_a_stop_ends_a_retry_wait_and_a_viewer_does_not() -> None:
    bridge = DeafBridge()
    bridge.watch(MAIN)
    bridge.wait(0.001, until_wanted=False)
    waiting = threading.Thread(target=lambda: bridge.wait(10 * PATIENCE_S, until_wanted=False))
    waiting.start()
    bridge.watch(MAIN, LOW)
    assert waiting.is_alive()
    bridge.stop()
    waiting.join(PATIENCE_S)
    assert not waiting.is_alive()


@pytest.mark.parametrize(
    "change",
    [lambda b: b.stop(), lambda b: b.pause(False), lambda b: b.ask(MAIN)],
)
def test_a_paused_wait_ends_with_room_a_keyframe_request_or_a_stop(
    change: Callable[[DrivenBridge], None],
) -> None:
    bridge = DeafBridge()
    bridge.pause(False)
    bridge.wait_while_paused(10 * PATIENCE_S)
    bridge.pause(True)
    waiting = threading.Thread(target=lambda: bridge.wait_while_paused(10 * PATIENCE_S))
    waiting.start()
    bridge.watch(MAIN)
    assert waiting.is_alive()
    change(bridge)
    waiting.join(PATIENCE_S)
    assert not waiting.is_alive()


def test_a_stopped_bridge_stays_stopped() -> None:
    bridge = DeafBridge()
    bridge.stop()
    assert bridge.is_stopped
    bridge.watch(MAIN)
    assert bridge.is_stopped


async def test_a_nudge_ends_the_wait_for_room_once_the_work_is_done() -> None:
    bridge = DrivenBridge(asyncio.get_running_loop(), Events().add, TARGET)
    is_done = threading.Event()
    waiting = asyncio.create_task(
        asyncio.to_thread(bridge.wait_while_paused, 10 * PATIENCE_S, is_done.is_set)
    )
    bridge.nudge()
    await asyncio.sleep(0)
    assert not waiting.done()
    is_done.set()
    bridge.nudge()
    await asyncio.wait_for(waiting, PATIENCE_S)
