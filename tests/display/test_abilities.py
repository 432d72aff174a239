"""What `doctor` says about displays of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from samescreen.display.abilities import abilities, renderer
from samescreen.errors import DisplayError


def gpu(folder: Path, name: str, driver: str) -> None:
    device = folder / name / "device"
    device.mkdir(parents=True)
    (folder / "drivers" / driver).mkdir(parents=True)
    (device / "driver").symlink_to(folder / "drivers" / driver)


def program(folder: Path, name: str) -> None:
    (folder / name).write_text("#!/bin/sh\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_the_renderer_is_named(path: Path, tmp_path: Path) -> None:
    assert renderer(tmp_path) == "the CPU (no GPU is visible)"
    gpu(tmp_path, "renderD128", "amdgpu")
    assert "(amdgpu) install VirtualGL" in renderer(tmp_path)
    program(path, "vglrun")
    assert renderer(tmp_path) == "the CPU, and through vglrun on the GPU (amdgpu)"


def test_what_is_missing_is_named(path: Path) -> None:
    with pytest.raises(DisplayError, match="sudo"):
        abilities()
    program(path, "Xvfb")
    found = abilities()
    assert found[0] == "X servers: Xvfb; not installed: Xvnc"
    assert "without: D-Bus (dbus-daemon), sound (pactl)" in found
