"""A window to hide is in no picture: not while it moves, opens, closes, or is renamed."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from samescreen.capture.base import Source
from samescreen.capture.hiding import MASK_BGRX
from samescreen.capture.x11.canvas import Canvas, Rows
from samescreen.capture.x11.hidden_windows import PLAIN_US
from samescreen.capture.x11.screen import X11Region
from samescreen.capture.x11.window import X11Window
from samescreen.clock import clock_us
from samescreen.media import Region
from tests.capture.x11.client_window import BACK, BLUE, RED, Clients, ClientWindow, is_all
from tests.capture.x11.hidden_stage import MASK, PLACE, Hide, count, red, secret, shown_until, visit
from tests.capture.x11.x_tools import SHORT_US, change, move_pointer, settle
from tests.stage.x_server import XServer

pytestmark = pytest.mark.display

PICTURES = 15


def grab_while(source: Source, clients: Clients, *acts: Callable[[], object]) -> int:
    """How many pixels of the secret pictures show while a thread repeats the acts.

    A window in the corner changes with each act, so that there is always a new picture.
    """
    stopped = threading.Event()
    ticker = clients.open("ticker", Region(610, 330, 30, 30))

    def run() -> None:
        for number, act in enumerate(itertools.cycle(acts)):
            if stopped.is_set():
                return
            act()
            ticker.fill((0, number % 256, 255))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        return sum(count(change(source)) for _ in range(PICTURES))
    finally:
        stopped.set()
        thread.join()


def test_it_is_a_mask_from_the_first_picture_on(clients: Clients, screen: Hide) -> None:
    secret(clients)
    taken = change(screen("bank"))
    assert is_all(taken, PLACE, MASK)
    assert count(taken, MASK) == PLACE.area


def test_no_picture_shows_it_while_it_is_dragged_about(clients: Clients, screen: Hide) -> None:
    window = secret(clients)
    clients.open("below", Region(0, 0, 640, 360)).lower()
    source = screen("My Bank")
    places = [(abs(5 * n % 800 - 400), abs(3 * n % 400 - 200)) for n in range(400)]
    moves = (partial(window.move, *at) for at in places)
    assert grab_while(source, clients, *moves) == 0


def test_no_picture_shows_windows_that_open_and_close(clients: Clients, screen: Hide) -> None:
    source = screen("bank")

    def flash() -> None:
        window = secret(clients)
        window.move(300, 200)
        window.close()

    assert grab_while(source, clients, flash) == 0


def test_no_picture_shows_it_in_a_frame(clients: Clients, screen: Hide) -> None:
    frame = clients.open("", Region(100, 100, 140, 110), border=3)
    window = secret(clients)
    source = screen("bank")

    window.put_into(frame, 10, 20)
    taken = shown_until(source, lambda t: count(t, MASK) > PLACE.area)
    assert is_all(taken, Region(100, 100, 146, 116), MASK), "the frame with its border"

    acts = (
        partial(window.take_out, 50, 60),
        partial(window.put_into, frame, 10, 20),
        partial(frame.move, 130, 140),
        frame.hide,
        frame.show,
    )
    assert grab_while(source, clients, *acts) == 0


ACTS: dict[str, Callable[[ClientWindow, Clients], object]] = {
    "moves": lambda window, clients: window.move(300, 100),
    "grows": lambda window, clients: window.resize(300, 200),
    "opens": lambda window, clients: secret(clients, place=Region(300, 100, 50, 50)),
    "is named": lambda window, clients: red(clients, "News").title("bank"),
    "opens a menu": lambda window, clients: clients.open_menu(Region(300, 9, 50, 50), RED),
    "visits a frame": lambda window, clients: visit(window, clients, at=(300, 100)),
    "flashes": lambda window, clients: secret(clients, place=Region(300, 100, 50, 50)).close(),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_nothing_is_seen_of_what_happens_while_the_screen_is_read(
    clients: Clients,
    screen: Hide,
    act: Callable[[ClientWindow, Clients], object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window, below = secret(clients), clients.open("below", Region(0, 0, 640, 360))
    below.lower()
    source = screen("bank")
    settle(source)
    read = Canvas.read
    acts = [lambda: act(window, clients)]

    def reads(canvas: Canvas, rows: Rows) -> None:
        while acts:
            acts.pop()()
        read(canvas, rows)

    monkeypatch.setattr(Canvas, "read", reads)
    below.fill(BLUE)
    assert not count(change(source))
    assert not acts


def test_places_between_are_not_seen_either(
    clients: Clients, screen: Hide, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window is elsewhere only while the rows there are read."""
    window, below = secret(clients), clients.open("below", Region(0, 0, 640, 360))
    below.lower()
    source = screen("bank")
    settle(source)
    read = Canvas.read

    def reads(canvas: Canvas, rows: Rows) -> None:
        window.move(300, 200)
        read(canvas, rows)
        window.move(PLACE.x, PLACE.y)

    monkeypatch.setattr(Canvas, "read", reads)
    below.fill(BLUE)
    assert not count(change(source))


def test_a_frame_that_it_visits_is_not_seen(
    clients: Clients, screen: Hide, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window is in the frame, or on the desktop, only while the rows there are read."""
    window, below = secret(clients), clients.open("below", Region(0, 0, 640, 360))
    frame = clients.open("", Region(300, 100, 140, 110))
    below.lower()
    source = screen("bank")
    settle(source)
    read = Canvas.read

    def visits(canvas: Canvas, rows: Rows) -> None:
        window.put_into(frame, 10, 20)
        read(canvas, rows)
        window.take_out(PLACE.x, PLACE.y)

    def leaves(canvas: Canvas, rows: Rows) -> None:
        window.take_out(30, 200)
        read(canvas, rows)
        window.put_into(frame, 10, 20)

    for reads in (visits, leaves):
        monkeypatch.setattr(Canvas, "read", reads)
        below.fill(BLUE)
        assert not count(change(source))
        monkeypatch.setattr(Canvas, "read", read)
        settle(source)
        below.fill(BACK)
        settle(source)


def test_a_report_that_a_client_forges_uncovers_nothing(clients: Clients, screen: Hide) -> None:
    window = secret(clients)
    source = screen("bank")
    settle(source)
    window.forge_unmap()
    until_us = clock_us() + 2 * PLAIN_US
    while clock_us() < until_us:
        assert source.grab(until_us) is None


def test_what_it_uncovers_is_painted_again(clients: Clients, screen: Hide) -> None:
    below = clients.open("below", Region(0, 0, 640, 360))
    below.fill(BLUE)
    below.lower()
    window = secret(clients)
    source = screen("bank")
    settle(source)
    window.move(400, 200)
    moved = Region(400, 200, 120, 80)
    taken = shown_until(source, lambda t: is_all(t, PLACE, BLUE))
    assert is_all(taken, moved, MASK)
    settle(source)
    below.fill(BACK)
    taken = shown_until(source, lambda t: is_all(t, PLACE, BACK))
    window.close()
    taken = shown_until(source, lambda t: is_all(t, moved, BACK))
    assert not count(taken, MASK)


def test_a_change_inside_it_is_no_picture(clients: Clients, screen: Hide) -> None:
    window = secret(clients)
    source = screen("bank")
    settle(source)
    window.rect(Region(10, 10, 30, 30), BLUE)
    assert source.grab(clock_us() + SHORT_US) is None
    move = clients.open("public", Region(400, 50, 50, 50))
    taken = change(source)
    assert not count(taken, BLUE)
    del move


def test_the_pointer_is_not_seen_over_it(
    server: XServer, clients: Clients, screen: Hide
) -> None:
    secret(clients)
    source = screen("bank")
    settle(source)
    move_pointer(server, 150, 90)
    taken = change(source)
    assert is_all(taken, PLACE, MASK)
    settle(source)
    move_pointer(server, 160, 100)
    assert source.grab(clock_us() + SHORT_US) is None


def test_a_minimised_window_has_no_hole_until_it_appears(clients: Clients, screen: Hide) -> None:
    window = secret(clients)
    window.hide()
    source = screen("bank")
    assert source.waits_for == ()
    assert not count(change(source), MASK)
    settle(source)
    window.show()
    assert is_all(shown_until(source, lambda t: count(t, MASK) > 0), PLACE, MASK)
    window.hide()
    shown_until(source, lambda t: not count(t, MASK))


def test_the_mask_follows_a_screen_that_is_resized(
    server: XServer, clients: Clients, screen: Hide
) -> None:
    window = secret(clients)
    source = screen("bank")
    settle(source)
    server.resize(320, 200)
    taken = shown_until(source, lambda t: t.size == (320, 200))
    assert is_all(taken, PLACE, MASK)
    window.move(250, 150)
    server.resize(640, 360)
    taken = shown_until(source, lambda t: t.size == (640, 360))
    assert is_all(taken, Region(250, 150, 120, 80), MASK)


def test_a_region_of_the_desktop_hides_it_too(
    server: XServer, clients: Clients, screen: Hide
) -> None:
    secret(clients)
    part = X11Region(Region(150, 60, 300, 200), server.display)
    taken = change(screen("bank", source=part))
    assert not count(taken)
    assert is_all(taken, Region(0, 0, 70, 70), MASK)


def test_a_hidden_region_stays_a_mask(server: XServer, clients: Clients, screen: Hide) -> None:
    below = clients.open("below", Region(0, 0, 640, 360))
    part = X11Region(Region(100, 100, 300, 200), server.display)
    source = screen(source=part, regions="110,120,30,40")
    masked = Region(10, 20, 30, 40)
    assert is_all(change(source), masked, MASK)
    below.fill(RED)
    taken = change(source)
    assert is_all(taken, masked, MASK)
    assert count(taken) == 300 * 200 - 1200
    settle(source)
    below.rect(Region(112, 125, 10, 10), BLUE)
    assert source.grab(clock_us() + SHORT_US) is None


def test_the_shared_window_itself_may_be_to_hide(
    server: XServer, clients: Clients, screen: Hide
) -> None:
    window = clients.open("Editor", PLACE)
    source = screen("bank", source=X11Window("Editor", server.display), regions="5,6,7,8")
    taken = change(source)
    assert is_all(taken, Region(5, 6, 7, 8), MASK), "in the picture's coordinates"
    assert count(taken, MASK) == 56
    settle(source)
    window.title("bank")
    taken = change(source)
    assert is_all(taken, taken.bounds, MASK)


def test_a_covered_window_is_shared_without_holes(
    server: XServer, clients: Clients, screen: Hide
) -> None:
    clients.open("Editor", PLACE).fill(BLUE)
    source = screen("bank", source=X11Window("Editor", server.display))
    settle(source)
    secret(clients, "bank", PLACE.moved(20, 20))
    editor = source.grab(clock_us() + SHORT_US)
    assert editor is None or not count(editor, MASK)


def test_a_hidden_menu_of_a_shared_window(
    server: XServer, clients: Clients, screen: Hide
) -> None:
    clients.open("Editor", PLACE)
    source = screen("bank", source=X11Window("Editor", server.display))
    settle(source)
    clients.open_menu(Region(120, 70, 30, 20), RED, title="Bank")
    taken = shown_until(source, lambda t: count(t, MASK) > 0)
    assert is_all(taken, Region(20, 20, 30, 20), MASK)


def test_masks_are_flat(clients: Clients, screen: Hide) -> None:
    secret(clients)
    taken = change(screen("bank"))
    part = taken.pixels[PLACE.y : PLACE.bottom, PLACE.x : PLACE.right]
    assert np.unique(part.reshape(-1, 4), axis=0).tolist() == [list(MASK_BGRX)]
