"""The system unit in packaging/: systemd takes it, and its command relays without a terminal."""

from __future__ import annotations

import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_user_unit import answers
from tests.stage.host_process import free_port
from tests.stage.timing import MS, eventually
from tests.stage.tools import ROOT, end, python_environment, spawn

UNIT = ROOT / "packaging" / "samescreen-relay.service"
PROGRAM = "/usr/local/bin/samescreen"


def test_its_command_relays_silently_and_stops_on_sigterm(tmp_path: Path) -> None:
    (line,) = re.findall(r"^ExecStart=(.+)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)
    program, *arguments = shlex.split(line)
    assert program == PROGRAM
    rooms, port = tmp_path / "rooms.toml", free_port()
    rooms.write_text("[team]\n")
    options = {"SAMESCREEN_HOST": "127.0.0.1", "SAMESCREEN_PORT": str(port)}
    process = spawn(
        [sys.executable, "-m", "samescreen", *arguments],
        env=python_environment()
        | options
        | {"SAMESCREEN_TLS": "off", "SAMESCREEN_ROOMS": str(rooms)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    eventually(lambda: answers(port), what="the relay", within=15_000 * MS)
    assert end(process, by=signal.SIGTERM) == 0
    assert process.communicate() == ("", "")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_takes_it(tmp_path: Path) -> None:
    program = tmp_path / "samescreen"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text(encoding="utf-8").replace(PROGRAM, str(program)))
    asked = ["systemd-analyze", "verify", str(unit)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
