"""The sound of a file: synchronised with its pictures, and read only while somebody listens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest

from samescreen.capture.base import FOREVER_US
from samescreen.capture.media_address import open_media
from samescreen.capture.media_file import MediaFile
from samescreen.capture.playhead import ALONE_US, Playhead
from samescreen.capture.sound.file import LEAD_US, FileSound
from samescreen.clock import clock_us
from samescreen.errors import CaptureError, SourceLost
from samescreen.media import BLOCK_FRAMES, BLOCK_US, SOUND_RATE, SoundBlock
from tests.capture.recorded import FakePacer, record, shades
from tests.capture.talkies import STEP_US, Clock, film, step_of
from tests.stage.census import nothing_leaks


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


class Audience(FakePacer):
    """Grabs the pictures and, while it waits for each, reads the sound that belongs to it."""

    def __init__(self, source: MediaFile, clock: Clock) -> None:
        super().__init__(clock.now_us)
        self._source = source
        self._clock = clock
        self.blocks: list[SoundBlock] = []

    def wait_until(self, due_us: int) -> None:
        sound = self._source.sound
        assert isinstance(sound, FileSound)
        if not sound.is_open:
            sound.open()
        while self._clock.now_us < due_us:
            block = sound.read(due_us - self._clock.now_us)
            if block is not None:
                assert 0 <= block.pts_us - self._clock.now_us <= LEAD_US
                self.blocks.append(block)
        super().wait_until(due_us)
        self.now = self._clock.now_us


def watch(path: Path, clock: Clock, count: int) -> Audience:
    source = MediaFile(str(path))
    audience = Audience(source, clock)
    try:
        with closing(source.frames(audience)) as frames:
            assert len(list(islice(frames, count))) == count
    finally:
        assert source.sound is not None
        source.sound.close()
        source.dispose()
    return audience


# --- synchronisation ---


def test_each_picture_has_its_own_sound(tmp_path: Path, clock: Clock) -> None:
    audience = watch(film(tmp_path / "a.mkv", 12), clock, 12)
    began_us = audience.holds[0]
    assert [block.pts_us for block in audience.blocks] == [
        began_us + n * BLOCK_US for n in range(len(audience.blocks))
    ]
    assert len(audience.blocks) >= 11 * STEP_US // BLOCK_US
    for block in audience.blocks:
        assert step_of(block) == (block.pts_us - began_us) // STEP_US
        assert block.samples.shape == (BLOCK_FRAMES, 2)


def test_it_stays_in_step_over_many_passes_without_a_gap(tmp_path: Path, clock: Clock) -> None:
    pictures = 7
    audience = watch(film(tmp_path / "a.mkv", pictures), clock, 5 * pictures)
    began_us = audience.holds[0]
    for before, after in zip(audience.blocks, audience.blocks[1:], strict=False):
        assert after.pts_us - before.pts_us == BLOCK_US
    for block in audience.blocks:
        assert step_of(block) == (block.pts_us - began_us) // STEP_US % pictures


def test_sound_shorter_than_its_pictures_is_silent_to_the_loop_point(
    tmp_path: Path, clock: Clock
) -> None:
    audience = watch(film(tmp_path / "a.mkv", 10, sounds=3), clock, 20)
    began_us = audience.holds[0]
    steps = [(block.pts_us - began_us) // STEP_US for block in audience.blocks]
    assert set(steps) == {0, 1, 2, 10, 11, 12}
    assert [step_of(block) for block in audience.blocks] == [step % 10 for step in steps]


def test_sound_longer_than_its_pictures_is_played_to_its_end(tmp_path: Path, clock: Clock) -> None:
    audience = watch(film(tmp_path / "a.mkv", 4, sounds=14), clock, 9)
    began_us = audience.holds[0]
    for block in audience.blocks:
        assert step_of(block) == (block.pts_us - began_us) // STEP_US % 14
    assert {step_of(block) for block in audience.blocks} == set(range(14))


def test_sound_that_begins_late_is_sought_once(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeks: list[int] = []
    seek = FileSound._seek

    def counted(sound: FileSound, *more: object) -> None:
        seeks.append(clock.now_us)
        seek(sound, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(FileSound, "_seek", counted)
    audience = watch(film(tmp_path / "a.mkv", 40, sounds=40, begins=30), clock, 40)
    began_us = audience.holds[0]
    assert {(block.pts_us - began_us) // STEP_US for block in audience.blocks} >= set(range(30, 39))
    assert len(seeks) == 1


def test_a_late_listener_gets_the_sound_of_the_current_picture(
    tmp_path: Path, clock: Clock
) -> None:
    playhead = Playhead()
    path = film(tmp_path / "a.mkv", 15)
    sound = FileSound("a", lambda: open_media(str(path)), playhead)
    playhead.begins(None)
    playhead.shows(9 * STEP_US, clock.now_us)
    sound.open()
    try:
        block = sound.read(STEP_US)
        assert block is not None
        assert step_of(block) == 9
        assert block.pts_us == clock.now_us
    finally:
        sound.close()


# --- stalls ---


@pytest.fixture
def shown(tmp_path: Path, clock: Clock) -> Iterator[tuple[FileSound, Playhead]]:
    """An open sound whose file shows its first picture."""
    path = film(tmp_path / "a.mkv", 15)
    playhead = Playhead()
    sound = FileSound("a.mkv", lambda: open_media(str(path)), playhead)
    sound.open()
    playhead.begins(15 * STEP_US)
    playhead.shows(0, clock.now_us)
    try:
        yield sound, playhead
    finally:
        sound.close()


def drain(sound: FileSound) -> list[SoundBlock]:
    """All blocks until none comes for half a second."""
    blocks: list[SoundBlock] = []
    while (block := sound.read(ALONE_US)) is not None:
        blocks.append(block)
    return blocks


def test_sound_waits_for_pictures_that_have_stalled(
    shown: tuple[FileSound, Playhead], clock: Clock
) -> None:
    sound, playhead = shown
    began_us = clock.now_us
    assert drain(sound)[-1].pts_us <= began_us + ALONE_US
    clock.now_us += 60_000_000
    assert sound.read(STEP_US) is None
    playhead.shows(8 * STEP_US, clock.now_us)
    block = sound.read(STEP_US)
    assert block is not None
    assert step_of(block) == 8


def test_without_pictures_there_is_no_sound_and_it_does_not_spin(
    shown: tuple[FileSound, Playhead], clock: Clock
) -> None:
    sound, playhead = shown
    playhead.stop()
    before_us = clock.now_us
    assert sound.read(100_000) is None
    assert clock.now_us == before_us + 100_000


# --- files with and without sound, and the cost ---


def test_a_film_offers_its_sound_and_a_mute_one_none(tmp_path: Path) -> None:
    for path, has_sound in [
        (film(tmp_path / "a.mkv", 3), True),
        (record(tmp_path / "b.mp4", shades(3)), False),
    ]:
        source = MediaFile(str(path))
        source.open()
        try:
            assert (source.sound is not None) is has_sound
        finally:
            source.dispose()


def test_while_nobody_listens_no_sound_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def counted(address: str) -> av.container.InputContainer:
        opened.append(address)
        return open_media(address)

    monkeypatch.setattr(FileSound, "read", lambda *_: pytest.fail("read"))
    source = MediaFile(str(film(tmp_path / "a.mkv", 3)), counted)
    with closing(source.frames(FakePacer())) as frames:
        list(islice(frames, 6))
    assert len(opened) == 2, "once a pass, for the pictures"
    sound = source.sound
    assert isinstance(sound, FileSound)
    with nothing_leaks():
        sound.open()
        sound.close()
    source.dispose()


def test_a_listener_keeps_an_unwatched_file_playing(tmp_path: Path) -> None:
    source = MediaFile(str(film(tmp_path / "a.mkv", 10)))
    with nothing_leaks():
        source.open()
        sound = source.sound
        assert sound is not None
        try:
            assert source.grab(FOREVER_US) is not None
            sound.open()
            source.rest()
            began_us = clock_us()
            while clock_us() < began_us + ALONE_US + 2 * STEP_US:
                newest = sound.read(ALONE_US)
                assert newest is not None, "it stands still"
            sound.close()
            source.rest()
        finally:
            sound.close()
            source.dispose()


# --- damage and errors ---


def test_reading_an_unopened_sound_is_refused() -> None:
    sound = FileSound("a", lambda: pytest.fail("opened"), Playhead())
    with pytest.raises(SourceLost):
        sound.read(0)
    sound.close()


@pytest.mark.parametrize("becomes", ["gone", "garbage", "mute"])
def test_a_file_that_changes_while_it_plays_is_a_loss_with_a_reason(
    tmp_path: Path, becomes: str
) -> None:
    path = film(tmp_path / "a.mkv", 3)
    source = MediaFile(str(path))
    source.open()
    sound = source.sound
    assert sound is not None
    path.unlink()
    if becomes == "garbage":
        path.write_bytes(bytes(range(256)) * 40)
    elif becomes == "mute":
        record(tmp_path / "b.mp4", shades(3)).rename(path)
    try:
        with pytest.raises(CaptureError, match=r"a\.mkv") as caught:
            sound.open()
        assert "\n" not in str(caught.value)
    finally:
        sound.close()
        source.dispose()


@pytest.mark.parametrize("change", ["garbled", "cut"])
def test_damage_loses_only_the_damaged_part(tmp_path: Path, clock: Clock, change: str) -> None:
    path = film(tmp_path / "a.mkv", 20)
    whole = path.read_bytes()
    half = len(whole) // 2
    garbled = whole[:half] + bytes(300) + whole[half + 300 :]
    path.write_bytes(whole[:half] if change == "cut" else garbled)
    audience = watch(path, clock, 9)
    assert {step_of(block) for block in audience.blocks} >= set(range(7))


def test_a_broadcast_may_go_from_mono_to_stereo(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "a.ts"
    parts = [_tone(tmp_path / "1.ts", "mono", 0), _tone(tmp_path / "2.ts", "stereo", 1)]
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    playhead = Playhead()
    sound = FileSound("a.ts", lambda: open_media(str(path)), playhead)
    with closing(sound):
        sound.open()
        playhead.begins(None)
        with closing(open_media(str(path))) as container:
            first_us = container.start_time or 0
        steps: list[int] = []
        for step in range(16):
            playhead.shows(first_us + step * STEP_US, clock.now_us)
            until_us = clock.now_us + STEP_US
            while clock.now_us < until_us:
                block = sound.read(until_us - clock.now_us)
                if block is not None and np.abs(block.samples).max() > 0.1:
                    steps.append(step)
    assert set(steps) >= {*range(1, 9), *range(11, 15)}


def _tone(path: Path, layout: str, begins_s: int) -> Path:
    """One second of sound."""
    with av.open(str(path), "w", options={"muxdelay": "0"}) as container:
        audio = container.add_stream("aac", rate=SOUND_RATE, layout=layout)
        wave = 0.5 * np.sin(2 * np.pi * 500 * np.arange(SOUND_RATE) / SOUND_RATE)
        samples = np.stack([wave.astype(np.float32)] * (1 if layout == "mono" else 2))
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout=layout)
        frame.sample_rate, frame.time_base = SOUND_RATE, Fraction(1, SOUND_RATE)
        frame.pts = begins_s * SOUND_RATE
        container.mux(audio.encode(frame))
        container.mux(audio.encode(None))
    return path
