"""The link in the clipboard: which program, and no secret in arguments or environment."""

from __future__ import annotations

import base64
import os
import sys
from pathlib import Path

import pytest

from samescreen.cli.clipboard import command, copied, osc_52

LINK = "http://192.0.2.2:9000/#token=a-secret"


@pytest.mark.parametrize(
    ("platform", "environment", "program"),
    [
        ("linux", {"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "wl-copy"),
        ("linux", {"DISPLAY": ":0"}, "xclip"),
        ("linux", {}, None),
        ("darwin", {}, "pbcopy"),
        ("win32", {}, "clip"),
    ],
)
def test_the_program_of_each_system(
    platform: str, environment: dict[str, str], program: str | None
) -> None:
    words = command(platform, environment)
    assert (words[0] if words else None) == program


@pytest.mark.parametrize("code", [0, 1])
def test_the_program_gets_the_link_by_its_input_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    program = tmp_path / "xclip"
    program.write_text(f'#!/bin/sh\ncat > "{tmp_path}/got"; env > "{tmp_path}/env"; exit {code}\n')
    program.chmod(0o755)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("SAMESCREEN_TOKEN", "a-secret")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert copied(LINK) is (code == 0)
    assert (tmp_path / "got").read_text() == LINK
    assert "a-secret" not in (tmp_path / "env").read_text()


def test_without_a_program_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not copied(LINK)


def test_the_terminal_is_asked_in_its_own_way() -> None:
    sequence = osc_52(LINK)
    assert base64.b64decode(sequence.removeprefix("\x1b]52;c;").removesuffix("\x07")) == (
        LINK.encode()
    )
