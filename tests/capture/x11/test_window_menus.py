"""A shared window shows its own menus and tooltips, and never another program's."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from samescreen.capture.x11.popup_owner import Program
from samescreen.clock import clock_us
from samescreen.media import Region
from tests.capture.x11.client_window import (
    BACK,
    BLUE,
    RED,
    Clients,
    ClientWindow,
    OpenWindow,
    clients_on,
    is_all,
    rgb,
)
from tests.capture.x11.x_tools import SHORT_US, change, settle
from tests.fakes import union_mask
from tests.stage.census import nothing_leaks
from tests.stage.scene import Colour
from tests.stage.x_server import XServer

pytestmark = pytest.mark.display

GREEN: Colour = (20, 180, 40)
WINDOW = Region(100, 50, 200, 120)
MENU = Region(120, 70, 60, 40)  # on the screen
SHOWN = Region(20, 20, 60, 40)  # in the picture


@pytest.fixture
def strangers(server: XServer) -> Iterator[Clients]:
    """Windows of another connection, like those of another program."""
    with clients_on(server.display) as opened:
        yield opened


@pytest.fixture
def window(clients: Clients) -> ClientWindow:
    return clients.open("office", WINDOW)


def test_a_menu_is_drawn_while_it_is_shown(
    clients: Clients, window: ClientWindow, share: OpenWindow
) -> None:
    source = share("office")
    settle(source)
    menu = clients.open_menu(MENU, RED)
    taken = change(source)
    while not is_all(taken, SHOWN, RED):
        taken = change(source)
    assert is_all(taken, Region(0, 0, 200, 20), BACK)
    settle(source)
    menu.rect(Region(5, 5, 10, 10), BLUE)
    taken = change(source)
    touched = union_mask(120, 200, taken.damage.regions)
    assert touched[25:35, 25:35].all()
    assert not touched[64:].any(), "the menu's change and nothing else"
    assert is_all(taken, Region(25, 25, 10, 10), BLUE)
    settle(source)
    menu.move(150, 90)
    taken = change(source)
    assert is_all(taken, Region(50, 40, 5, 5), RED)
    assert is_all(taken, Region(20, 20, 30, 20), BACK), "it has left nothing behind"
    settle(source)
    menu.hide()
    taken = change(source)
    assert is_all(taken, taken.bounds, BACK)
    settle(source)
    menu.show()
    assert not is_all(change(source), Region(50, 40, 60, 40), BACK)


def test_a_menu_that_was_there_before_is_drawn(
    clients: Clients, window: ClientWindow, share: OpenWindow
) -> None:
    clients.open_menu(MENU, RED)
    assert is_all(change(share("office")), SHOWN, RED)


def test_the_part_outside_the_window_is_cut_off(
    clients: Clients, window: ClientWindow, share: OpenWindow
) -> None:
    clients.open_menu(Region(280, 150, 80, 90), RED)
    clients.open_menu(Region(60, 20, 60, 50), BLUE)
    clients.open_menu(Region(400, 300, 50, 50), GREEN)  # beside it
    taken = change(share("office"))
    assert taken.pixels.shape == (120, 200, 4)
    assert is_all(taken, Region(180, 100, 20, 20), RED)
    assert is_all(taken, Region(0, 0, 20, 20), BLUE)
    assert is_all(taken, Region(20, 0, 160, 100), BACK)


def test_menus_move_with_the_window_and_stay_in_order(
    clients: Clients, window: ClientWindow, share: OpenWindow
) -> None:
    menu = clients.open_menu(MENU, RED)
    clients.open_menu(Region(140, 80, 60, 40), BLUE)
    source = share("office")
    taken = change(source)
    assert is_all(taken, Region(40, 30, 60, 40), BLUE)
    assert is_all(taken, Region(20, 20, 20, 40), RED)
    settle(source)
    window.move(110, 60)
    taken = change(source)
    assert is_all(taken, Region(30, 20, 60, 40), BLUE)
    assert is_all(taken, Region(10, 10, 20, 40), RED)
    menu.resize(20, 10)
    settle(source)
    window.rect(Region(0, 0, 5, 5), GREEN)
    taken = change(source)
    assert is_all(taken, Region(10, 20, 20, 30), BACK)


def test_covered_by_another_program_a_menu_is_whole(
    clients: Clients, strangers: Clients, window: ClientWindow, share: OpenWindow
) -> None:
    menu = clients.open_menu(MENU, RED)
    strangers.open_menu(Region(0, 0, 640, 360), BLUE)
    source = share("office")
    taken = change(source)
    assert not (rgb(taken) == BLUE).all(axis=2).any()
    menu.fill(GREEN)
    assert is_all(change(source), SHOWN, GREEN)


@pytest.mark.parametrize("claim", ["none", "transient", "leader"])
def test_a_menu_of_another_program_is_never_drawn(
    clients: Clients, strangers: Clients, window: ClientWindow, share: OpenWindow, claim: str
) -> None:
    window.set_pid(1234)
    window.set_leader(window.xid)
    menu = strangers.open_menu(Region(0, 0, 1, 1), RED)
    menu.hide()
    menu.set_pid(4321)
    if claim == "transient":
        menu.transient_for(window.xid)
    if claim == "leader":
        menu.set_leader(window.xid)
    source = share("office")
    settle(source)
    menu.move(120, 70)
    menu.resize(60, 40)
    menu.show()
    menu.fill(RED)
    assert source.grab(clock_us() + SHORT_US) is None
    window.rect(Region(0, 0, 5, 5), BLUE)
    assert not (rgb(change(source)) == RED).all(axis=2).any()


def test_a_menu_of_the_program_by_another_connection_is_drawn(
    strangers: Clients, window: ClientWindow, share: OpenWindow
) -> None:
    window.set_pid(1234)
    menu = strangers.open_menu(MENU, RED)
    menu.hide()
    menu.set_pid(1234)
    menu.show()
    assert is_all(change(share("office")), Region(25, 25, 50, 30), RED)


@pytest.mark.parametrize("by", ["transient", "focus", "place"])
def test_a_menu_of_the_programs_other_window_is_not_drawn(
    clients: Clients, window: ClientWindow, share: OpenWindow, by: str
) -> None:
    place = Region(100, 50, 100, 120) if by != "place" else Region(150, 50, 200, 120)
    other = clients.open("other", place)
    menu = clients.open_menu(Region(160, 70, 150, 40), RED)
    menu.hide()
    if by == "transient":
        window.focus()
        menu.transient_for(other.xid)
    if by == "focus":
        other.focus()
    menu.show()
    taken = change(share("office"))
    assert not (rgb(taken) == RED).all(axis=2).any()


@pytest.mark.parametrize("kind", ["NOTIFICATION", "DOCK", "DESKTOP"])
def test_a_notification_of_the_program_is_not_a_menu(
    clients: Clients, window: ClientWindow, share: OpenWindow, kind: str
) -> None:
    """A browser draws the notifications of all its pages itself."""
    message = clients.open_menu(MENU, RED)
    message.hide()
    message.set_type(f"_NET_WM_WINDOW_TYPE_{kind}")
    message.show()
    taken = change(share("office"))
    assert not (rgb(taken) == RED).all(axis=2).any()


def test_a_submenu_belongs_to_its_menus_window(
    clients: Clients, window: ClientWindow, share: OpenWindow
) -> None:
    other = clients.open("other", WINDOW)
    other.focus()
    menu = clients.open_menu(MENU, RED)
    sub = clients.open_menu(Region(180, 70, 60, 40), BLUE)
    for each, parent in ((menu, window), (sub, menu)):
        each.hide()
        each.transient_for(parent.xid)
        each.show()
    taken = change(share("office"))
    assert is_all(taken, SHOWN, RED)
    assert is_all(taken, SHOWN.moved(60, 0), BLUE)


def test_a_shaped_menu_and_one_with_a_border(
    clients: Clients, window: ClientWindow, share: OpenWindow
) -> None:
    menu = clients.open_menu(MENU, RED)
    menu.cut(Region(10, 0, 30, 40))
    clients.open_menu(Region(200, 70, 20, 20), BLUE, border=3)
    taken = change(share("office"))
    assert is_all(taken, Region(30, 20, 30, 40), RED)
    assert is_all(taken, Region(20, 20, 10, 40), BACK)
    assert is_all(taken, Region(60, 20, 20, 40), BACK)
    assert is_all(taken, Region(103, 23, 20, 20), BLUE)
    assert is_all(taken, Region(100, 20, 26, 3), (0, 0, 0))


@pytest.mark.parametrize("has_compositor", [True, False])
def test_a_menu_with_alpha_is_blended_where_the_screen_blends_it(
    clients: Clients, window: ClientWindow, share: OpenWindow, has_compositor: bool
) -> None:
    if has_compositor:
        window.composite()
    menu = clients.open_menu(MENU, RED, depth=32)
    menu.rect(Region(0, 0, 60, 20), (100, 15, 10), alpha=128)
    menu.rect(Region(0, 20, 60, 20), RED)
    taken = change(share("office"))
    red, green, blue = ((b * 127 + 127) // 255 for b in BACK)
    mixed = (100 + red, 15 + green, 10 + blue)
    assert is_all(taken, Region(20, 20, 60, 20), mixed if has_compositor else (100, 15, 10))
    assert is_all(taken, Region(20, 40, 60, 20), RED)


def test_the_damage_adds_up_to_the_picture(
    clients: Clients, window: ClientWindow, share: OpenWindow
) -> None:
    source = share("office")
    random = np.random.default_rng(5)
    shown = change(source).pixels.copy()
    menus: list[ClientWindow] = []
    for step in range(40):
        x, y, w, h = (int(n) for n in random.integers(1, 150, 4))
        match int(random.integers(0, 5)):
            case 0:
                menus.append(clients.open_menu(Region(80 + x, 40 + y, w, h), (step, w, h)))
            case 1 if menus:
                menus.pop(int(random.integers(0, len(menus)))).close()
            case 2 if menus:
                menus[-1].move(80 + x, 40 + y)
            case 3 if menus:
                menus[0].rect(Region(0, 0, w, h), (h, step, w))
            case _:
                window.rect(Region(x, y, w, h), (w, h, step))
        taken = source.grab(clock_us() + SHORT_US)
        if taken is None:
            continue
        touched = union_mask(120, 200, taken.damage.regions)
        shown[touched] = taken.pixels[touched]
        assert (shown[:, :, :3] == taken.pixels[:, :, :3]).all(), f"at step {step}"


def test_menus_of_an_unwatched_window_come_and_go(
    clients: Clients, window: ClientWindow, share: OpenWindow
) -> None:
    with nothing_leaks():
        source = share("office")
        settle(source)
        for _ in range(10):
            menu = clients.open_menu(MENU, RED)
            source.rest()
            menu.close()
            source.rest()
        clients.open_menu(MENU, BLUE)
        source.rest()
        settle(source)
        window.rect(Region(0, 0, 5, 5), RED)
        assert is_all(change(source), SHOWN, BLUE)
        source.dispose()


def program(client: int = 1, server_pid: int = 9, pid: int = 5, leader: int = 0) -> Program:
    return Program(client, server_pid, pid, "here", leader)


@pytest.mark.parametrize(
    ("other", "is_one"),
    [
        (program(pid=0), True),
        (program(client=2), True),
        (program(client=2, server_pid=8), False),  # sandboxes number their processes alike
        (program(client=2, server_pid=0), False),
        (program(client=2, pid=6), False),  # both through one ssh
        (program(client=2, pid=0), False),
        (program(client=2, pid=0, leader=7), True),
        (program(client=2, pid=6, leader=7), False),
        (Program(2, 9, 5, "there", 7), False),
    ],
)
def test_evidence_that_two_windows_belong_to_one_program(other: Program, is_one: bool) -> None:
    ours = program(leader=7)
    assert ours.is_surely(other) == is_one
    assert other.is_surely(ours) == is_one
