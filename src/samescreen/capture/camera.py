"""A camera, through PyAV: v4l2 on Linux, dshow on Windows, avfoundation on macOS.

A `ReaderThread` opens and reads it. While nobody watches, the thread reads on without decoding,
because pictures that a device keeps for a late reader would be old. Pictures that are JPEG already
are passed on unchanged; the track decodes them or sends them as they are. A camera that was
unplugged is found again by its name; no other camera takes its place.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from typing import Final

import av
from av.container import InputContainer
from av.video.reformatter import Colorspace

from samescreen.errors import CaptureError, SourceLost, SourceUnavailable
from samescreen.media import EncodedPicture

from .cameras import CAMERA_SYSTEMS, Camera, list_cameras, open_device
from .decoded import BgrxConverter
from .jpeg import browsers_jpeg
from .reader_thread import Pacer, ReaderSource, decoded_pictures, reason_of

_AGAIN_US: Final = 3_000

OpenDevice = Callable[[str, str, Mapping[str, str]], InputContainer]
ListCameras = Callable[[], list[Camera]]

_FINAL_ERRORS: Final = (errno.EBUSY, errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENODEV)
"""Errors that come in every mode, so that trying another one is useless."""


class CameraSource(ReaderSource):
    """The camera that `wanted` names: a number from 1, part of a name, or empty for the first."""

    def __init__(
        self,
        wanted: str = "",
        platform: str = sys.platform,
        cameras: ListCameras = list_cameras,
        open_container: OpenDevice = open_device,
    ) -> None:
        super().__init__(f"camera {wanted}".rstrip())
        self._wanted = wanted
        self._platform = platform
        self._cameras = cameras
        self._open_container = open_container
        self._found: Camera | None = None
        # USB cameras' raw pictures are BT.601 at any size; macOS states the colour space.
        default_matrix = None if platform == "darwin" else Colorspace.ITU601
        self._converter = BgrxConverter(default_matrix)

    def open(self) -> None:
        system = CAMERA_SYSTEMS.get(self._platform)
        if system is None:
            raise SourceUnavailable("cameras are shared on Linux, Windows and macOS only")
        self.backend = system.format
        super().open()

    def frames(self, pacer: Pacer) -> Generator[av.VideoFrame | EncodedPicture, None, None]:
        camera = self._find()
        with closing(self._open_best(camera)) as container:
            stream = next(iter(container.streams.video), None)
            if stream is None or stream.codec_context is None:
                raise SourceUnavailable(f"{camera.name} gives no pictures")
            self.label = camera.name
            packets = self._packets(container, stream, pacer)
            is_jpeg = stream.codec_context.name == "mjpeg"
            pictures = _jpegs(packets, pacer) if is_jpeg else (
                decoded_pictures(packets, pacer, skips=True)
            )
            for picture in pictures:
                self._found = camera
                yield picture
        if not pacer.is_stopped:
            raise SourceLost(f"{camera.name} was unplugged")

    def _find(self) -> Camera:
        cameras = self._cameras()
        if self._found is not None:
            same = [camera for camera in cameras if camera.name == self._found.name]
            if not same:
                raise SourceLost(f"{self._found.name} is unplugged; plug it in again")
            return self._found if self._found in same else same[0]
        if not cameras:
            raise SourceUnavailable("no camera is connected to this machine")
        if self._wanted.isdecimal():
            fitting = cameras[int(self._wanted) - 1 :][:1] if int(self._wanted) else []
        else:
            fitting = [c for c in cameras if self._wanted.casefold() in c.name.casefold()]
        if not fitting:
            raise SourceUnavailable(
                f"there is no camera {self._wanted}; `samescreen sources` lists them"
            )
        return fitting[0]

    def _open_best(self, camera: Camera) -> InputContainer:
        """Open it in the first mode that it accepts."""
        system = CAMERA_SYSTEMS[self._platform]
        refusal: Exception | None = None
        for mode in system.modes:
            try:
                return self._open_container(camera.address, system.format, mode)
            except (av.FFmpegError, OSError, ValueError) as error:
                refusal = error
                if getattr(error, "errno", None) in _FINAL_ERRORS:
                    break
        assert refusal is not None
        raise _capture_error(camera, refusal, system.blocked) from refusal

    def _packets(
        self, container: InputContainer, stream: av.VideoStream, pacer: Pacer
    ) -> Iterator[av.Packet[av.VideoStream]]:
        while not pacer.is_stopped:
            try:
                yield from container.demux(stream)
                return
            except BlockingIOError:  # avfoundation has no picture yet and does not wait for one
                pacer.wait_until(pacer.now_us() + _AGAIN_US)
            except av.error.EOFError:
                return
            except (av.FFmpegError, OSError) as error:
                raise SourceLost(f"{self.label} went away: {reason_of(error)}") from error


def _jpegs(
    packets: Iterable[av.Packet[av.VideoStream]], pacer: Pacer
) -> Iterator[av.VideoFrame | EncodedPicture]:
    """The camera's own JPEG files; a file that browsers could not decode is decoded here."""
    for packet in packets:
        if pacer.is_stopped:
            return
        if pacer.is_resting:
            continue
        file = browsers_jpeg(bytes(packet))
        if file is None:
            yield from decoded_pictures((packet,), pacer, skips=True)
        else:
            yield file


def _capture_error(camera: Camera, error: Exception, blocked: str) -> CaptureError:
    code = getattr(error, "errno", None)
    if code == errno.EBUSY:
        return SourceLost(f"{camera.name} is used by another program; close that one")
    if code in (errno.EACCES, errno.EPERM):
        cure = (
            "add this user to the group: sudo usermod -aG video $USER, and log in again"
            if camera.address.startswith("/dev/")
            else blocked
        )
        return SourceUnavailable(f"{camera.name} may not be used; {cure}")
    if code in (errno.ENOENT, errno.ENODEV):
        return SourceLost(f"{camera.name} is unplugged; plug it in again")
    return SourceUnavailable(f"{camera.name} cannot be opened ({reason_of(error)}); {blocked}")
