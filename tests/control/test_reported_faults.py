"""Faults that users of other programs reported, on a real X server. docs/control-cases.md has all.

The numbers are those of that table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import xcffib.xproto

from samescreen.control.events import Key, Mods, Move, Text
from samescreen.control.places import PLACES
from samescreen.control.x11.acting import BOUND_US
from samescreen.control.x11.connecting import InputConnection
from samescreen.control.x11.keyboard import XKeyboard
from samescreen.media import Region
from tests.conftest import StartXServer
from tests.control.desk import Terminal, Window, acting, keys_down, set_layout, typed
from tests.stage.timing import eventually
from tests.stage.tools import ROOT
from tests.stage.x_client import connected
from tests.stage.x_server import XServer

SCREEN = Region(0, 0, 800, 600)


@pytest.fixture
def server(x_server: StartXServer) -> XServer:
    return x_server(800, 600)


@pytest.fixture
def terminal(server: XServer, tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(server.display, tmp_path)
    yield terminal
    terminal.close()


def spares_of(server: XServer) -> set[int]:
    """The spare keycodes that a new run finds, all of them free."""
    connection = InputConnection(server.display)
    try:
        spares = XKeyboard(connection).spares
        found: set[int] = set()
        while (keycode := spares.bind(chr(0x4E00 + len(found)), 0)) is not None:
            found.add(keycode)
        return found
    finally:
        connection.close()


@pytest.mark.display
def test_typing_changes_the_keymap_once_for_each_new_character(server: XServer) -> None:
    """Case 3: each change makes all programs of the desktop read the keymap again."""
    with connected(server.display) as client, acting(server.display, SCREEN) as act:
        Window(client, SCREEN)
        act.injector.put(Move(9, 9), *typed("de facto\n"), Text("你好你好你好你好"), *typed("ok"))
        seen: list[Any] = []

        def is_read() -> bool:
            while (event := client.connection.poll_for_event()) is not None:
                seen.append(type(event))
            return seen.count(xcffib.xproto.KeyPressEvent) == len("de facto\n你好你好你好你好ok")

        eventually(is_read, what="all of it")
    first = seen.index(xcffib.xproto.KeyPressEvent)  # the server turned to this device before
    assert seen[first:].count(xcffib.xproto.MappingNotifyEvent) == 2


@pytest.mark.display
def test_a_new_character_is_pressed_a_while_after_its_key_was_bound(server: XServer) -> None:
    """Chromium types what the key had before if it reads the keymap late."""
    with connected(server.display) as client, acting(server.display, SCREEN) as act:
        Window(client, SCREEN)
        act.injector.put(Move(9, 9), Text("一二三"))
        pressed_ms: list[int] = []

        def is_read() -> bool:
            while (event := client.connection.poll_for_event()) is not None:
                if isinstance(event, xcffib.xproto.KeyPressEvent):
                    pressed_ms.append(event.time)
            return len(pressed_ms) == 3

        eventually(is_read, what="all of it")
    least_ms = BOUND_US // 1000 - 1
    assert all(b - a >= least_ms for a, b in pairwise(pressed_ms)), pressed_ms


@pytest.mark.display
def test_the_second_group_of_the_layout_is_on(server: XServer, terminal: Terminal) -> None:
    """Case 4: the person at the machine has turned to Greek."""
    set_layout(server.display, "us,gr")
    hand = InputConnection(server.display)
    hand.xkb.LatchLockState(0x100, 0, 0, True, 1, 0, False, 0)
    hand.settle()
    alpha = [Key(is_down, PLACES["KeyA"], Mods.NONE, "α") for is_down in (True, False)]
    with acting(server.display, SCREEN) as act:
        act.injector.put(Move(100, 100), *typed("abc; "), *alpha, *typed(" ABC é\n"))
        terminal.reads("abc; α ABC é\n")
    assert hand.xkb.GetState(0x100).reply().group == 1, "it stays on"
    hand.close()


@pytest.mark.display
def test_signs_with_shift_accents_and_a_held_shift(server: XServer, terminal: Terminal) -> None:
    """Cases 5, 8 and 9: `:**` twenty times, both cases of a letter, Shift held during a text."""
    shift = PLACES["ShiftLeft"]
    with acting(server.display, SCREEN) as act:
        act.injector.put(Move(100, 100), *typed(":**" * 20 + "àÀ éÉ\n"))
        act.injector.put(Key(True, shift, Mods.SHIFT), Text("a1 é 你\n"), Key(False, shift))
        terminal.reads(":**" * 20 + "àÀ éÉ\na1 é 你\n")
        eventually(lambda: not keys_down(server.display), what="Shift is up")


@pytest.mark.display
def test_many_different_characters_at_once_arrive_in_order(
    server: XServer, terminal: Terminal
) -> None:
    """Case 6: three times as many as there are spare keys."""
    text = "".join(chr(0x4E00 + 7 * n) for n in range(60)) + "\n"
    with acting(server.display, SCREEN) as act:
        act.injector.put(Move(100, 100), Text(text))
        terminal.reads(text)


@pytest.mark.display
def test_spare_keys_of_a_killed_run_are_found_again(server: XServer) -> None:
    """Case 7."""
    before = spares_of(server)
    killed = InputConnection(server.display)
    keyboard = XKeyboard(killed)
    for keycode, char in zip(sorted(before), "你好äé", strict=False):
        keyboard.bind(keycode, char)
    killed.settle()
    killed.close()
    assert len(before) > 4
    assert spares_of(server) == before


def test_each_case_of_the_table_names_tests_that_exist() -> None:
    table = (ROOT / "docs" / "control-cases.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \|.*\|([^|]*)\|$", table, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 33))
    for number, holders in rows:
        for file, names in re.findall(r"(\S+\.(?:py|js)): ([^;]*)", holders):
            source = (ROOT / "tests" / file).read_text(encoding="utf-8")
            for name in re.findall(r"`([^`]+)`", names):
                found = f"def {name}(" in source or f'test("{name}"' in source
                assert found, f"case {number}: {file} has no test {name!r}"
