"""Real files through PyAV: pace, loop point, colours, damage, and what errors say."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import closing
from itertools import islice, pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace
from PIL import Image

from samescreen.capture.base import FOREVER_US
from samescreen.capture.choose import open_source
from samescreen.capture.media_address import open_media
from samescreen.capture.media_file import MediaFile
from samescreen.clock import clock_us
from samescreen.errors import CaptureError, SourceLost, SourceUnavailable
from samescreen.media import Damage, Frame
from tests.capture.recorded import FPS, FakePacer, flat, record, shades
from tests.stage.census import nothing_leaks

STEP_US = 1_000_000 // FPS


def luma(picture: av.VideoFrame) -> int:
    return int(picture.to_ndarray(format="gray").mean())


def play(path: Path, count: int, pacer: FakePacer | None = None) -> list[av.VideoFrame]:
    source = MediaFile(str(path))
    try:
        with closing(source.frames(pacer or FakePacer())) as frames:
            return list(islice(frames, count))
    finally:
        source.dispose()


def first_frame(address: str | Path) -> Frame:
    """The first picture that a viewer gets."""
    source = MediaFile(str(address))
    try:
        source.open()
        frame = source.grab(FOREVER_US)
        assert frame is not None
        return Frame(frame.pixels.copy(), frame.pts_us, frame.damage)
    finally:
        source.dispose()


def grab_to_the_end(source: MediaFile) -> None:
    while True:
        source.grab(clock_us() + 1_000_000)


# --- pace ---


def test_time_goes_on_over_the_loop_point(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mp4", shades(4))
    pacer = FakePacer()
    pictures = play(path, 9, pacer)
    assert {after - before for before, after in pairwise(pacer.holds)} == {STEP_US}
    greys = [luma(picture) for picture in pictures]
    assert greys[:4] == sorted(set(greys[:4]))
    assert greys[4:8] == greys[:4]
    assert greys[8] == greys[0]


def test_a_pause_of_a_recording_is_kept(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mp4", shades(4), times=(0, 1, 1201, 1202))
    pacer = FakePacer()
    play(path, 4, pacer)
    steps = [after - before for before, after in pairwise(pacer.holds)]
    assert steps == [STEP_US, 1200 * STEP_US, STEP_US]


def test_the_last_picture_stays_as_long_as_the_file_says(tmp_path: Path) -> None:
    pictures = [Image.new("L", (32, 16), 60 * number) for number in range(3)]
    first, *others = pictures
    first.save(tmp_path / "a.gif", save_all=True, append_images=others, duration=[100, 100, 5000])
    pacer = FakePacer()
    play(tmp_path / "a.gif", 4, pacer)
    steps = [after - before for before, after in pairwise(pacer.holds)]
    assert steps == [100_000, 100_000, 5_000_000]


def test_an_unwatched_file_pauses(tmp_path: Path) -> None:
    source = MediaFile(str(record(tmp_path / "a.mp4", shades(4))))
    with nothing_leaks():
        source.open()
        try:
            assert source.grab(FOREVER_US) is not None
            source.rest()
            while source.grab(clock_us() + 3 * STEP_US) is None:
                pass  # goes on as soon as somebody grabs again
        finally:
            source.dispose()


# --- colours and shapes ---


@pytest.mark.parametrize("rgb", [(200, 30, 60), (20, 180, 90), (40, 60, 220), (250, 250, 250)])
@pytest.mark.parametrize("colorspace", [Colorspace.ITU709, Colorspace.ITU601])
@pytest.mark.parametrize("color_range", [ColorRange.MPEG, ColorRange.JPEG])
def test_colours_are_the_files_own(
    tmp_path: Path, rgb: tuple[int, int, int], colorspace: Colorspace, color_range: ColorRange
) -> None:
    path = record(
        tmp_path / "a.mp4", [flat(64, 48, rgb)] * 2, colorspace=colorspace, color_range=color_range
    )
    shown = first_frame(path).pixels[24, 32, 2::-1].astype(int)
    assert np.abs(shown - rgb).max() <= 4, shown


def test_a_picture_is_shown_once_and_then_nothing_changes(tmp_path: Path) -> None:
    Image.new("RGB", (33, 21), (200, 30, 60)).save(tmp_path / "a.png")
    source = MediaFile(str(tmp_path / "a.png"))
    with nothing_leaks():
        source.open()
        try:
            frame = source.grab(FOREVER_US)
            assert frame is not None
            assert frame.damage == Damage.of(frame.bounds)
            assert frame.pixels.shape == (21, 33, 4)
            assert (frame.pixels[:, :, :3] == (60, 30, 200)).all()
            assert source.grab(clock_us() + 20_000) is None
        finally:
            source.dispose()


def test_transparent_parts_are_white(tmp_path: Path) -> None:
    Image.new("RGBA", (32, 16), (200, 30, 60, 0)).save(tmp_path / "a.png")
    assert (first_frame(tmp_path / "a.png").pixels == 255).all()


def test_a_photograph_is_upright(tmp_path: Path) -> None:
    picture = Image.new("RGB", (64, 32), (255, 255, 255))
    picture.paste((0, 0, 0), (0, 0, 32, 32))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn clockwise to see it right: what is left comes to the top
    picture.save(tmp_path / "a.jpg", exif=exif)
    pixels = first_frame(tmp_path / "a.jpg").pixels
    assert pixels.shape == (64, 32, 4)
    assert pixels[:24, :, :3].max() < 16
    assert pixels[40:, :, :3].min() > 240


def test_a_huge_picture_is_scaled_down(tmp_path: Path) -> None:
    Image.new("RGB", (3000, 6000), (200, 30, 60)).save(tmp_path / "a.jpg")
    assert first_frame(tmp_path / "a.jpg").pixels.shape == (3840, 1920, 4)


def test_a_picture_equal_to_the_one_before_is_not_returned(tmp_path: Path) -> None:
    source = MediaFile(str(record(tmp_path / "a.mp4", [flat(64, 48, (90, 90, 90))] * 3)))
    source.open()
    try:
        assert source.grab(FOREVER_US) is not None
        assert source.grab(clock_us() + 2 * STEP_US) is None
    finally:
        source.dispose()


# --- damage and errors ---


def test_damaged_pictures_are_left_out(tmp_path: Path) -> None:
    path = record(tmp_path / "a.avi", shades(6), codec="mjpeg")
    whole = path.read_bytes()
    middle = whole.index(b"\xff\xd8", whole.index(b"\xff\xd8") + 2)
    path.write_bytes(whole[:middle] + bytes(40) + whole[middle + 40 :])
    greys = [luma(picture) for picture in play(path, 5)]
    assert greys == sorted(set(greys))
    assert len(greys) == 5


def test_a_truncated_file_plays_as_far_as_it_goes(tmp_path: Path) -> None:
    path = record(tmp_path / "a.ts", shades(6))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    greys = [luma(picture) for picture in play(path, 8)]
    assert greys[0] in greys[1:], "it did not begin again"


@pytest.mark.parametrize("name", ["a.mp4", "a.png", "a.txt"])
@pytest.mark.parametrize("body", [b"", b"just words\n" * 50, bytes(range(256)) * 40])
def test_garbage_is_refused_with_a_reason(tmp_path: Path, name: str, body: bytes) -> None:
    (tmp_path / name).write_bytes(body)
    with nothing_leaks(), pytest.raises(SourceUnavailable, match=name) as caught:
        first_frame(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_an_index_without_pictures_is_refused(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mp4", shades(3))
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(SourceUnavailable, match=r"a\.mp4"):
        first_frame(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with nothing_leaks(), pytest.raises(SourceUnavailable, match=r"there is no a\.mp4"):
        open_source(f"file:{tmp_path / 'a.mp4'}")
    with pytest.raises(SourceUnavailable, match="is a folder"):
        open_source(f"file:{tmp_path}")


def test_an_unreadable_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = record(tmp_path / "a.mp4", shades(2))
    monkeypatch.setattr(Path, "open", refuse)  # chmod stops no root
    with pytest.raises(SourceUnavailable, match="change its permissions"):
        first_frame(path)


def test_sound_alone_is_refused(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.wav"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), "s16", "mono")
        silence.sample_rate = 8000
        container.mux(stream.encode(silence))
    with pytest.raises(SourceUnavailable, match="has no pictures in it"):
        first_frame(tmp_path / "a.wav")


def test_a_spec_opens_a_file(tmp_path: Path) -> None:
    path = record(tmp_path / "a b:c.mp4", shades(2))
    with nothing_leaks():
        choice = open_source(f"file:{path}")
        assert (choice.source.label, choice.source.backend) == ("a b:c.mp4", "file")
        choice.source.dispose()


# --- addresses ---


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """The address of a web server for `tmp_path`."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: object, **kwargs: object) -> None:
            super().__init__(*args, directory=str(tmp_path), **kwargs)  # type: ignore[arg-type]

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://someone:secret@127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_url_is_played_and_its_password_kept(tmp_path: Path, web: str) -> None:
    record(tmp_path / "a.mp4", shades(2))
    source = MediaFile(f"{web}/a.mp4?key=hidden")
    source.open()
    try:
        assert source.label == "127.0.0.1/a.mp4"
        assert source.grab(FOREVER_US) is not None
    finally:
        source.dispose()


def test_a_single_picture_at_a_url_stays(tmp_path: Path, web: str) -> None:
    Image.new("RGB", (33, 21), (200, 30, 60)).save(tmp_path / "a.png")
    source = MediaFile(f"{web}/a.png")
    source.open()
    try:
        assert source.grab(FOREVER_US) is not None
        assert source.grab(clock_us() + 50_000) is None
        assert source.grab(clock_us() + 50_000) is None
    finally:
        source.dispose()


def test_live_input_is_not_paced_and_is_lost_when_it_ends() -> None:
    def endless(_: str) -> av.container.InputContainer:
        return av.open("testsrc2=size=64x48:rate=10:duration=3", format="lavfi")

    source = MediaFile("rtsp://camera.test/1", endless)
    pacer = FakePacer()
    with closing(source.frames(pacer)) as frames, pytest.raises(SourceLost, match="ended"):
        list(frames)
    assert pacer.holds == []
    source.dispose()


def test_live_input_is_not_decoded_while_nobody_watches() -> None:
    def endless(_: str) -> av.container.InputContainer:
        return av.open("testsrc2=size=64x48:rate=10:duration=3", format="lavfi")

    source = MediaFile("rtsp://camera.test/1", endless)
    frames = source.frames(FakePacer(is_resting=True))
    with closing(frames), pytest.raises(SourceLost, match="ended"):
        next(frames)
    source.dispose()


def test_a_url_that_the_server_does_not_have(web: str) -> None:
    with pytest.raises(SourceUnavailable, match="answers: ") as caught:
        first_frame(f"{web}/none.mp4")
    assert "secret" not in str(caught.value)


def test_a_server_that_is_not_there_may_come_back() -> None:
    with pytest.raises(SourceLost, match="cannot be reached"):
        first_frame("http://127.0.0.1:9/a.mp4")


def test_a_server_that_does_not_answer() -> None:
    def give_up(_: str) -> av.container.InputContainer:
        raise av.error.ExitError(1414092869, "Immediate exit requested", "http://127.0.0.1/a")

    source = MediaFile("http://127.0.0.1/a", give_up)
    with pytest.raises(SourceLost, match="cannot be reached: no answer in time"):
        source.open()
    source.dispose()


def test_a_network_that_goes_away_while_playing(tmp_path: Path) -> None:
    """The second pass finds no server, so the source is lost and tried again."""
    path = record(tmp_path / "a.mp4", shades(3))
    answers = iter([str(path)])

    def open_once(address: str) -> av.container.InputContainer:
        for answer in answers:
            return open_media(answer)
        raise av.error.ConnectionResetError(104, "Connection reset by peer", address)

    source = MediaFile("http://camera.test/a.mp4", open_once)
    source.open()
    try:
        with pytest.raises(SourceLost, match="cannot be reached"):
            grab_to_the_end(source)
    finally:
        source.dispose()
    with pytest.raises(CaptureError):
        source.open()
    source.dispose()


def test_a_wake_ends_a_waiting_grab(tmp_path: Path) -> None:
    Image.new("RGB", (32, 16)).save(tmp_path / "a.png")
    source = MediaFile(str(tmp_path / "a.png"))
    source.open()
    try:
        assert source.grab(FOREVER_US) is not None
        source.wake()
        while source.grab(FOREVER_US // 10**6) is not None:
            pass
    finally:
        source.dispose()
