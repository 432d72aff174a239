"""Programs the stage needs, and child processes that cannot outlive the tests."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

import pytest

from tests.stage.timing import MS

ROOT: Final = Path(__file__).resolve().parents[2]


def find_tool(*names: str) -> str:
    """Path of the first program found; without any: a failure in CI, a skip elsewhere."""
    for name in names:
        if path := shutil.which(name):
            return path
    reason = f"none of {', '.join(names)} is installed; `make test` installs it on Debian"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def python_environment() -> dict[str, str]:
    """This environment for a Python child: finds src and tests, ignores the developer's options."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("SAMESCREEN_")}
    paths = [str(ROOT / "src"), str(ROOT), *filter(None, [env.get("PYTHONPATH")])]
    return env | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1"}


def spawn(
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    dies_by: str = "KILL",
    stdin: int = subprocess.DEVNULL,
    stdout: int | IO[Any] = subprocess.DEVNULL,
    stderr: int | IO[Any] = subprocess.DEVNULL,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[str]:
    """A child in its own session that the kernel ends with signal `dies_by` when pytest dies."""
    # Not preexec_fn: from Python 3.12 on it warns wherever threads run, and warnings are errors.
    leash = [tool, "--pdeathsig", dies_by] if (tool := shutil.which("setpriv")) else []
    # A shell that starts the tests in the background has them and their children ignore SIGINT.
    if leash:
        leash = ["env", "--default-signal=INT", *leash]
    return subprocess.Popen(
        [*leash, *command],
        env=env,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        pass_fds=pass_fds,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )


def end(
    child: subprocess.Popen[str], *, by: int = signal.SIGTERM, within: float = 5000 * MS
) -> int:
    """Ends `child` politely, then by force; its return code. Fine when it is gone already."""
    if child.poll() is None:
        child.send_signal(by)
    try:
        return child.wait(within)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()
