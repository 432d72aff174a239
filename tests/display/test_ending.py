"""When a display of its own is over, and what is said then."""

from __future__ import annotations

import threading

import pytest

from samescreen.display import ending as ending_module
from samescreen.display.ending import Ending
from samescreen.display.kept import COMMAND, KEEPER, SERVER, Ended
from tests.stage.timing import MS


class FakePrograms:
    """Programs whose ends the test names."""

    def __init__(self) -> None:
        self.ends: dict[str, Ended | str] = {}
        self.last_line = ""

    def end_of(self, name: str) -> Ended | str | None:
        return self.ends.get(name)


class Scene:
    def __init__(self, *, keeps: bool = False) -> None:
        self.programs = FakePrograms()
        self.windows: int | None = 0
        self.over = threading.Event()
        self.ending = Ending(self.programs, "xterm", lambda: self.windows, keeps=keeps)
        self.ending.watch(self.over.set)

    def ends(self, name: str, how: Ended | str) -> None:
        self.programs.ends[name] = how
        self.ending.check()


def test_it_is_over_with_the_commands_own_status() -> None:
    scene = Scene()
    scene.ending.check()
    assert not scene.over.is_set()
    scene.ends(COMMAND, Ended(0))
    assert scene.over.is_set()
    assert (scene.ending.status, scene.ending.why) == (0, "")


def test_a_command_that_fails_is_quoted() -> None:
    scene = Scene()
    scene.programs.last_line = "xterm: bad font"
    scene.ends(COMMAND, Ended(3, others=2))
    assert scene.over.wait(5000 * MS)
    assert scene.ending.status == 3
    assert scene.ending.why == "xterm ended with status 3; it said: xterm: bad font"


def test_a_command_that_fails_because_the_display_is_gone_is_not_to_blame() -> None:
    scene = Scene()
    scene.ends(COMMAND, Ended(84))
    assert not scene.over.is_set()
    scene.ends(SERVER, Ended(137))
    assert scene.over.is_set()
    assert (scene.ending.status, "X server" in scene.ending.why) == (1, True)


def test_a_signal_has_its_name() -> None:
    scene = Scene()
    scene.ends(COMMAND, Ended(137))
    assert scene.over.wait(5000 * MS)
    assert (scene.ending.status, scene.ending.why) == (137, "xterm was ended by SIGKILL")


def test_what_a_command_leaves_behind_goes_on_until_its_last_window(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ending_module, "_WINDOW_US", int(500 * MS * 1e6))
    scene = Scene()
    scene.windows = 1
    scene.ends(COMMAND, Ended(0, others=1))
    assert not scene.over.is_set()
    scene.windows = 0
    scene.ending.check()
    assert not scene.over.is_set()  # another window may follow
    assert scene.over.wait(5000 * MS)
    assert scene.ending.status == 0


def test_where_nobody_counts_windows_the_command_alone_decides() -> None:
    scene = Scene()
    scene.windows = None
    scene.ends(COMMAND, Ended(0, others=5))
    assert scene.over.is_set()


@pytest.mark.parametrize(("name", "who"), [(SERVER, "X server"), (KEEPER, "process that keeps it")])
def test_a_display_that_is_gone_is_an_error(name: str, who: str) -> None:
    scene = Scene(keeps=True)
    scene.ends(COMMAND, Ended(0))
    assert not scene.over.is_set()  # it keeps
    scene.ends(name, Ended(137))
    assert scene.over.is_set()
    assert scene.ending.status == 1
    assert who in scene.ending.why


def test_a_command_that_cannot_run_says_why() -> None:
    scene = Scene()
    scene.ends(COMMAND, "Permission denied")
    assert (scene.ending.status, scene.ending.why) == (1, "cannot run xterm: Permission denied")


def test_who_asks_late_is_called_at_once() -> None:
    scene = Scene()
    scene.ends(COMMAND, Ended(0))
    late = threading.Event()
    scene.ending.watch(late.set)
    assert late.is_set()
