"""Which cameras this machine has, and how each system's are opened.

Any thread. Opens a device only to ask what it is. The first camera has number 1.
"""

from __future__ import annotations

import os
import re
import struct
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import av
import av.device
from av.container import InputContainer

_SYSFS: Final = Path("/sys/class/video4linux")
_QUERYCAP: Final = 0x80685600
_CAPABILITY: Final = struct.Struct("=16s32s32sIII12x")
_CAPTURES: Final = 0x00000001 | 0x00001000
_STREAMS: Final = 0x04000000

_TIMEOUT_S: Final = (5.0, 2.0)


@dataclass(frozen=True, slots=True)
class Camera:
    """`address`: what libav opens; `name`: what people read on it."""

    address: str
    name: str


@dataclass(frozen=True, slots=True)
class CameraSystem:
    """How a system's cameras are asked: libav's format, and options, the best mode first."""

    format: str
    modes: tuple[Mapping[str, str], ...]
    blocked: str
    """The cure where the camera refuses without saying why."""


def _mode(**options: str) -> Mapping[str, str]:
    return MappingProxyType({"fflags": "nobuffer", **options})


_SIZE: Final = "1280x720"
_FPS: Final = "30"

CAMERA_SYSTEMS: Final[Mapping[str, CameraSystem]] = MappingProxyType(
    {
        # Over USB 2 raw 720p comes at 10 pictures a second, MJPEG at 30.
        "linux": CameraSystem(
            "v4l2",
            (
                _mode(input_format="mjpeg", video_size=_SIZE, framerate=_FPS),
                _mode(video_size=_SIZE, framerate=_FPS),
                _mode(),
            ),
            "another program may be using it",
        ),
        "win32": CameraSystem(
            "dshow",
            (
                _mode(vcodec="mjpeg", video_size=_SIZE, framerate=_FPS, rtbufsize="32M"),
                _mode(video_size=_SIZE, framerate=_FPS, rtbufsize="32M"),
                _mode(rtbufsize="32M"),
            ),
            "close the program that uses it, or allow it in Settings, Privacy & security, Camera",
        ),
        # The device's default of 29.97 is a rate most cameras refuse.
        "darwin": CameraSystem(
            "avfoundation",
            (
                _mode(video_size=_SIZE, framerate=_FPS, pixel_format="nv12"),
                _mode(framerate=_FPS, pixel_format="nv12"),
                _mode(framerate=_FPS),
            ),
            "allow this terminal in System Settings, Privacy & Security, Camera",
        ),
    }
)


def open_device(address: str, device_format: str, options: Mapping[str, str]) -> InputContainer:
    return av.open(address, format=device_format, options=dict(options), timeout=_TIMEOUT_S)


def list_cameras(platform: str = sys.platform) -> list[Camera]:
    """In the order of their numbers; empty where none is seen."""
    listing = _LISTINGS.get(platform)
    return listing() if listing else []


def linux_cameras(sysfs: Path = _SYSFS, can_capture: Callable[[str], bool] | None = None) -> (
    list[Camera]
):
    """A webcam has several nodes; only those that give pictures count."""
    can_capture = can_capture or captures
    nodes = [path for path in sysfs.glob("video*") if path.name[5:].isdecimal()]
    cameras = []
    for node in sorted(nodes, key=lambda path: int(path.name[5:])):
        address = f"/dev/{node.name}"
        if can_capture(address):
            with suppress(OSError):  # unplugged just now
                name = (node / "name").read_text(encoding="utf-8", errors="replace").strip()
                cameras.append(Camera(address, name or node.name))
    return cameras


def captures(address: str) -> bool:
    """Whether the device gives pictures; one that may not be asked is taken to."""
    import fcntl

    reply = bytearray(_CAPABILITY.size)
    try:
        device = os.open(address, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except PermissionError:
        return True
    except OSError:
        return False
    try:
        fcntl.ioctl(device, _QUERYCAP, reply)
    except OSError:
        return False
    finally:
        os.close(device)
    return gives_pictures(bytes(reply))


def gives_pictures(capability: bytes) -> bool:
    """From the kernel's `struct v4l2_capability`: this node captures video, by streaming."""
    _driver, _card, _bus, _version, _whole, node = _CAPABILITY.unpack(capability)
    return bool(node & _CAPTURES) and bool(node & _STREAMS)


def _windows_cameras() -> list[Camera]:
    return [Camera(f"video={d.name}", d.description or d.name) for d in _devices("dshow")]


def _mac_cameras() -> list[Camera]:
    return [
        Camera(f"{device.name}:none", device.description)
        for device in _devices("avfoundation")
        if not re.match(r"Capture screen \d", device.description)
    ]


def _devices(device_format: str) -> list[av.device.DeviceInfo]:
    try:
        found = av.enumerate_input_devices(device_format)
    except (av.FFmpegError, OSError, ValueError):
        return []
    return [device for device in found if "video" in device.media_types]


_LISTINGS: Final[Mapping[str, Callable[[], list[Camera]]]] = MappingProxyType(
    {"linux": linux_cameras, "win32": _windows_cameras, "darwin": _mac_cameras}
)
