"""A whole host that records: begun, ended, saved, with viewers and without."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import av
import pytest

from samescreen.capture.choose import OpenedSource
from samescreen.capture.sound.choose import SoundChoice
from samescreen.capture.testcard import TestCard
from samescreen.clock import clock_us
from samescreen.errors import UsageError
from samescreen.host import Host
from samescreen.hub.hub import Hub
from samescreen.media import Rendition
from samescreen.record import recordings as room
from samescreen.record.names import Names
from samescreen.wire.talk import Voice, VoiceKind
from tests.fake_sound import ScriptedSound, block
from tests.fakes import PATIENCE_S, FakePublisher, config, soon, video
from tests.host.hosting import HELLO, TOKEN, card, left, options, watching
from tests.record.footage import played
from tests.record.test_file_series import file_size_limit, needs_limits
from tests.stage.census import Census
from tests.stage.host_process import HostProcess
from tests.stage.timing import MS, eventually
from tests.talk.test_mix import encoded, tone

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def seconds(host: Host) -> float:
    now = host.recordings.now()
    return now.seconds if now is not None and now.file else 0


@asynccontextmanager
async def recording(path: Path, *choices: OpenedSource, **more: Any) -> AsyncIterator[Host]:
    """A host that has recorded its first packets."""
    async with Host(options(record=str(path), **more), *(choices or (card(),))) as host:
        await soon(lambda: host.recordings.now() is not None and seconds(host) > 0.3, "it records")
        yield host


async def test_it_records_without_a_viewer_and_leaves_nothing_behind(
    tmp_path: Path, before: Census
) -> None:
    async with recording(tmp_path / "a.mp4") as host:
        assert host.stream.demand.renditions == {Rendition.MAIN}
        length_s = seconds(host)
    found = played(tmp_path / "a.mp4")
    assert found.size == (320, 180)
    assert found.sound_s >= length_s - 0.2
    assert found.pictures > 5
    assert await left(before) == {}


async def test_it_ends_when_it_is_told_and_begins_again(tmp_path: Path) -> None:
    async with recording(tmp_path / "a.mp4") as host:
        told: list[bool] = []
        host.recordings.on_change.append(lambda: told.append(host.recordings.is_recording))
        with pytest.raises(UsageError, match="a recording runs already: stop it first"):
            host.recordings.start()
        host.recordings.stop()
        host.recordings.stop()
        await host.recordings.stopped()
        assert not host.stream.demand.renditions, "nothing is made for nobody"
        first = host.recordings.start()
        assert first.parent == tmp_path, "beside the one before"
        begun = [each.name for each in host.recordings.listing() if each.is_growing]
        assert begun == [first.name], "before its first picture too"
        await soon(lambda: seconds(host) > 0, "it records again")
        listed = host.recordings.listing()
        assert {each.name for each in listed} == {"a.mp4", first.name}
        (done,) = (each for each in listed if each.name == "a.mp4")
        (growing,) = (each for each in listed if each.is_growing)
        assert growing.name == first.name
        assert done.seconds is not None
        assert done.seconds > 0.2
        assert host.recordings.find("a.mp4") == tmp_path / "a.mp4"
        assert told[:2] == [False, False]  # ended, and its file is complete
        assert told[2] is True


async def test_a_folder_that_hangs_delays_the_recording_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, reserve = threading.Event(), Names.reserve

    def slow(names: Names) -> int:
        assert answers.wait(PATIENCE_S), "the loop waits for the disk"
        return reserve(names)

    async with Host(options(), card()) as host:
        recordings = host.recordings
        monkeypatch.setattr(Names, "reserve", slow)
        stopped = asyncio.create_task(recordings.begin(str(tmp_path / "a.mp4")))
        await soon(lambda: recordings.is_beginning, "it waits")
        with pytest.raises(UsageError, match="a recording runs already: stop it first"):
            await recordings.begin(str(tmp_path / "b.mp4"))
        recordings.stop()
        wanted = asyncio.create_task(recordings.begin(str(tmp_path / "c.mp4")))
        await soon(lambda: recordings.is_beginning, "it waits, too")
        answers.set()
        with pytest.raises(UsageError, match="the recording was stopped before it began"):
            await stopped
        assert await wanted == recordings.first == tmp_path / "c.mp4"
        await soon(lambda: not (tmp_path / "a.mp4").exists(), "its file is removed")


async def test_sound_is_recorded_beside_the_pictures(tmp_path: Path) -> None:
    sound = ScriptedSound()
    record = options(record=str(tmp_path / "a.mp4"))
    async with Host(record, card(), sound=SoundChoice(sound)) as host:
        await soon(lambda: sound.is_open, "it listens")
        await soon(lambda: seconds(host) > 0.2, "it records")
        for _ in range(30):
            sound.give(block(clock_us(), 0.5))
            await asyncio.sleep(0.01)
        await soon(lambda: seconds(host) > 1, "a silence")
    assert not sound.is_open
    begin_s, end_s = played(tmp_path / "a.mp4").loud
    assert 0.1 < begin_s < end_s



async def test_another_source_of_another_size_is_another_file(tmp_path: Path) -> None:
    async with recording(tmp_path / "a.mp4") as host:
        await soon(lambda: seconds(host) > 1.2, "a second")
        await host.change("testcard", OpenedSource(TestCard(160, 90), "small"))
        await soon(lambda: len(host.recordings.listing()) == 2, "a second file")
        await soon(lambda: seconds(host) > 2, "some of it")
    assert played(tmp_path / "a.mp4").size == (320, 180)
    assert played(tmp_path / "a-2.mp4").size == (160, 90)


async def test_the_end_of_the_stream_is_the_end_of_its_recording(tmp_path: Path) -> None:
    async with recording(tmp_path / "a.mp4") as host:
        await host._local.remove("testcard")
        assert not host.recordings.is_recording
        with pytest.raises(UsageError, match="no such stream to record; there are: none"):
            host.recordings.start()
    assert played(tmp_path / "a.mp4").pictures > 5


async def test_what_the_host_withholds_is_not_recorded(tmp_path: Path) -> None:
    async with recording(tmp_path / "a.mp4") as host:
        host.hub.broadcast.blank()
        blanked_s = seconds(host)
        await soon(lambda: seconds(host) > blanked_s + 0.7, "a while")
    found = played(tmp_path / "a.mp4")
    assert found.last_picture_s < blanked_s + 0.2
    assert found.sound_s > blanked_s + 0.6


async def test_blanked_time_is_black_and_paused_time_shows_the_last_picture(tmp_path: Path) -> None:
    """As viewers see it."""
    path, marks = tmp_path / "a.mp4", []

    async def a_while(host: Host) -> None:
        marks.append(seconds(host))
        await soon(lambda: seconds(host) > marks[-1] + 0.6, "a while")

    async with recording(path) as host:
        host.hub.broadcast.blank()
        await a_while(host)
        host.hub.broadcast.blank(False)
        await a_while(host)
        host.hub.broadcast.pause()
        await a_while(host)
    blanked_s, shown_s, paused_s = marks
    pictures = brightness(path)
    at_once = [level for at_s, level in pictures if blanked_s + 0.15 < at_s < shown_s - 0.05]
    assert set(at_once) <= {0}, "nothing comes through"
    assert last_before(pictures, shown_s - 0.05) == 0
    assert last_before(pictures, paused_s) > 20
    assert pictures[-1][1] > 20, "the last picture stands"
    assert played(path).sound_s > paused_s + 0.5


def brightness(path: Path) -> list[tuple[float, int]]:
    """When each picture of a file is shown, and how bright it is (0: black)."""
    with av.open(str(path)) as container:
        frames = container.decode(video=0)
        return [(each.time or 0.0, int(each.to_ndarray(format="gray").mean())) for each in frames]


def last_before(pictures: list[tuple[float, int]], at_s: float) -> int:
    return [level for shown_s, level in pictures if shown_s <= at_s][-1]


@needs_limits
async def test_a_full_disk_ends_the_recording_and_never_the_share(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with recording(tmp_path / "a.mp4") as host, watching(host) as ws:
        with file_size_limit(30_000):
            await soon(lambda: not host.recordings.is_recording, "it ends")
            await soon(lambda: bool(host.recordings.fault), "it says why")
        assert host.recordings.fault == (
            "the recording ended: the file is as large as it may be; "
            f"{tmp_path}/a.mp4 plays up to there"
        )
        assert [r.getMessage() for r in caplog.records] == [host.recordings.fault]
        while (await ws.receive(timeout=PATIENCE_S)).type is not aiohttp.WSMsgType.BINARY:
            pass
    assert played(tmp_path / "a.mp4").pictures > 5


async def test_a_place_that_cannot_be_written_is_a_usage_error() -> None:
    choice = card()
    with pytest.raises(UsageError, match="cannot record to /proc/a.mp4"):
        await Host(options(record="/proc/a.mp4"), choice).__aenter__()


async def test_the_last_minutes_are_saved_and_kept_on(tmp_path: Path) -> None:
    async with Host(options(keep_minutes=1), card()) as host:
        assert host.recordings.is_seen
        await soon(lambda: (host.recordings.kept() or NOTHING).seconds > 1, "something is kept")
        (made,) = await host.recordings.save(str(tmp_path / "a.mp4"))
        found = played(made.path)
        assert found.sound_s == pytest.approx(made.length_us / 1e6, abs=0.05)
        assert found.sound_s > 0.9
        (again,) = await host.recordings.save(str(tmp_path))
        assert again.length_us > made.length_us
        assert {each.name for each in host.recordings.listing()} >= {"a.mp4", again.path.name}


TEXT = aiohttp.WSMsgType.TEXT
NOTHING = room.Kept(0, 0, 0)


async def test_without_keeping_there_is_nothing_to_save() -> None:
    async with Host(options(), card()) as host:
        assert not host.recordings.is_seen
        with pytest.raises(UsageError, match="start the host with --keep-minutes N"):
            await host.recordings.save()


async def test_everybody_is_told_while_it_runs(tmp_path: Path) -> None:
    """Those whose page knows of it; a program of before hears nothing new."""
    hello = {**HELLO, "kinds": ["recording"]}
    async with Host(options(), card()) as host, said(host, hello) as new, said(host, HELLO) as old:
        await soon(lambda: len(host.audience.viewers) == 2, "both are here")
        await soon(lambda: bool(new) and bool(old), "both are welcome")
        host.recordings.start(str(tmp_path / "a.mp4"))
        await soon(lambda: told(new) == [True], "the new one is told")
        async with said(host, hello) as late:
            await soon(lambda: told(late) == [True], "so is who comes later")
            host.recordings.stop()
            await soon(lambda: told(late) == [True, False], "and of the end")
        assert told(new) == [True, False]
        assert told(old) == []


def told(messages: list[Any]) -> list[bool]:
    return [message["on"] for message in messages if message["type"] == "recording"]


@asynccontextmanager
async def said(host: Host, hello: Any) -> AsyncIterator[list[Any]]:
    """The control messages that a viewer is sent."""
    bearer, messages = {"Authorization": f"Bearer {TOKEN}"}, []

    async def read(ws: aiohttp.ClientWebSocketResponse) -> None:
        async for message in ws:
            if message.type is not TEXT:
                continue
            messages.append(json.loads(message.data))

    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"http://127.0.0.1:{host.port}/ws", headers=bearer) as ws,
    ):
        await ws.send_json(hello)
        reading = asyncio.create_task(read(ws))
        try:
            yield messages
        finally:
            reading.cancel()


def test_a_killed_program_leaves_all_but_the_last_half_second(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    host, began_s = HostProcess("testcard", "--record", str(path)), time.monotonic()
    try:
        eventually(lambda: path.exists() and path.stat().st_size > 10_000, what="it records")
        began_s = time.monotonic()
        eventually(lambda: time.monotonic() > began_s + 1, what="a second passes")
    finally:
        os.kill(host.pid, signal.SIGKILL)
        recorded_s = time.monotonic() - began_s
        host.stop(signal.SIGKILL)
    found = played(path)
    assert found.sound_s > recorded_s - 0.5
    assert found.last_picture_s > recorded_s - 0.5


def test_the_command_says_in_one_line_why_it_cannot_record(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("dear")
    command = [sys.executable, "-m", "samescreen", "testcard", "--port", "0"]
    done = subprocess.run(
        [*command, "--record", str(tmp_path / "a.mp4")],
        capture_output=True,
        text=True,
        check=False,
        timeout=20_000 * MS,
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line == f"samescreen: {tmp_path}/a.mp4 is there already: name another file"
    assert (tmp_path / "a.mp4").read_text() == "dear"


async def test_a_keyframe_comes_every_few_seconds_only_while_something_changes(
    tmp_path: Path,
) -> None:
    now = [50_000_000]
    hub, publisher = Hub(lambda: now[0]), FakePublisher()
    stream = hub.add("screen", "Screen", publisher)
    stream.deliver(config())
    recordings = room.Recordings(hub, lambda: now[0], str(tmp_path))
    recordings.start()
    assert publisher.take().keyframes == {Rendition.MAIN}
    asked = 0
    for number in range(40 * 10):
        now[0] += 100_000
        is_key = bool(publisher.take().keyframes)
        asked += is_key
        if number < 200:
            stream.deliver(video(number, keyframe=number == 0 or is_key, pts_us=now[0]))
        recordings.tick(now[0])
    assert 3 <= asked <= 10
    assert not publisher.take().keyframes
    await recordings.close()
    assert not publisher.take().renditions




async def test_what_people_say_is_in_the_recording(tmp_path: Path) -> None:
    said = encoded(tone(1000, 50))
    async with recording(tmp_path / "a.mp4") as host:
        voices = host.hub.people.voices
        for number, payload in enumerate(said):
            voices.speak("ann", Voice(VoiceKind.OPUS, 0, number, payload), clock_us())
            await asyncio.sleep(0.02)
        host.recordings.stop()
        await host.recordings.stopped()
    film = played(tmp_path / "a.mp4")
    assert film.loud[1] - film.loud[0] > 0.5
