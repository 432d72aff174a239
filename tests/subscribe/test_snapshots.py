"""A snapshot among viewers: it wakes a track that nobody watches, and may be given up."""

from __future__ import annotations

import asyncio

from samescreen.media import Rendition
from samescreen.subscribe.snapshots import next_still
from tests.fakes import still
from tests.hub.room import Room


async def test_a_snapshot_wakes_a_track_without_viewers(room: Room) -> None:
    task = asyncio.create_task(next_still(room.stream))
    await asyncio.sleep(0)
    demand = room.publisher.take()
    assert demand.renditions == {Rendition.JPEG}
    assert demand.keyframes == {Rendition.JPEG}
    room.deliver(still(4))
    assert await task == still(4)
    assert room.publisher.take().renditions == frozenset()


async def test_a_snapshot_given_up_is_forgotten(room: Room) -> None:
    task = asyncio.create_task(next_still(room.stream))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert room.publisher.take().renditions == frozenset()
    room.deliver(still(4))
