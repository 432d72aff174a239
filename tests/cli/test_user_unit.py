"""The user unit in packaging/: systemd takes it, and its command shares without a terminal."""

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


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_takes_it(tmp_path: Path) -> None:
    program = tmp_path / ".local" / "bin" / "samescreen"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", str(UNIT)],
        env=python_environment() | {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
