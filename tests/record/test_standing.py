"""A recording of a host that has no stream of its own: it waits for those of others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from samescreen.errors import UsageError
from samescreen.hub.hub import Hub
from samescreen.record.recordings import Recordings
from samescreen.record.standing import StandingRecording
from tests.fakes import FakePublisher


class Room:
    def __init__(self, path: Path) -> None:
        self.hub = Hub(lambda: 50_000_000)
        self.recordings = Recordings(self.hub, lambda: 50_000_000, str(path))
        self.standing = StandingRecording(self.recordings, self.hub, str(path))
        self.number = 0

    async def publish(
        self, stream_id: str, *, is_private: bool = False, is_sealed: bool = False
    ) -> None:
        publisher = FakePublisher(self.number)
        publisher.tracks = (replace(publisher.tracks[0], is_sealed=is_sealed),)
        self.number += 1
        self.hub.add(stream_id, stream_id, publisher, is_private=is_private)
        await self.tick()

    async def tick(self) -> None:
        self.standing.tick()
        if self.standing._beginning is not None:
            await self.standing._beginning

    @property
    def recorded(self) -> str:
        now = self.recordings.now()
        return "" if now is None else now.stream


async def test_each_stream_that_comes_is_recorded_until_it_ends(tmp_path: Path) -> None:
    room = Room(tmp_path / "talk.mp4")
    await room.tick()
    assert not room.recordings.is_recording
    await room.publish("ann")
    assert room.recorded == "ann"
    await room.publish("bob")
    assert room.recorded == "ann", "one at a time"
    room.hub.end("ann")
    assert not room.recordings.is_recording
    await room.recordings.stopped()  # a file without a picture is gone then
    (tmp_path / "talk.mp4").touch()
    await room.tick()
    assert room.recorded == "bob"
    assert room.recordings.first == tmp_path / "talk-2.mp4"
    await room.recordings.close()


async def test_what_the_host_ended_does_not_begin_again(tmp_path: Path) -> None:
    room = Room(tmp_path)
    await room.publish("ann")
    room.recordings.stop()
    await room.tick()
    assert not room.recordings.is_recording
    room.hub.end("ann")
    await room.tick()
    await room.publish("ann")
    assert room.recorded == "ann", "it is another stream"
    await room.recordings.close()


async def test_what_only_the_host_sees_is_not_recorded(tmp_path: Path) -> None:
    room = Room(tmp_path)
    await room.publish("ann", is_private=True)
    assert not room.recordings.is_recording
    room.hub.show_to_all("ann")
    await room.tick()
    assert room.recorded == "ann"
    await room.recordings.close()


async def test_sealed_pictures_are_refused_once(tmp_path: Path) -> None:
    room = Room(tmp_path)
    await room.publish("ann", is_sealed=True)
    assert "sealed" in room.recordings.fault
    room.recordings.fault = ""
    await room.tick()
    assert room.recordings.fault == ""


def test_a_place_that_cannot_be_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        Room(tmp_path).recordings.check(str(tmp_path / "none" / "talk.mp4"))


async def test_the_last_minutes_are_those_of_a_stream_that_everybody_sees(tmp_path: Path) -> None:
    hub = Hub(lambda: 50_000_000)
    recordings = Recordings(hub, lambda: 50_000_000, str(tmp_path), 1)
    hub.add("private", "Private", FakePublisher(), is_private=True)
    recordings.tick(50_000_000)
    assert recordings.kept() is None
    shown = FakePublisher(1)
    hub.add("shown", "Shown", shown)
    recordings.tick(50_000_000)
    assert recordings.kept() is not None
    assert shown.take().renditions
    await recordings.close()
