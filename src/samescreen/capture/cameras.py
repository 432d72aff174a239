"""Lists this machine's cameras, and says how each system opens them.

Any thread. Opens a device only to query its capabilities. The first camera has number 1.
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
    """A camera: the `address` that libav opens, and the `name` that people know it by."""

    address: str
    name: str


@dataclass(frozen=True, slots=True)
class CameraSystem:
    """How libav opens a system's cameras: its format, and options for each mode, best first."""

    format: str
    modes: tuple[Mapping[str, str], ...]
    blocked: str
    """The cure for a camera that refuses without a reason."""


def _mode(**options: str) -> Mapping[str, str]:
    return MappingProxyType({"fflags": "nobuffer", **options})


_SIZE: Final = "1280x720"
_FPS: Final = "30"

CAMERA_SYSTEMS: Final[Mapping[str, CameraSystem]] = MappingProxyType(
    {
        # USB 2 carries raw 720p at 10 pictures a second, MJPEG at 30.
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
        # Most cameras refuse 29.97, libav's default rate for these devices.
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
    """All cameras, in the order of their numbers."""
    listing = _LISTINGS.get(platform)
    return listing() if listing else []


def linux_cameras(sysfs: Path = _SYSFS, can_capture: Callable[[str], bool] | None = None) -> (
    list[Camera]
):
    """The nodes that capture pictures. A webcam has other nodes too, which do not count."""
    can_capture = can_capture or captures
    nodes = [path for path in sysfs.glob("video*") if path.name[5:].isdecimal()]
    cameras = []
    for node in sorted(nodes, key=lambda path: int(path.name[5:])):
        address = f"/dev/{node.name}"
        if can_capture(address):
            with suppress(OSError):  # it was just unplugged
                name = (node / "name").read_text(encoding="utf-8", errors="replace").strip()
                cameras.append(Camera(address, name or node.name))
    return cameras


def captures(address: str) -> bool:
    """Whether the device captures pictures. True for one that this user may not open."""
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
    """Whether the kernel's `struct v4l2_capability` says that this node streams video."""
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
