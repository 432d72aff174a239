"""Waiting, and what a missing program means."""

from __future__ import annotations

import itertools
import sys

import pytest

from tests.stage.timing import MS, eventually
from tests.stage.tools import end, find_tool, python_environment, spawn


def test_eventually_gives_the_first_truth() -> None:
    answers = itertools.chain([0, None, "yes", "later"])
    assert eventually(lambda: next(answers), what="a truth") == "yes"


def test_eventually_names_what_did_not_happen() -> None:
    with pytest.raises(AssertionError, match=r"not within 0\.\d s: the sun rises"):
        eventually(lambda: False, what="the sun rises", within=20 * MS)


def test_the_first_tool_there_is_taken() -> None:
    assert find_tool("no-such-tool", "python3", "python").endswith(("python3", "python", ".exe"))


def test_a_missing_tool_fails_in_ci_and_skips_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="none of no-such-tool is installed"):
        find_tool("no-such-tool")
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match="none of no-such-tool is installed"):
        find_tool("no-such-tool")


def test_children_do_not_see_the_developers_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMESCREEN_PORT", "1")
    assert "SAMESCREEN_PORT" not in python_environment()


def test_a_stubborn_child_is_ended_by_force() -> None:
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.pause()"
    child = spawn([sys.executable, "-c", stubborn])
    assert end(child, within=300 * MS) != 0
    assert end(child) == child.returncode
