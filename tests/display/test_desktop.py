"""Windows and sizes on a real X server (Xvfb)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from samescreen.errors import DisplayError
from samescreen.media import FITS_PROPERTY, ROOM_MESSAGE
from tests.conftest import StartXServer
from tests.stage.timing import MS, eventually

if sys.platform != "linux":
    pytest.skip("X11 only", allow_module_level=True)

import xcffib
import xcffib.xproto as x
import xcffib.xtest

from samescreen.display.desktop import Desktop
from samescreen.display.size import Size
from samescreen.display.x_connection import XConnection


class Program:
    """A client that shows windows."""

    def __init__(self, display: str) -> None:
        self.x = XConnection(display)

    def show(self, width: int, height: int, **properties: tuple[str, list[int]]) -> int:
        xid = int(self.x.connection.generate_id())
        kind = x.WindowClass.InputOutput
        shape = (40, 30, width, height, 2)
        self.x.core.CreateWindow(0, xid, self.x.root, *shape, kind, 0, 0, [])
        for name, (of_type, numbers) in properties.items():
            self.x.set_numbers(xid, name, of_type, numbers)
        self.x.core.MapWindow(xid)
        self.x.connection.flush()
        return xid

    def shape(self, xid: int) -> tuple[int, int, int, int]:
        shape = self.x.core.GetGeometry(xid).reply()
        return shape.x, shape.y, shape.width, shape.height

    def children(self) -> list[int]:
        """All windows, the topmost last."""
        return list(self.x.core.QueryTree(self.x.root).reply().children)

    def focus(self) -> int:
        return int(self.x.core.GetInputFocus().reply().focus)

    def ask_for_room(self, width: int, height: int) -> None:
        words = x.ClientMessageData.synthetic([width, height, 0, 0, 0], "5I")
        kind = self.x.atom(ROOM_MESSAGE)
        message = x.ClientMessageEvent.synthetic(32, self.x.root, kind, words)
        mask = x.EventMask.SubstructureNotify | x.EventMask.StructureNotify
        self.x.core.SendEvent(False, self.x.root, mask, message.pack())
        self.x.connection.flush()


@pytest.fixture
def display(x_server: StartXServer) -> str:
    return x_server(1000, 700).display


@pytest.fixture
def program(display: str) -> Iterator[Program]:
    program = Program(display)
    yield program
    program.x.connection.disconnect()


@contextmanager
def opened(display: str, *, dpi: int = 96, follows: bool = True) -> Iterator[Desktop]:
    desktop = Desktop(display, Size(800, 601), dpi, follows=follows, manages=True)
    desktop.start(lambda: None)
    yield desktop
    desktop.close()


@pytest.fixture
def desktop(display: str) -> Iterator[Desktop]:
    with opened(display) as desktop:
        yield desktop


def test_a_window_fills_the_screen_and_has_the_keyboard(
    desktop: Desktop, program: Program
) -> None:
    xid = program.show(200, 100)
    eventually(lambda: program.shape(xid) == (0, 0, 800, 601), what="it fills the screen")
    eventually(lambda: program.focus() == xid, what="it has the focus")
    assert desktop.window_count() == 1
    assert program.x.numbers(program.x.root, "_NET_CLIENT_LIST") == (xid,)


def test_windows_follow_the_size_of_the_screen(desktop: Desktop, program: Program) -> None:
    xid = program.show(200, 100)
    program.ask_for_room(333, 222)
    program.ask_for_room(641, 377)
    eventually(lambda: program.x.size() == (641, 377), what="the new size")
    eventually(lambda: program.shape(xid) == (0, 0, 641, 377), what="the window follows")


def test_no_display_is_larger_than_the_server_can_do_or_too_small_to_use(
    desktop: Desktop, program: Program
) -> None:
    assert desktop.most == Size(1000, 700)
    program.ask_for_room(9000, 9000)
    eventually(lambda: program.x.size() == (1000, 700), what="the largest size")
    program.ask_for_room(1, 1)
    eventually(lambda: program.x.size() == (320, 200), what="the smallest size")


def test_a_dense_display_has_more_pixels_for_the_same_room(display: str, program: Program) -> None:
    with opened(display, dpi=144):
        program.ask_for_room(400, 300)
        eventually(lambda: program.x.size() == (600, 450), what="one and a half times the room")


def test_a_display_of_fixed_size_does_not_say_that_it_fits(display: str, program: Program) -> None:
    with opened(display, follows=False):
        assert program.x.size() == (800, 601)
        assert program.x.numbers(program.x.root, FITS_PROPERTY) == ()
        program.ask_for_room(400, 300)
        xid = program.show(10, 10)
        eventually(lambda: program.shape(xid) == (0, 0, 800, 601), what="the same size")


def test_a_dialog_lies_in_the_middle_and_gives_the_keyboard_back(
    desktop: Desktop, program: Program
) -> None:
    main = program.show(200, 100)
    dialog = program.show(300, 101, WM_TRANSIENT_FOR=("WINDOW", [main]))
    eventually(lambda: program.shape(dialog) == (250, 250, 300, 101), what="it is in the middle")
    eventually(lambda: program.focus() == dialog, what="it has the focus")
    program.x.core.DestroyWindow(dialog)
    eventually(lambda: program.focus() == main, what="the focus returns")


def test_a_dialog_may_move_also_off_the_edge_and_other_windows_may_not(
    desktop: Desktop, program: Program
) -> None:
    place = x.ConfigWindow.X | x.ConfigWindow.Y | x.ConfigWindow.Width
    main = program.show(200, 100)
    dialog = program.show(300, 101, WM_TRANSIENT_FOR=("WINDOW", [main]))
    eventually(lambda: program.focus() == dialog, what="both are shown")
    for window in (main, dialog):
        program.x.core.ConfigureWindow(window, place, [-10, -20, 222])
    eventually(lambda: program.shape(dialog) == (-10, -20, 222, 101), what="the dialog moves")
    assert program.shape(main) == (0, 0, 800, 601)


def test_a_click_raises_a_window_and_reaches_it(desktop: Desktop, program: Program) -> None:
    main = program.show(200, 100)
    dialogs = [program.show(100, 80, WM_TRANSIENT_FOR=("WINDOW", [main])) for _ in range(2)]
    eventually(lambda: program.focus() == dialogs[1], what="the second has the focus")
    program.x.core.ConfigureWindow(dialogs[0], x.ConfigWindow.X, [10])
    pressed = [x.EventMask.ButtonPress]
    program.x.core.ChangeWindowAttributes(dialogs[0], x.CW.EventMask, pressed)
    eventually(lambda: program.shape(dialogs[0])[0] == 10, what="the first lies beside it")
    clicks = program.x.connection(xcffib.xtest.key)
    for _ in range(2):
        clicks.FakeInput(6, 0, 0, program.x.root, 20, 300, 0)  # a motion
        for kind in (4, 5):  # press, release
            clicks.FakeInput(kind, 1, 0, 0, 0, 0, 0)
        eventually(lambda: program.focus() == dialogs[0], what="the first has the focus")
    seen = [eventually(program.x.next_event, what="a click") for _ in range(2)]
    assert all(isinstance(event, x.ButtonPressEvent) for event in seen)


def test_a_window_that_fills_the_screen_never_hides_a_dialog(
    desktop: Desktop, program: Program
) -> None:
    main = program.show(200, 100)
    dialog = program.show(100, 80, WM_TRANSIENT_FOR=("WINDOW", [main]))
    eventually(lambda: program.focus() == dialog, what="the dialog is shown")
    other = program.show(200, 100)
    eventually(lambda: program.focus() == other, what="the other one has the focus")
    stacked = [each for each in program.children() if each in (main, dialog, other)]
    assert stacked == [main, other, dialog]


def test_a_window_of_fixed_size_is_not_stretched(desktop: Desktop, program: Program) -> None:
    hints = [(1 << 4) | (1 << 5), 0, 0, 0, 0, 200, 100, 200, 100, *[0] * 9]
    xid = program.show(200, 100, WM_NORMAL_HINTS=("WM_SIZE_HINTS", hints))
    eventually(lambda: program.shape(xid) == (300, 250, 200, 100), what="it is in the middle")


def test_a_second_window_manager_cannot_begin(desktop: Desktop, display: str) -> None:
    with pytest.raises(DisplayError, match="another window manager"), opened(display):
        pass


def test_a_server_that_dies_is_reported(x_server: StartXServer) -> None:
    server = x_server(640, 480)
    desktop = Desktop(server.display, Size(400, 300), 96, follows=True, manages=True)
    changed: list[bool] = []
    desktop.start(lambda: changed.append(True))
    server.kill()
    assert eventually(lambda: changed, what="the report", within=2000 * MS)
    desktop.close()
