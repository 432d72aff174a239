"""The user units in packaging/: systemd takes them, and the command shares without a terminal."""

from __future__ import annotations

import re
import shlex
import shutil
import signal
import subprocess
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from tests.stage.host_process import free_port
from tests.stage.timing import MS, eventually
from tests.stage.tools import ROOT, end, python_environment, spawn

UNIT = ROOT / "packaging" / "samescreen.service"
OWN_DISPLAY = ROOT / "packaging" / "samescreen-new.service"
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def answers(port: int) -> bool:
    with suppress(OSError), _DIRECT.open(f"http://127.0.0.1:{port}/healthz", timeout=1) as answer:
        return bool(answer.status == 200)
    return False


def test_its_command_shares_silently_and_stops_on_sigterm() -> None:
    (line,) = re.findall(r"^ExecStart=(.+)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)
    program, *arguments = shlex.split(line)
    assert program == "%h/.local/bin/samescreen"
    port = free_port()
    options = {"SAMESCREEN_HOST": "127.0.0.1", "SAMESCREEN_PORT": str(port)}
    process = spawn(
        [sys.executable, "-m", "samescreen", *arguments],
        env=python_environment() | options | {"DISPLAY": "", "SAMESCREEN_TLS": "off"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    eventually(lambda: answers(port), what="the share", within=15_000 * MS)
    assert end(process, by=signal.SIGTERM) == 0
    assert process.communicate() == ("", "")


def test_the_unit_of_a_display_of_its_own_differs_in_its_command_only() -> None:
    def settings(unit: Path) -> dict[str, str]:
        lines = unit.read_text(encoding="utf-8").splitlines()
        pairs = (line.partition("=") for line in lines if re.match(r"\w+=", line))
        return {name: text for name, _, text in pairs}

    ours, other = settings(OWN_DISPLAY), settings(UNIT)
    differing = {name for name in {*ours, *other} if ours.get(name) != other.get(name)}
    assert differing == {"Description", "ExecStart", "WantedBy", "PartOf", "After"}
    assert ours["ExecStart"] == "%h/.local/bin/samescreen new --quiet --json-logs -- xterm"


@pytest.mark.parametrize("unit", [UNIT, OWN_DISPLAY], ids=lambda unit: str(unit.name))
@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_takes_it(tmp_path: Path, unit: Path) -> None:
    program = tmp_path / ".local" / "bin" / "samescreen"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", str(unit)],
        env=python_environment() | {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
