"""When the window that is shared is hidden, closed, gone with its client, and back again."""

from __future__ import annotations

import pytest

from samescreen.errors import SourceLost, SourceUnavailable
from samescreen.media import Region
from tests.capture.x11.client_window import (
    BACK,
    BLUE,
    RED,
    Clients,
    OpenWindow,
    clients_on,
    is_all,
)
from tests.capture.x11.x_tools import change, settle
from tests.stage.x_server import XServer

pytestmark = pytest.mark.display


def test_a_minimised_window_gives_the_reason_and_comes_back(
    clients: Clients, share: OpenWindow
) -> None:
    window = clients.open("yo-yo", Region(0, 0, 200, 100))
    source = share("yo-yo")
    settle(source)
    window.hide()
    with pytest.raises(SourceLost, match="minimised or hidden; its picture comes back"):
        settle(source)
    source.close()
    with pytest.raises(SourceLost, match="minimised or hidden"):
        source.open()
    window.title("another title, as browsers have with every page")
    window.show()
    window.rect(Region(0, 0, 200, 100), RED)
    source.open()
    assert is_all(change(source), Region(0, 0, 200, 100), RED)


def test_hidden_and_shown_between_two_pictures(clients: Clients, share: OpenWindow) -> None:
    window = clients.open("blink", Region(0, 0, 200, 100))
    source = share("blink")
    window.rect(Region(0, 0, 200, 100), RED)
    settle(source)
    window.hide()
    window.show()
    window.rect(Region(50, 50, 10, 10), BLUE)
    taken = change(source)
    assert is_all(taken, Region(50, 50, 10, 10), BLUE)
    assert is_all(taken, Region(0, 0, 200, 50), BACK), "shown anew it is empty at first"
    window.rect(Region(0, 0, 5, 5), RED)
    assert is_all(change(source), Region(0, 0, 5, 5), RED)


def test_the_end_of_an_unwatched_window_is_noticed(clients: Clients, share: OpenWindow) -> None:
    window = clients.open("alone")
    source = share("alone")
    source.rest()
    window.hide()
    with pytest.raises(SourceLost, match="minimised"):
        source.rest()
    window.show()
    source.rest()
    window.close()
    with pytest.raises(SourceLost, match="was closed"):
        source.rest()


def test_after_closing_another_window_of_the_name_is_shared(
    clients: Clients, share: OpenWindow
) -> None:
    window = clients.open("phoenix one")
    source = share("phoenix")
    settle(source)
    window.close()
    with pytest.raises(SourceLost, match="the window was closed; another that 'phoenix' names"):
        settle(source)
    source.close()
    with pytest.raises(SourceLost, match="was closed"):
        source.open()
    clients.open("phoenix two", Region(0, 0, 50, 50))
    source.open()
    assert change(source).pixels.shape == (50, 50, 4)
    assert source.label == "window phoenix two 50×50"


def test_after_closing_several_windows_of_the_name_are_refused(
    clients: Clients, share: OpenWindow
) -> None:
    window = clients.open("hydra")
    source = share("hydra")
    window.close()
    source.close()
    for head in "ab":
        clients.open(f"hydra {head}")
    with pytest.raises(SourceUnavailable, match="2 windows match 'hydra'"):
        source.open()


def test_a_closed_windows_number_does_not_match_again(clients: Clients, share: OpenWindow) -> None:
    window = clients.open("once", kind=("once", "Once"))
    source = share(f"0x{window.xid:x}")
    settle(source)
    window.close()
    with pytest.raises(SourceUnavailable, match="^the window was closed$"):
        settle(source)
    source.close()
    with pytest.raises(SourceUnavailable, match="^the window was closed$"):
        source.open()


def test_a_client_that_dies_has_closed_its_window(server: XServer, share: OpenWindow) -> None:
    with clients_on(server.display) as dying:
        dying.open("mayfly")
        source = share("mayfly")
        settle(source)
    with pytest.raises(SourceLost, match="the window was closed"):
        settle(source)


def test_a_server_that_goes_away_says_so(
    server: XServer, clients: Clients, share: OpenWindow
) -> None:
    clients.open("gone")
    source = share("gone")
    settle(source)
    server.kill()
    with pytest.raises(SourceLost, match="the X server went away"):
        settle(source)
