"""Finding the cameras of each system."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import av
import pytest
from av.device import DeviceInfo

from samescreen.capture.cameras import (
    CAMERA_SYSTEMS,
    Camera,
    captures,
    gives_pictures,
    linux_cameras,
    list_cameras,
)


def capability(whole: int, node: int) -> bytes:
    """A webcam's `struct v4l2_capability`, as the kernel fills it in."""
    names = (b"uvcvideo", b"HD Pro Webcam C920", b"usb-0000:00:14.0-1")
    return struct.pack("=16s32s32sIII3I", *names, 0x60812, whole, node, 0, 0, 0)


CAPTURE, MANY_PLANES, STREAMING = 0x1, 0x1000, 0x04000000
METADATA, MEMORY_TO_MEMORY, PER_NODE = 0x00800000, 0x8000, 0x80000000


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (CAPTURE | STREAMING, True),
        (MANY_PLANES | STREAMING, True),
        (METADATA | STREAMING, False),
        (MEMORY_TO_MEMORY | STREAMING, False),
        (CAPTURE, False),
    ],
)
def test_only_nodes_that_stream_pictures_are_cameras(node: int, expected: bool) -> None:
    whole = PER_NODE | CAPTURE | METADATA | STREAMING
    assert gives_pictures(capability(whole, node)) is expected


def test_linux_cameras_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for number, name in [(10, "C920\n"), (2, "Integrated"), (3, "Integrated"), (4, "")]:
        (tmp_path / f"video{number}").mkdir()
        (tmp_path / f"video{number}" / "name").write_text(name, encoding="utf-8")
    (tmp_path / "video-like").mkdir()
    found = linux_cameras(tmp_path, lambda address: address != "/dev/video3")
    assert found == [
        Camera("/dev/video2", "Integrated"),
        Camera("/dev/video4", "video4"),
        Camera("/dev/video10", "C920"),
    ]


def test_a_linux_without_cameras(tmp_path: Path) -> None:
    assert linux_cameras(tmp_path / "none") == []


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel")
def test_other_files_and_devices_are_not_taken_for_cameras() -> None:
    assert not captures("/dev/null")
    assert not captures("/dev/video-not-there")


def pretend(monkeypatch: pytest.MonkeyPatch, expected: str, found: list[DeviceInfo]) -> None:
    def enumerate_devices(format_name: str) -> list[DeviceInfo]:
        assert format_name == expected
        return found

    monkeypatch.setattr(av, "enumerate_input_devices", enumerate_devices)


def test_windows_cameras(monkeypatch: pytest.MonkeyPatch) -> None:
    name = r"@device_pnp_\\?\usb#vid_046d&pid_082d#{65e8773d}\global"
    devices = [
        DeviceInfo(name, "HD Pro Webcam C920", False, ["video"]),
        DeviceInfo("@device_cm_{33D9A762}", "Microphone", False, ["audio"]),
    ]
    pretend(monkeypatch, "dshow", devices)
    assert list_cameras("win32") == [Camera(f"video={name}", "HD Pro Webcam C920")]


def test_mac_cameras_are_not_its_screens(monkeypatch: pytest.MonkeyPatch) -> None:
    devices = [
        DeviceInfo("0", "FaceTime HD Camera", False, ["video"]),
        DeviceInfo("1", "Capture screen 0", False, ["video"]),
        DeviceInfo("0", "MacBook Pro Microphone", False, ["audio"]),
    ]
    pretend(monkeypatch, "avfoundation", devices)
    assert list_cameras("darwin") == [Camera("0:none", "FaceTime HD Camera")]


def test_a_system_whose_cameras_cannot_be_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(format_name: str) -> list[DeviceInfo]:
        raise ValueError(f"no such input format: {format_name!r}")

    monkeypatch.setattr(av, "enumerate_input_devices", refuse)
    assert list_cameras("win32") == list_cameras("darwin") == list_cameras("aix") == []


def test_every_system_has_a_last_mode_that_asks_for_no_size() -> None:
    for system in CAMERA_SYSTEMS.values():
        assert "video_size" in system.modes[0]
        assert "video_size" not in system.modes[-1]
