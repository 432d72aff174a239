"""Cameras, replaced by libav's generated video, which the same calls open."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import av
import numpy as np
import pytest
from av.container import InputContainer
from av.video.reformatter import ColorRange, Colorspace
from PIL import Image

from samescreen.capture import choose
from samescreen.capture.base import FOREVER_US
from samescreen.capture.camera import CameraSource
from samescreen.capture.cameras import CAMERA_SYSTEMS, Camera
from samescreen.capture.choose import open_source
from samescreen.capture.jpeg import browsers_jpeg
from samescreen.capture.jpeg_decoder import JpegDecoder, decode_jpeg
from samescreen.clock import clock_us
from samescreen.errors import CaptureError, SourceLost, SourceUnavailable
from samescreen.media import Damage, EncodedPicture, Frame
from tests.capture.recorded import FakePacer, flat, record, shades
from tests.jpegs import delivered
from tests.stage.census import nothing_leaks
from tests.stage.timing import MS, eventually

C920 = Camera("/dev/video0", "HD Pro Webcam C920")
LAPTOP = Camera("/dev/video2", "Integrated Camera")
MOVING = "testsrc2=size=640x360:rate=30,realtime"

Answer = str | Path | Exception


class FakeDevices:
    """The cameras that are plugged in, and the results of opening one; the last result repeats."""

    def __init__(self, *answers: Answer, cameras: tuple[Camera, ...] = (C920, LAPTOP)) -> None:
        self.cameras = list(cameras)
        self.answers = list(answers)
        self.opened: list[tuple[str, str, dict[str, str]]] = []

    def list(self) -> list[Camera]:
        return list(self.cameras)

    def open(self, address: str, form: str, options: Mapping[str, str]) -> InputContainer:
        self.opened.append((address, form, dict(options)))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Path):
            return av.open(str(answer))
        return av.open(answer, format="lavfi")

    def camera(self, wanted: str = "", platform: str = "linux") -> CameraSource:
        return CameraSource(wanted, platform, self.list, self.open)


def refusal(code: int) -> av.FFmpegError:
    return cast(av.FFmpegError, av.error.OSError(code, os.strerror(code), "/dev/video0"))


def first(source: CameraSource, *, needs_pixels: bool = True) -> Frame:
    source.open()
    frame = source.grab(FOREVER_US, needs_pixels=needs_pixels)
    assert frame is not None
    return frame


def refused(devices: FakeDevices, wanted: str = "", platform: str = "linux") -> CaptureError:
    source = devices.camera(wanted, platform)
    with nothing_leaks(), pytest.raises(CaptureError) as caught:
        first(source)
    source.dispose()
    assert "\n" not in str(caught.value)
    return caught.value


# --- pictures ---


def test_a_camera_is_shown_and_released() -> None:
    source = FakeDevices(MOVING).camera()
    with nothing_leaks():
        frame = first(source)
        assert frame.pixels.shape == (360, 640, 4)
        assert frame.damage == Damage.of(frame.bounds)
        assert (source.label, source.backend) == (C920.name, "v4l2")
        started_us = frame.pts_us
        later = eventually(lambda: source.grab(clock_us() + 100_000), what="another picture")
        assert later is not None
        assert later.pts_us > started_us
        source.dispose()


def test_mjpeg_is_decoded_in_its_own_colours(tmp_path: Path) -> None:
    path = record(
        tmp_path / "a.mjpeg",
        [flat(64, 48, (200, 30, 60))] * 2,
        codec="mjpeg",
        colorspace=Colorspace.ITU601,
        color_range=ColorRange.JPEG,
    )
    source = FakeDevices(path).camera()
    try:
        shown = first(source).pixels[24, 32, 2::-1].astype(int)
    finally:
        source.dispose()
    assert np.abs(shown - (200, 30, 60)).max() <= 4, shown


@pytest.mark.parametrize("form", ["yuvj420p", "yuvj422p"])
def test_mjpeg_is_passed_on_in_its_own_colours(tmp_path: Path, form: str) -> None:
    """Browsers' decoding and ours both come close to the colour, and to each other."""
    colour = (200, 30, 60)
    path = record(
        tmp_path / "a.avi",
        [flat(64, 48, colour)] * 2,
        codec="mjpeg",
        pix_fmt=form,
        colorspace=Colorspace.ITU601,
        color_range=ColorRange.JPEG,
    )
    source = FakeDevices(path).camera()
    try:
        shown = first(source, needs_pixels=False)
    finally:
        source.dispose()
    by_browsers = np.asarray(Image.open(io.BytesIO(shown.jpeg)).convert("RGB"))[24, 32]
    by_us = JpegDecoder().decoded(shown).pixels[24, 32, 2::-1]
    for seen in (by_browsers.astype(int), by_us.astype(int)):
        assert np.abs(seen - colour).max() <= 4, seen
    assert shown.jpeg[6:11] == b"JFIF\0"
    assert shown.size == (64, 48)


def a_jpeg(**options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 30, 60)).save(out, "JPEG", **options)
    return out.getvalue()


def pictures_of(tmp_path: Path, pacer: FakePacer, *jpegs: bytes) -> list[Any]:
    """The pictures that a camera makes of these packets before it is unplugged."""
    shape = [flat(64, 48, (0, 0, 0))]
    container = av.open(str(record(tmp_path / "a.avi", shape, codec="mjpeg")))
    (stream,) = container.streams.video

    def demux(_: av.VideoStream) -> Iterator[Any]:
        for jpeg in jpegs:
            packet = av.Packet(jpeg)
            packet.stream = stream
            yield packet

    replaced = SimpleNamespace(streams=container.streams, demux=demux, close=container.close)
    source = CameraSource("", "linux", lambda: [C920], lambda *_: cast(Any, replaced))
    found: list[Any] = []
    with closing(source.frames(pacer)) as pictures, pytest.raises(SourceLost):
        found.extend(pictures)
    source.dispose()
    return found


def test_jpeg_that_browsers_cannot_decode_is_decoded_here(tmp_path: Path) -> None:
    found = pictures_of(tmp_path, FakePacer(), a_jpeg(), a_jpeg(progressive=True), b"noise")
    assert [type(each) for each in found] == [EncodedPicture, av.VideoFrame], "noise is left out"


def test_while_nobody_watches_mjpeg_is_read_and_dropped(tmp_path: Path) -> None:
    resting = FakePacer(is_resting=True)
    assert pictures_of(tmp_path, resting, a_jpeg(), a_jpeg(progressive=True)) == []


def test_a_scan_that_makes_no_sense_is_reported_as_broken_and_becomes_black() -> None:
    whole = a_jpeg()
    at = whole.index(b"\xff\xc4")
    file = browsers_jpeg(whole[: at + 4] + b"\x55" + whole[at + 5 :])  # a table with no such number
    assert file is not None
    assert decode_jpeg(file) is None
    assert not JpegDecoder().decoded(delivered(file)).pixels.any()


def test_while_nobody_watches_nothing_is_decoded() -> None:
    pacer = FakePacer()
    source = FakeDevices("testsrc2=size=64x48:rate=10:duration=2").camera()
    pictures = source.frames(pacer)
    with closing(pictures):
        next(pictures)
        pacer.is_resting = True
        with pytest.raises(SourceLost):  # read to the end without one more picture
            next(pictures)
    source.dispose()


def test_a_camera_that_does_not_wait_is_asked_again(tmp_path: Path) -> None:
    """avfoundation answers "not yet"; then the pictures go on."""
    container = av.open(str(record(tmp_path / "a.mp4", shades(2))))
    pacer = FakePacer()
    refusals = [av.error.BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")]

    def demux(stream: av.VideoStream) -> Iterator[Any]:
        for error in refusals:
            refusals.remove(error)
            raise error
        yield from container.demux(stream)

    patchy = SimpleNamespace(streams=container.streams, demux=demux, close=container.close)
    source = CameraSource(
        "", "darwin", lambda: [Camera("0:none", "FaceTime")], lambda *_: cast(Any, patchy)
    )
    with closing(source.frames(pacer)) as pictures:
        shown = next(pictures)
        assert isinstance(shown, av.VideoFrame)
        assert shown.width == 64
    assert pacer.holds == [1_003_000]
    source.dispose()


# --- which camera, in which mode ---


@pytest.mark.parametrize(
    ("wanted", "camera"),
    [("", C920), ("1", C920), ("2", LAPTOP), ("c920", C920), ("integrated", LAPTOP)],
)
def test_a_camera_is_found_by_number_or_name(wanted: str, camera: Camera) -> None:
    devices = FakeDevices(MOVING)
    source = devices.camera(wanted)
    try:
        first(source)
        assert source.label == camera.name
        assert [address for address, _, _ in devices.opened] == [camera.address]
    finally:
        source.dispose()


@pytest.mark.parametrize("wanted", ["0", "3", "Brio"])
def test_a_camera_that_is_not_there_is_named(wanted: str) -> None:
    error = refused(FakeDevices(MOVING), wanted)
    assert f"there is no camera {wanted}; `samescreen sources` lists them" in str(error)


def test_a_machine_without_cameras() -> None:
    error = refused(FakeDevices(MOVING, cameras=()))
    assert isinstance(error, SourceUnavailable)
    assert "no camera is connected" in str(error)


def test_a_system_without_camera_support() -> None:
    assert "Linux, Windows and macOS only" in str(refused(FakeDevices(MOVING), platform="aix"))


@pytest.mark.parametrize(
    ("platform", "form", "best"),
    [
        (
            "linux",
            "v4l2",
            {"input_format": "mjpeg", "video_size": "1280x720", "framerate": "30"},
        ),
        (
            "win32",
            "dshow",
            {"vcodec": "mjpeg", "video_size": "1280x720", "framerate": "30", "rtbufsize": "32M"},
        ),
        (
            "darwin",
            "avfoundation",
            {"pixel_format": "nv12", "video_size": "1280x720", "framerate": "30"},
        ),
    ],
)
def test_the_best_mode_is_asked_for_first_and_then_what_the_camera_has(
    platform: str, form: str, best: dict[str, str]
) -> None:
    invalid = refusal(errno.EINVAL)
    devices = FakeDevices(invalid, invalid, MOVING)
    source = devices.camera("", platform)
    try:
        first(source)
    finally:
        source.dispose()
    assert devices.opened[0] == (C920.address, form, {"fflags": "nobuffer", **best})
    modes = [dict(mode) for mode in CAMERA_SYSTEMS[platform].modes]
    assert [options for _, _, options in devices.opened] == modes


# --- refusals and losses ---


@pytest.mark.parametrize(
    ("code", "kind", "message"),
    [
        (errno.EBUSY, SourceLost, "is used by another program; close that one"),
        (errno.EACCES, SourceUnavailable, "sudo usermod -aG video"),
        (errno.ENODEV, SourceLost, "is unplugged; plug it in again"),
    ],
)
def test_after_a_final_error_no_other_mode_is_tried(
    code: int, kind: type[CaptureError], message: str
) -> None:
    devices = FakeDevices(refusal(code))
    error = refused(devices)
    assert isinstance(error, kind)
    assert message in str(error)
    assert len(devices.opened) == 1


@pytest.mark.parametrize(
    ("platform", "cure"),
    [("win32", "Settings, Privacy"), ("darwin", "System Settings"), ("linux", "another program")],
)
def test_a_camera_that_refuses_without_a_reason(platform: str, cure: str) -> None:
    error = refused(FakeDevices(refusal(errno.EIO)), platform=platform)
    assert isinstance(error, SourceUnavailable)
    assert cure in str(error)
    assert C920.name in str(error)


def grab_to_the_end(source: CameraSource) -> None:
    while True:
        source.grab(clock_us() + 1_000_000)


def test_a_camera_that_was_unplugged_comes_back_and_no_other_in_its_place() -> None:
    devices = FakeDevices("testsrc2=size=64x48:rate=30:duration=0.2", MOVING)
    source = devices.camera()
    with nothing_leaks():
        first(source)
        with pytest.raises(SourceLost, match="C920 was unplugged"):
            grab_to_the_end(source)
        devices.cameras = [LAPTOP]
        with pytest.raises(SourceLost, match="C920 is unplugged; plug it in again"):
            source.open()
        devices.cameras = [LAPTOP, Camera("/dev/video4", C920.name)]
        frame = first(source)
        assert frame.damage == Damage.of(frame.bounds)
        assert devices.opened[-1][0] == "/dev/video4"
        source.dispose()


def test_a_read_that_fails_is_a_loss(tmp_path: Path) -> None:
    container = av.open(str(record(tmp_path / "a.mp4", shades(3))))

    def demux(stream: av.VideoStream) -> Iterator[Any]:
        yield next(iter(container.demux(stream)))
        yield next(iter(container.demux(stream)))
        raise refusal(errno.ENODEV)

    failing = SimpleNamespace(streams=container.streams, demux=demux, close=container.close)
    source = CameraSource("", "linux", lambda: [C920], lambda *_: cast(Any, failing))
    with (
        closing(source.frames(FakePacer())) as pictures,
        pytest.raises(SourceLost, match="C920 went away: No such device"),
    ):
        list(pictures)
    source.dispose()


def test_a_spec_opens_a_camera() -> None:
    with pytest.raises(SourceUnavailable):
        open_source("camera:no such name")


def test_closing_is_quick() -> None:
    source = FakeDevices("testsrc2=size=64x48:rate=1,realtime").camera()
    first(source)
    started_us = clock_us()
    source.close()
    assert clock_us() - started_us < 2_000_000 * MS * 1000
    source.dispose()


def test_a_camera_is_opened_only_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices = FakeDevices(record(tmp_path / "a.avi", shades(3), codec="mjpeg"))
    monkeypatch.setattr(choose, "_camera", devices.camera)
    with nothing_leaks():
        source = choose.open_source("camera").source
        source.take_over()
        assert source.grab(FOREVER_US) is not None
        source.dispose()
    assert len(devices.opened) == 1
