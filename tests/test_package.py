"""The package samescreen: what it exports, and that importing it is quick."""

from __future__ import annotations

import subprocess
import sys

import pytest

import samescreen
from samescreen.keywords import Options
from samescreen.options import OPTIONS
from tests.stage.timing import MS

HEAVY = ("aiohttp", "asyncio", "av", "numpy", "samescreen.host")


def test_the_import_is_light() -> None:
    probe = f"import sys, samescreen; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", probe],
        capture_output=True,
        text=True,
        timeout=20_000 * MS,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_all_that_is_exported_is_there() -> None:
    for name in samescreen.__all__:
        assert getattr(samescreen, name)
    with pytest.raises(AttributeError, match="no attribute 'Camera'"):
        _ = samescreen.Camera


def test_the_options_are_those_of_the_command_but_its_terminals() -> None:
    theirs = {each.name: each.type for each in OPTIONS}
    for name in ("open", "log_level", "json_logs", "allow_sleep", "quiet"):
        del theirs[name]
    assert set(Options.__annotations__) == set(theirs)
