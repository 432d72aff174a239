"""Which windows are hidden: those of a title, a class or a number, with their menus and dialogs."""

from __future__ import annotations

import pytest

from samescreen.media import Region
from tests.capture.x11.client_window import BLUE, RED, Clients, ClientWindow, clients_on, is_all
from tests.capture.x11.hidden_stage import MASK, PLACE, Hide, count, secret, shown_until
from tests.capture.x11.x_tools import change, settle
from tests.stage.x_server import XServer

pytestmark = pytest.mark.display


def test_a_title_that_changes(clients: Clients, screen: Hide) -> None:
    window = clients.open("News", PLACE)
    source = screen("my bank")
    assert source.waits_for == ("my bank",)
    settle(source)
    window.title("My Bank – Browser")
    window.fill(RED)
    shown_until(source, lambda t: is_all(t, PLACE, MASK))
    window.fill(BLUE)
    window.title("News again")
    shown_until(source, lambda t: is_all(t, PLACE, BLUE))


def test_a_title_change_alone_hides_it_at_once(clients: Clients, screen: Hide) -> None:
    window = clients.open("News", PLACE)
    source = screen("bank")
    settle(source)
    window.title("Bank")
    assert is_all(change(source), PLACE, MASK)


def test_a_class_and_a_number_name_it_too(clients: Clients, screen: Hide) -> None:
    one = secret(clients, "")
    clients.open("x", Region(300, 50, 60, 60), kind=("keys", "KeePass")).fill(RED)
    taken = change(screen("keepass", hex(one.xid)))
    assert not count(taken)
    assert count(taken, MASK) == PLACE.area + 3600


def test_several_windows_are_hidden_and_no_other(clients: Clients, screen: Hide) -> None:
    secret(clients)
    secret(clients, "Other bank", Region(300, 100, 50, 50))
    secret(clients, "Mail", Region(400, 200, 30, 30))
    clients.open("public", Region(0, 0, 40, 40)).fill(BLUE)
    taken = change(screen("bank", "mail"))
    assert not count(taken)
    assert count(taken, MASK) == PLACE.area + 2500 + 900
    assert count(taken, BLUE) == 1600


def test_its_menus_and_dialogs_are_hidden(clients: Clients, screen: Hide) -> None:
    window = secret(clients)
    source = screen("bank")
    settle(source)
    menu = clients.open_menu(Region(250, 60, 60, 90), RED)
    shown_until(source, lambda t: is_all(t, Region(250, 60, 60, 90), MASK))
    dialog = ClientWindow(clients.client, Region(400, 100, 90, 70), title="Sure?", is_shown=False)
    dialog.transient_for(window.xid)
    dialog.fill(RED)
    dialog.show()
    shown_until(source, lambda t: is_all(t, Region(400, 100, 90, 70), MASK))
    menu.close()
    dialog.close()
    taken = shown_until(source, lambda t: count(t, MASK) == PLACE.area)
    assert is_all(taken, PLACE, MASK)


def test_a_menu_of_a_window_that_is_not_shown_is_hidden(clients: Clients, screen: Hide) -> None:
    window = clients.open("News", PLACE)
    source = screen("bank")
    settle(source)
    window.hide()
    window.title("bank")
    clients.open_menu(Region(250, 60, 60, 90), RED)
    shown_until(source, lambda t: is_all(t, Region(250, 60, 60, 90), MASK))


def test_a_menu_of_another_window_is_shown(
    server: XServer, clients: Clients, screen: Hide
) -> None:
    secret(clients)
    public = clients.open("public", Region(300, 100, 100, 100))
    source = screen("bank")
    menu = ClientWindow(
        clients.client, Region(300, 220, 50, 40), is_menu=True, is_shown=False
    )
    menu.transient_for(public.xid)
    menu.fill(BLUE)
    menu.show()
    shown_until(source, lambda t: is_all(t, Region(300, 220, 50, 40), BLUE))


def test_a_window_of_another_program_stays_visible(
    server: XServer, clients: Clients, screen: Hide
) -> None:
    window = secret(clients)
    window.set_pid(4711)
    source = screen("bank")
    with clients_on(server.display) as strangers:
        menu = ClientWindow(
            strangers.client, Region(300, 60, 40, 40), is_menu=True, is_shown=False
        )
        menu.set_pid(4712)
        menu.fill(BLUE)
        menu.show()
        shown_until(source, lambda t: is_all(t, Region(300, 60, 40, 40), BLUE))
