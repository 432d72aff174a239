"""Pipes are live: opened once, read on while nobody watches, never played too fast."""

from __future__ import annotations

import http.server
import itertools
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest

from samescreen.capture.choose import open_source
from samescreen.capture.media_file import MediaFile
from samescreen.capture.pipe import Pipe, is_pipe
from samescreen.clock import clock_us
from samescreen.errors import SourceLost, SourceUnavailable
from tests.capture.recorded import FPS, FakePacer, record, shades
from tests.capture.talkies import film, step_of
from tests.stage.census import nothing_leaks
from tests.stage.timing import MS, eventually

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no FIFOs")

LONG_S = 10_000 * MS
LONG_US = int(LONG_S * 1e6)


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "ff")
    return tmp_path / "ff"


@pytest.fixture
def movie(tmp_path: Path) -> bytes:
    """A second of MPEG-TS: each picture stands alone."""
    return record(tmp_path / "a.ts", shades(10)).read_bytes()


class Writer:
    """Opens a FIFO once and writes the movie repeatedly; `broke` is set when the reader leaves."""

    def __init__(self, path: Path, movie: bytes) -> None:
        self.broke = False
        self.wrote = 0
        self._path, self._movie = path, movie
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        with self._path.open("wb", buffering=0) as file:
            while not self._stopped.wait(0.1):
                try:
                    file.write(self._movie)
                except BrokenPipeError:
                    self.broke = True
                    return
                self.wrote += 1

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(LONG_S)
        assert not self._thread.is_alive()


@pytest.fixture
def writes() -> Iterator[Callable[[Path, bytes], Writer]]:
    writers: list[Writer] = []

    def begin(path: Path, movie: bytes) -> Writer:
        writers.append(Writer(path, movie))
        return writers[-1]

    yield begin
    for writer in writers:
        writer.stop()


def test_a_fifo_is_opened_once_for_the_probe_and_the_track(
    fifo: Path, movie: bytes, writes: Callable[[Path, bytes], Writer]
) -> None:
    with nothing_leaks():
        writer = writes(fifo, movie)
        source = open_source(f"file:{fifo}").source
        try:
            for _ in range(2):  # the track's opening, and one after its encoder failed
                source.open()
                assert source.grab(clock_us() + LONG_US) is not None
                source.close()
            assert not writer.broke
        finally:
            source.dispose()
            writer.stop()


def grab_to_the_end(source: MediaFile) -> None:
    while True:
        source.grab(clock_us() + LONG_US)


def test_a_fifo_whose_writer_left_waits_for_another(
    fifo: Path, movie: bytes, writes: Callable[[Path, bytes], Writer]
) -> None:
    source = MediaFile(str(fifo))
    try:
        for _ in range(2):
            writer = writes(fifo, movie)
            source.open()
            writer.stop()
            with pytest.raises(SourceLost, match="ff ended"):
                grab_to_the_end(source)
            source.close()
    finally:
        source.dispose()


def test_an_end_is_noticed_while_nobody_watches(
    fifo: Path, movie: bytes, writes: Callable[[Path, bytes], Writer]
) -> None:
    writer = writes(fifo, movie)
    source = MediaFile(str(fifo))
    try:
        source.open()
        writer.stop()
        with pytest.raises(SourceLost, match="ff ended"):
            rest_to_the_end(source)
    finally:
        source.dispose()


def rest_to_the_end(source: MediaFile) -> None:
    ends_us = clock_us() + LONG_US
    while clock_us() < ends_us:
        source.rest()


def test_a_fifo_without_a_writer_is_reported(
    fifo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("samescreen.capture.reader_thread._OPEN_S", 0.3)
    source = MediaFile(str(fifo))
    with nothing_leaks():
        with pytest.raises(SourceLost, match="write a video into ff"):
            source.open()
        source.dispose()


def test_a_writer_that_is_too_fast_is_slowed_to_the_videos_pace(fifo: Path, tmp_path: Path) -> None:
    """Except for the part that libav reads to find out what it is."""
    movie = record(tmp_path / "long.ts", shades(10) * 20)
    source, pacer = MediaFile(str(movie)), FakePacer()
    source.dispose()
    writer = threading.Thread(target=lambda: fifo.write_bytes(movie.read_bytes()))
    writer.start()
    source = MediaFile(str(fifo))
    with closing(source.frames(pacer)) as frames, pytest.raises(SourceLost, match="ended"):
        list(frames)
    source.dispose()
    writer.join(LONG_S)
    assert pacer.now - 1_000_000 >= 100 * 1_000_000 // FPS, "half of it at least"


def test_the_sound_of_a_pipe_comes_at_its_videos_pace(
    fifo: Path, tmp_path: Path, writes: Callable[[Path, bytes], Writer]
) -> None:
    writer = writes(fifo, film(tmp_path / "a.mkv", 30).read_bytes())
    source = MediaFile(str(fifo))
    try:
        source.open()
        sound = source.sound
        assert sound is not None
        sound.open()
        began: dict[int, int] = {}
        while len(began) < 6:
            block = sound.read(LONG_US)
            assert block is not None
            began.setdefault(step_of(block), block.pts_us)
        first = next(iter(began))
        assert [*began] == [*range(first, first + 6)]
        assert began[first + 5] - began[first + 1] >= 4 * 1_000_000 // FPS - 150_000
        sound.close()
    finally:
        source.dispose()
        writer.stop()


def test_an_unwatched_pipe_is_read_on(
    fifo: Path, movie: bytes, writes: Callable[[Path, bytes], Writer]
) -> None:
    writer = writes(fifo, movie)
    source = MediaFile(str(fifo))
    try:
        source.open()
        source.rest()
        before = writer.wrote
        eventually(lambda: writer.wrote > before, what="it is read on")
    finally:
        source.dispose()


def test_a_single_picture_in_a_pipe_stays(fifo: Path) -> None:
    from PIL import Image

    Image.new("RGB", (32, 16)).save(fifo.parent / "a.png")
    writer = threading.Thread(
        target=lambda: fifo.write_bytes((fifo.parent / "a.png").read_bytes())
    )
    writer.start()
    source = MediaFile(str(fifo))
    try:
        for _ in range(2):
            source.open()
            assert source.grab(clock_us() + LONG_US) is not None
            assert source.grab(clock_us() + 20_000) is None
            source.close()
    finally:
        source.dispose()
        writer.join(LONG_S)


def test_a_socket_is_connected_to(tmp_path: Path, movie: bytes) -> None:
    with nothing_leaks(), socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        listening.listen()
        source = MediaFile(str(tmp_path / "s"))
        answering = threading.Thread(target=_answer_once, args=(listening, movie))
        answering.start()
        try:
            source.open()
            assert source.grab(clock_us() + LONG_US) is not None
        finally:
            source.dispose()
            answering.join(LONG_S)


def _answer_once(listening: socket.socket, body: bytes) -> None:
    connection, _ = listening.accept()
    with connection, suppress(OSError):
        while True:
            connection.sendall(body)
            time.sleep(0.01)


@pytest.mark.parametrize(
    ("path", "says"), [("/dev/null", "null ended"), ("/dev/zero", "zero is not a video")]
)
def test_devices_without_a_video_are_refused(path: str, says: str) -> None:
    source = MediaFile(path)
    with pytest.raises((SourceLost, SourceUnavailable), match=says):
        source.open()
    source.dispose()


def test_a_terminal_is_refused() -> None:
    ours, theirs = os.openpty()
    try:
        source = MediaFile(os.ttyname(theirs))
        with pytest.raises(SourceUnavailable, match="is a terminal"):
            source.open()
        source.dispose()
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_pipe_is_recognised_without_opening_it(tmp_path: Path, fifo: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    assert is_pipe(fifo)
    assert is_pipe(Path("/dev/null"))
    assert not is_pipe(tmp_path / "a")
    assert not is_pipe(tmp_path)
    assert not is_pipe(tmp_path / "none")


def test_a_read_ends_when_the_reader_is_stopped(fifo: Path) -> None:
    stopped = threading.Event()
    with closing(Pipe(fifo, stopped.is_set)) as pipe:
        read: list[bytes] = []
        reading = threading.Thread(target=lambda: read.append(pipe.read(100)))
        reading.start()
        stopped.set()
        reading.join(LONG_S)
        assert read == [b""]


# --- servers ---


def with_sound(path: Path) -> Path:
    """A second of pictures and silence."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=FPS)
        sound = container.add_stream("aac", rate=48000, layout="stereo")
        assert isinstance(video, av.VideoStream)
        assert isinstance(sound, av.AudioStream)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        for pixels in shades(10):
            container.mux(video.encode(av.VideoFrame.from_ndarray(pixels, "bgra")))
        for number in range(47):
            silence = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), "fltp", "stereo")
            silence.sample_rate, silence.pts = 48000, 1024 * number
            container.mux(sound.encode(silence))
        container.mux(video.encode(None))
        container.mux(sound.encode(None))
    return path


class Once(http.server.BaseHTTPRequestHandler):
    """A live stream without length and ranges; counts the requests."""

    protocol_version = "HTTP/1.0"
    body = b""
    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        self.send_response(200)
        self.end_headers()
        with suppress(OSError):
            for number in itertools.count():
                self.wfile.write(self.body)
                # Quick until the form is known; then slow enough that sound is due before the
                # next second of it begins anew.
                time.sleep(0.01 if number < 100 else 0.4)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


def test_a_url_that_cannot_seek_is_opened_once_and_its_sound_is_heard(
    tmp_path: Path,
) -> None:
    Once.body = with_sound(tmp_path / "a.ts").read_bytes()
    Once.asked = 0
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Once)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    source = open_source(f"file:http://127.0.0.1:{server.server_port}/live").source
    try:
        source.open()
        assert source.grab(clock_us() + LONG_US) is not None
        assert source.sound is not None
        source.sound.open()
        eventually(partial(source.sound.read, 50_000), what="its sound")
        source.sound.close()
        assert source.notes == ()
        assert Once.asked == 1
    finally:
        source.dispose()
        server.shutdown()
        thread.join()
        server.server_close()
