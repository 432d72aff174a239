"""What a player finds in a file: every picture at its time, also after a rest or a kill."""

from __future__ import annotations

import os
from pathlib import Path

import av
import pytest

from samescreen.record.black import black_picture
from samescreen.record.mp4_file import Mp4File
from samescreen.record.sound_line import Sound
from samescreen.record.timeline import Picture

SILENCE = b"\xf7\x0c\xff\xfe"
US = 1_000_000
RATE = 48_000


def times(path: Path) -> list[float]:
    """When each picture is shown, in seconds."""
    with av.open(str(path)) as container:
        packets = [each for each in container.demux(video=0) if each.pts is not None]
        return [round(float((each.pts or 0) * each.time_base), 3) for each in packets]


@pytest.mark.parametrize("is_finished", [True, False], ids=["finished", "killed"])
def test_a_picture_after_a_rest_is_shown_at_its_time(tmp_path: Path, is_finished: bool) -> None:
    """Sound goes on while a picture rests, so the muxer writes that picture before it has ended."""
    path, picture, heard = tmp_path / "a.mp4", black_picture(64, 48), 0
    file = Mp4File(os.open(path, os.O_RDWR | os.O_CREAT), 64, 48)
    for at_s, length_s in [(0, 0.1), (0.1, 0.09), (2, 0.02), (2.02, 0.02), (2.04, 0.5), (4, 0.5)]:
        for at in range(heard, round(at_s * RATE), 960):
            file.sound(Sound(at, 960, SILENCE))
            heard = at + 960
        file.show(Picture(round(at_s * US), round(length_s * US), picture, is_keyframe=True))
    for at in range(heard, 5 * RATE, 960):
        file.sound(Sound(at, 960, SILENCE))
    if is_finished:
        file.finish()
    else:
        file.abandon()
    assert times(path) == [0, 0.1, 2, 2.02, 2.04, 4]
