"""The injecting thread on a real X server: clicks land, keys arrive, nothing stays down."""

from __future__ import annotations

import cmath
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from samescreen.clock import clock_us
from samescreen.control.events import (
    HERE,
    Button,
    Held,
    Key,
    Mark,
    Mods,
    Move,
    Shift,
    Text,
    Wheel,
)
from samescreen.control.keymap import LOCK
from samescreen.control.news import Applied, Escaped, HandSeen, Obstructed
from samescreen.control.places import PLACES
from samescreen.control.x11.connecting import InputConnection, TestDevices
from samescreen.control.x11.keyboard import XKeyboard
from samescreen.media import Region
from tests.conftest import StartXServer
from tests.control.desk import (
    Terminal,
    Window,
    acting,
    buttons_down,
    keys_down,
    set_layout,
    typed,
)
from tests.stage.timing import MS, eventually
from tests.stage.tools import find_tool, python_environment
from tests.stage.x_client import connected
from tests.stage.x_server import XServer

pytestmark = pytest.mark.display
SCREEN = Region(0, 0, 800, 600)
KEY_A = PLACES["KeyA"]


@pytest.fixture
def server(x_server: StartXServer) -> XServer:
    return x_server(800, 600)


@pytest.fixture
def terminal(server: XServer, tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(server.display, tmp_path)
    yield terminal
    terminal.close()


# --- the pointer ----------------------------------------------------------------------------------


def test_a_click_lands_where_it_was_aimed(server: XServer) -> None:
    with connected(server.display) as client, acting(server.display, SCREEN) as act:
        window = Window(client, Region(100, 50, 300, 200))
        for number in range(5):
            act.injector.put(Button(number, True, 140, 70), Button(number, False, 140, 70))
        pressed = window.gets("ButtonPress", count=5)
        assert pressed == [("ButtonPress", x, 40, 20) for x in (1, 2, 3, 8, 9)]


def test_the_end_of_a_message_is_reported_once_all_of_it_is_done(server: XServer) -> None:
    with connected(server.display) as client, acting(server.display, SCREEN) as act:
        window = Window(client, Region(100, 50, 300, 200))
        before_us = clock_us()
        act.injector.put(Button(0, True, 140, 70), Button(0, False, 140, 70), Mark(9))
        applied = eventually(
            lambda: [each for each in act.news if isinstance(each, Applied)], what="it was done"
        )
        assert [each.sequence for each in applied] == [9]
        assert before_us < applied[0].host_us <= clock_us()
        assert len(window.gets("ButtonPress", count=1)) == 1


def test_a_region_counts_from_its_corner_and_clamps(server: XServer) -> None:
    with connected(server.display) as client:
        window = Window(client, Region(0, 0, 800, 600))
        with acting(server.display, Region(100, 50, 300, 200)) as act:
            act.injector.put(Button(0, True, 7, 9), Button(0, False, 5000, 9))
            (press,) = window.gets("ButtonPress")
            (lift,) = window.gets("ButtonRelease")
    assert (press[2:], lift[2:]) == ((107, 59), (399, 59))


def _circle(step: int) -> tuple[int, int]:
    at = 150 * cmath.exp(2j * cmath.pi * step / 120)
    return round(at.real), round(at.imag)


def test_a_circle_of_a_locked_mouse_closes(server: XServer) -> None:
    with connected(server.display) as client, acting(server.display, SCREEN) as act:
        window = Window(client, SCREEN)
        act.injector.put(Move(400, 300), Mark(1))
        for step in range(120):
            by = [after - at for at, after in zip(_circle(step), _circle(step + 1), strict=True)]
            act.injector.put(Shift(*by), Mark(2))
        act.injector.put(Button(0, True, HERE, HERE), Button(0, False, HERE, HERE))
        assert window.gets("ButtonPress") == [("ButtonPress", 1, 400, 300)]
        assert len(window.read("MotionNotify")) > 100, "and it was a circle"


def test_a_locked_mouse_stays_inside_a_shared_region(server: XServer) -> None:
    with connected(server.display) as client:
        window = Window(client, SCREEN)
        with acting(server.display, Region(100, 50, 300, 200)) as act:
            act.injector.put(Move(0, 0), Shift(-500, 10), Button(0, True, HERE, HERE))
            act.injector.put(Shift(5000, 5000), Button(0, False, HERE, HERE))
            (press,) = window.gets("ButtonPress")
            (lift,) = window.gets("ButtonRelease")
    assert (press[2:], lift[2:]) == ((100, 60), (399, 249))


def test_the_wheel_turns_by_whole_notches(server: XServer) -> None:
    with connected(server.display) as client, acting(server.display, SCREEN) as act:
        window = Window(client, SCREEN)
        act.injector.put(*[Wheel(0, 40, 5, 5)] * 7, Wheel(-120, 0, 5, 5))
        pressed = window.gets("ButtonPress", count=3)
        assert [button for _, button, _, _ in pressed] == [5, 5, 6]


def test_a_window_is_followed_and_never_clicked_through(server: XServer) -> None:
    with connected(server.display) as client, connected(server.display) as other:
        window = Window(client, Region(0, 0, 200, 100))
        with acting(server.display, Region(0, 0, 200, 100), window.xid) as act:
            window.move(300, 200)
            act.injector.put(Button(0, True, 30, 40), Button(0, False, 30, 40))
            assert window.gets("ButtonPress") == [("ButtonPress", 1, 30, 40)]
            window.gets("ButtonRelease")
            cover = Window(other, Region(250, 150, 400, 300))
            act.injector.put(Button(0, True, 30, 40), Button(0, False, 30, 40))
            eventually(lambda: Obstructed("covered") in act.news, what="it says so")
            assert cover.read("ButtonPress") == []
            act.injector.put(Button(0, True, 31, 40), Button(0, False, 31, 40))
            assert window.gets("ButtonPress", count=2)[-1] == ("ButtonPress", 1, 31, 40)
            assert cover.read("ButtonPress", "ButtonRelease") == []


# --- keys -----------------------------------------------------------------------------------------

TEXT = "The quick brown fox, 12:30 @home? {[~|\\]} #5 'z' \"Y\" <-> 50% (a+b)/2 €äöß çà ñ \n"


def test_what_a_us_page_types_is_what_the_terminal_reads(
    server: XServer, terminal: Terminal
) -> None:
    with acting(server.display, SCREEN) as act:
        for count, layout in enumerate(("us", "de", "fr", "us,ru"), start=1):
            set_layout(server.display, layout)
            act.injector.put(Move(100, 100), *typed(TEXT))
            terminal.reads(TEXT * count)
        assert keys_down(server.display) == set()


NINE = ("us", "de", "fr", "ch", "ru,us", "gr,us", "jp", "kr", "us dvorak")
MIXED = "Az, yq: 'M' @ {~} 30% <é_è> äÖß ñ Ж ώ 你好 한글 😀\n"


def test_a_us_page_is_right_on_nine_layouts(server: XServer, terminal: Terminal) -> None:
    """One row of bench/layouts.py, with characters that most of these layouts lack."""
    with acting(server.display, SCREEN) as act:
        for count, layout in enumerate(NINE, start=1):
            set_layout(server.display, *layout.split())
            act.injector.put(Move(100, 100), *typed(MIXED))
            terminal.reads(MIXED * count)
        assert keys_down(server.display) == set()


def test_caps_lock_at_the_host_changes_no_letter(server: XServer, terminal: Terminal) -> None:
    set_layout(server.display, "fr")
    text = "aB éÉ ñ µ 2 你\n"
    with acting(server.display, SCREEN) as act, connected(server.display) as client:
        hand = InputConnection(server.display)
        hand.xkb.LatchLockState(0x100, LOCK, LOCK, False, 0, 0, False, 0)
        hand.settle()
        hand.close()
        act.injector.put(Move(100, 100), *typed(text), Key(True, PLACES["Digit2"], Mods.NONE, "é"))
        act.injector.put(Key(False, PLACES["Digit2"]), Text("\n"))
        terminal.reads(text + "é\n")
        assert client.core.QueryPointer(client.root).reply().mask & LOCK, "it stays on"


def test_text_that_no_key_has_arrives_in_order(server: XServer, terminal: Terminal) -> None:
    text = "你好，世界！今天天气很好，我们去公园散步吧。😀 ok\n"
    with acting(server.display, SCREEN) as act:
        act.injector.put(Move(100, 100), Text(text))
        terminal.reads(text)


def test_spare_keys_are_given_back(server: XServer) -> None:
    with connected(server.display) as client:
        before = client.core.GetKeyboardMapping(8, 248).reply().keysyms.list
        with acting(server.display, SCREEN) as act:
            window = Window(client, SCREEN)
            act.injector.put(Move(9, 9), Text("你好"))
            window.gets("KeyPress", count=2)
        assert client.core.GetKeyboardMapping(8, 248).reply().keysyms.list == before


def test_the_layout_of_the_testing_device_counts(server: XServer, terminal: Terminal) -> None:
    """As after a login: the hardware has one layout, the device that we type on another one."""
    set_layout(server.display, "de")
    set_layout(server.display, "-device", str(xtest_keyboard(server)), "us")
    with acting(server.display, SCREEN) as act:
        act.injector.put(Move(100, 100), *typed("zy @ ZY ;\n"))
        terminal.reads("zy @ ZY ;\n")


def xtest_keyboard(server: XServer) -> int:
    connection = InputConnection(server.display)
    try:
        assert XKeyboard(connection).layout().keymap.keys
        return connection.devices.keyboard
    finally:
        connection.close()


# --- nothing stays down ---------------------------------------------------------------------------


def test_silence_lets_go_before_the_server_repeats(server: XServer) -> None:
    with connected(server.display) as client, acting(server.display, SCREEN) as act:
        window = Window(client, SCREEN)
        act.injector.put(Move(9, 9), Key(True, KEY_A, Mods.NONE, "a"), Button(0, True, 9, 9))
        window.gets("KeyPress")
        window.gets("KeyRelease")
        window.gets("ButtonRelease")
        assert len(window.read("KeyPress")) == 1
        act.injector.put(Key(False, KEY_A, Mods.NONE, "a"))
        act.injector.put(Button(1, True, 9, 9))
        window.gets("ButtonPress", count=2)
        assert len(window.read("KeyRelease")) == 1


def test_a_server_that_repeats_soon_repeats_no_late_release(server: XServer) -> None:
    """As after `xset r rate 200`, which fast typists like."""
    command = [find_tool("xset"), "-display", server.display, "r", "rate", "200", "40"]
    subprocess.run(command, check=True, timeout=10)
    with connected(server.display) as client, acting(server.display, SCREEN) as act:
        window = Window(client, SCREEN)
        act.injector.put(Move(9, 9), Key(True, KEY_A, Mods.NONE, "a"))
        window.gets("KeyRelease")
        assert len(window.read("KeyPress")) == 1


def test_a_held_key_repeats_while_the_page_says_so(server: XServer) -> None:
    with connected(server.display) as client, acting(server.display, SCREEN) as act:
        window = Window(client, SCREEN)
        act.injector.put(Move(9, 9), Key(True, KEY_A, Mods.NONE, "a"))

        def has_repeated() -> bool:
            act.injector.put(Held(0, frozenset((KEY_A,))))
            return len(window.read("KeyPress")) > 3

        eventually(has_repeated, what="the server repeats it")
        act.injector.put(Held(0, frozenset()))
        eventually(lambda: not keys_down(server.display), what="it is up")


def test_release_and_the_end_let_go(server: XServer) -> None:
    def is_down(key: str) -> bool:
        """Pressed again at each look: a slow look would come after the lease has ended."""
        act.injector.put(Key(True, PLACES[key]))
        return bool(keys_down(server.display))

    with acting(server.display, SCREEN) as act:
        act.injector.put(Move(9, 9), Button(2, True, 9, 9))
        eventually(lambda: is_down("ShiftLeft"), what="Shift is down")
        act.injector.release()
        eventually(lambda: not keys_down(server.display), what="Shift is up", within=200 * MS)
        act.injector.put(Button(0, True, 9, 9))
        eventually(lambda: is_down("ControlLeft"), what="Ctrl is down")
    assert (keys_down(server.display), buttons_down(server.display)) == (set(), 0)


KILLED = """
import os, signal, sys, time
from samescreen.control.events import Button, Key
from samescreen.control.injector import Injector
from samescreen.control.places import PLACES
from samescreen.control.x11 import acting  # not while this thread connects
from samescreen.media import OnDesktop, Region
from tests.control.desk import keys_down

display = sys.argv[1]
injector = Injector(lambda: OnDesktop(display, 0, Region(0, 0, 800, 600)), print)
injector.start()
while not keys_down(display):
    injector.put(Button(0, True, 9, 9), Key(True, PLACES["ControlLeft"]))
    time.sleep(0.01)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_host_held_down_comes_up(server: XServer) -> None:
    command = [sys.executable, "-c", KILLED, server.display]
    killed = subprocess.run(command, env=python_environment(), check=False, timeout=10)
    assert killed.returncode == -signal.SIGKILL
    eventually(lambda: not keys_down(server.display), what="Ctrl is up")
    assert buttons_down(server.display) == 0


def test_what_came_before_the_end_is_carried_out_and_what_was_dropped_is_not(
    server: XServer,
) -> None:
    with connected(server.display) as client:
        window = Window(client, SCREEN)
        with acting(server.display, SCREEN) as act:
            act.injector.put(Move(9, 9), Key(True, KEY_A, Mods.NONE, "a"))
        assert len(window.gets("KeyRelease")) == 1
        with acting(server.display, SCREEN) as act:
            act.injector.put(Move(9, 9), Key(True, KEY_A, Mods.NONE, "a"))
            act.injector.release()
        assert len(window.read("KeyPress")) == 1


def test_what_a_killed_run_left_down_is_lifted(server: XServer) -> None:
    killed = InputConnection(server.display)
    killed.key(38, is_down=True)
    killed.button(1, is_down=True)
    killed.settle()
    killed.close()
    assert keys_down(server.display) == {38}
    with acting(server.display, SCREEN):
        eventually(lambda: not keys_down(server.display), what="it is up")
        eventually(lambda: not buttons_down(server.display), what="the button too")


# --- the person at the machine --------------------------------------------------------------------


@pytest.fixture
def _all_is_hardware(monkeypatch: pytest.MonkeyPatch) -> None:
    """What programs send counts as hardware, which a test cannot touch."""
    find = InputConnection._find_devices

    def none_of_them(self: InputConnection, name: str) -> TestDevices:
        return TestDevices(frozenset(), find(self, name).keyboard)

    monkeypatch.setattr(InputConnection, "_find_devices", none_of_them)


@pytest.mark.usefixtures("_all_is_hardware")
def test_a_hand_at_the_machine_lets_go_what_is_held(server: XServer) -> None:
    with acting(server.display, SCREEN) as act:
        act.injector.put(Key(True, PLACES["ShiftLeft"]))
        eventually(lambda: HandSeen() in act.news, what="it is seen")
        eventually(lambda: not keys_down(server.display), what="Shift is up", within=200 * MS)


@pytest.mark.usefixtures("_all_is_hardware")
def test_three_escapes_at_the_machine_end_it(server: XServer) -> None:
    with acting(server.display, SCREEN) as act:
        act.injector.put(*[Key(is_down, PLACES["Escape"]) for is_down in (True, False)])
        eventually(lambda: HandSeen() in act.news, what="the first was seen")
        assert Escaped() not in act.news
        hand = InputConnection(server.display)
        for _ in range(2):
            hand.key(9, is_down=True)
            hand.key(9, is_down=False)
        hand.settle()
        eventually(lambda: Escaped() in act.news, what="it ends")
        hand.close()


def test_what_programs_send_is_no_hand(server: XServer) -> None:
    with connected(server.display) as client, acting(server.display, SCREEN) as act:
        window = Window(client, SCREEN)
        act.injector.put(Move(9, 9), Key(True, KEY_A, Mods.NONE, "a"))
        window.gets("KeyRelease")
        assert act.news == []
