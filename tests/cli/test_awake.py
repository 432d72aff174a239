"""The machine stays awake while somebody watches: when, by which calls, and for how long."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from samescreen.cli import awake as awake_module
from samescreen.cli.awake import Programs, WindowsCall, commands, stay_awake
from tests.stage.timing import MS, eventually
from tests.stage.tools import python_environment


class FakeAwake:
    """Notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def hold(self) -> None:
        self.asked.append("hold")

    def release(self) -> None:
        self.asked.append("release")


@pytest.mark.parametrize(
    ("watched", "asked"),
    [
        ("", []),
        ("-----", []),
        ("-w", ["hold", "release"]),
        ("www-w", ["hold", "release"]),
        ("w-------w", ["hold", "release", "hold", "release"]),
    ],
)
async def test_it_is_held_while_watched_and_a_while_after(
    monkeypatch: pytest.MonkeyPatch, watched: str, asked: list[str]
) -> None:
    monkeypatch.setattr(awake_module, "_LOOK_S", 0.001)
    monkeypatch.setattr(awake_module, "_AFTER_S", 0.003)
    looks = iter(watched)
    fake = FakeAwake()

    def is_watched() -> bool:
        look = next(looks, None)
        if look is None:
            raise asyncio.CancelledError  # as at the end of the share
        return look == "w"

    with pytest.raises(asyncio.CancelledError):
        await stay_awake(fake, is_watched)
    assert fake.asked == asked


def test_each_system_is_asked_in_its_own_way() -> None:
    (mac,) = commands("darwin", {}, lambda name: True)
    assert mac[0] == "caffeinate"
    gnome = {"XDG_CURRENT_DESKTOP": "ubuntu:GNOME"}
    logind, session = commands("linux", gnome, lambda name: True)
    assert logind[:2] == ["systemd-inhibit", "--what=idle:sleep"]
    assert session[:3] == ["gnome-session-inhibit", "--inhibit", "idle"]
    assert {words[-1] for words in (mac, logind, session)} == {"cat"}, "each ends with its input"
    assert len(commands("linux", {"XDG_CURRENT_DESKTOP": "KDE"}, lambda name: True)) == 1
    assert commands("linux", gnome, lambda name: False) == []


def test_windows_is_asked_for_machine_and_display_and_then_for_neither() -> None:
    states: list[int] = []

    def set_state(state: int) -> int:
        states.append(state)
        return 0

    call = WindowsCall(set_state)
    call.hold()
    call.release()
    assert states == [0x80000003, 0x80000000]


def test_a_program_runs_until_it_is_released_and_sees_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAMESCREEN_TOKEN", "a-secret")
    script = f'env > "{tmp_path}/env"; cat; touch "{tmp_path}/ended"'
    programs = Programs([["sh", "-c", script], [str(tmp_path / "missing")]])
    programs.hold()
    eventually(lambda: (tmp_path / "env").exists(), what="the program")
    assert not (tmp_path / "ended").exists()
    programs.release()
    eventually(lambda: (tmp_path / "ended").exists(), what="its end")
    assert "a-secret" not in (tmp_path / "env").read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="kills a process")
def test_a_program_does_not_outlive_a_host_that_is_killed(tmp_path: Path) -> None:
    script = f'echo $$ > "{tmp_path}/pid"; cat; touch "{tmp_path}/ended"'
    host = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from samescreen.cli.awake import Programs\n"
            "programs = Programs([sys.argv[1:]]); programs.hold(); time.sleep(60)",
            *("sh", "-c", script),
        ],
        env=python_environment(),
    )
    try:
        eventually(lambda: (tmp_path / "pid").exists(), what="the program", within=10_000 * MS)
    finally:
        os.kill(host.pid, signal.SIGKILL)
        host.wait()
    eventually(lambda: (tmp_path / "ended").exists(), what="its end")
