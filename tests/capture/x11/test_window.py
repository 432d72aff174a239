"""A single window as a source: covered, moved, resized, hidden, closed, and opened again."""

from __future__ import annotations

import numpy as np
import pytest
import xcffib
import xcffib.composite
import xcffib.res

from samescreen.capture.x11.window import X11Window
from samescreen.clock import clock_us
from samescreen.errors import CaptureError, SourceLost, SourceUnavailable
from samescreen.media import Damage, Frame, Region
from tests.capture.x11.client_window import (
    BACK,
    BLUE,
    RED,
    Clients,
    OpenWindow,
    clients_on,
    is_all,
    rgb,
)
from tests.capture.x11.x_tools import SHORT_US, change, move_pointer, settle
from tests.conftest import StartXServer
from tests.fakes import union_mask
from tests.stage.census import nothing_leaks
from tests.stage.x_client import connected
from tests.stage.x_server import XServer

pytestmark = pytest.mark.display

def test_the_first_grab_is_the_whole_window(clients: Clients, share: OpenWindow) -> None:
    window = clients.open("A letter", Region(50, 40, 201, 99))
    window.rect(Region(10, 20, 30, 5), RED)
    source = share("letter")
    first = change(source)
    assert first.damage == Damage.of(Region(0, 0, 201, 99))
    assert is_all(first, Region(10, 20, 30, 5), RED)
    assert is_all(first, Region(0, 25, 201, 74), BACK)
    assert source.label == "window A letter 201×99"
    assert source.notes == ()


def test_covered_and_off_the_screen_it_is_whole(clients: Clients, share: OpenWindow) -> None:
    window = clients.open("below", Region(50, 40, 200, 100))
    source = share("below")
    settle(source)
    clients.open("above", Region(0, 0, 640, 360)).rect(Region(0, 0, 640, 360), BLUE)
    assert source.grab(clock_us() + SHORT_US) is None, "what covers it is not its picture"
    window.rect(Region(70, 40, 20, 10), RED)
    taken = change(source)
    assert taken.damage == Damage.of(Region(64, 32, 32, 32))
    assert is_all(taken, Region(70, 40, 20, 10), RED)
    window.move(600, -70)
    window.rect(Region(0, 0, 10, 10), BLUE)
    taken = change(source)
    assert is_all(taken, Region(0, 0, 10, 10), BLUE)
    assert is_all(taken, Region(70, 40, 20, 10), RED)


def test_covered_before_it_was_shared_it_is_whole(clients: Clients, share: OpenWindow) -> None:
    clients.open("below", Region(50, 40, 200, 100)).fill(RED)
    clients.open("above", Region(0, 0, 150, 360)).fill(BLUE)
    taken = change(share("below"))
    assert is_all(taken, Region(0, 0, 200, 100), RED), "not what lies above it"


def test_windows_over_one_without_background_are_never_in_its_picture(
    server: XServer, clients: Clients, share: OpenWindow
) -> None:
    window = clients.open("below", Region(50, 40, 200, 100), border=2)
    window.without_background()
    window.rect(Region(0, 0, 200, 100), BLUE)
    with clients_on(server.display) as strangers:
        strangers.open("above", Region(0, 0, 150, 360)).fill(RED)
        source = share("below")
        taken = change(source)
        assert not (rgb(taken) == RED).all(axis=2).any()
        assert is_all(taken, Region(100, 0, 100, 100), BLUE), "what was seen is still there"
        settle(source)
        window.rect(Region(0, 0, 200, 100), BLUE)  # as its client does on exposure
        assert is_all(change(source), Region(0, 0, 200, 100), BLUE)
        again = share("below")  # redirected already: nothing is to be painted over
        assert is_all(change(again), Region(0, 0, 200, 100), BLUE)


def test_under_a_compositor_nothing_is_painted_over(
    server: XServer, clients: Clients, share: OpenWindow
) -> None:
    with connected(server.display) as compositor:
        composite = compositor.connection(xcffib.composite.key)
        composite.QueryVersion(0, 4).reply()
        composite.RedirectSubwindows(compositor.root, xcffib.composite.Redirect.Manual)
        compositor.settle()
        frame = clients.open(place=Region(100, 50, 220, 140))
        window = clients.open("framed", Region(0, 0, 200, 100))
        window.put_into(frame, 10, 30)
        part = clients.open(place=Region(0, 0, 50, 50))
        part.put_into(window, 0, 0)
        part.without_background()
        part.rect(Region(0, 0, 50, 50), BLUE)
        clients.open("above", Region(0, 0, 640, 360)).fill(RED)
        taken = change(share("framed"))
        assert is_all(taken, Region(0, 0, 50, 50), BLUE)
        assert is_all(taken, Region(50, 50, 150, 50), BACK)


def test_a_move_is_no_picture(clients: Clients, share: OpenWindow) -> None:
    window = clients.open("mover", Region(0, 0, 200, 100))
    window.rect(Region(20, 20, 50, 20), RED)
    source = share("mover")
    settle(source)
    for step in range(20):
        window.move(step * 10, step * 5)
        assert source.grab(clock_us() + SHORT_US // 10) is None
    window.rect(Region(0, 0, 10, 10), BLUE)
    assert change(source).damage == Damage.of(Region(0, 0, 32, 32))


def test_a_resize_is_a_whole_new_picture(clients: Clients, share: OpenWindow) -> None:
    window = clients.open("rubber", Region(0, 0, 200, 100))
    source = share("rubber")
    settle(source)
    for width, height in [(120, 150), (1, 1), (333, 77)]:
        window.resize(width, height)
        taken = change(source)
        assert taken.pixels.shape == (height, width, 4)
        assert taken.damage == Damage.of(Region(0, 0, width, height))
        assert source.label == f"window rubber {width}×{height}"
        window.rect(Region(0, 0, width, height), RED)
        settle(source)
        window.rect(Region(0, 0, width, height), BLUE)
        assert is_all(change(source), Region(0, 0, width, height), BLUE)


def test_resized_all_the_time_it_never_fails(clients: Clients, share: OpenWindow) -> None:
    window = clients.open("rubber", Region(0, 0, 200, 100))
    source = share("rubber")
    random = np.random.default_rng(3)
    for _ in range(60):
        width, height = (int(n) for n in random.integers(1, 400, 2))
        window.resize(width, height)
        if random.integers(0, 2):
            source.grab(clock_us() + SHORT_US // 50)
    settle(source)
    window.rect(Region(0, 0, 500, 500), RED)
    taken = change(source)
    assert taken.pixels.shape == (height, width, 4)
    assert is_all(taken, taken.bounds, RED)


def test_unwatched_it_is_resized_and_goes_on(clients: Clients, share: OpenWindow) -> None:
    window = clients.open("alone", Region(0, 0, 100, 60))
    source = share("alone")
    settle(source)
    for width in (80, 100):
        window.resize(width, 60)
        source.rest()
    window.rect(Region(0, 0, 100, 60), RED)
    settle(source)
    window.rect(Region(0, 0, 100, 60), BLUE)
    assert is_all(change(source), Region(0, 0, 100, 60), BLUE)


def test_framed_it_is_shown_without_the_frame(clients: Clients, share: OpenWindow) -> None:
    frame = clients.open(place=Region(100, 50, 220, 140))
    window = clients.open("framed", Region(0, 0, 200, 100))
    window.put_into(frame, 10, 30)
    source = share("framed")
    assert change(source).pixels.shape == (100, 200, 4)
    settle(source)
    frame.rect(Region(0, 0, 220, 140), BLUE)
    assert source.grab(clock_us() + SHORT_US) is None, "the frame is not the window"
    window.rect(Region(0, 0, 200, 100), RED)
    assert is_all(change(source), Region(0, 0, 200, 100), RED)
    frame.hide()
    with pytest.raises(SourceLost, match="minimised"):
        settle(source)


def test_put_into_a_frame_while_shared(clients: Clients, share: OpenWindow) -> None:
    frame = clients.open(place=Region(100, 50, 220, 140))
    window = clients.open("framed", Region(0, 0, 200, 100))
    source = share("framed")
    settle(source)
    window.put_into(frame, 10, 30)
    settle(source)
    window.rect(Region(0, 0, 200, 100), RED)
    assert is_all(change(source), Region(0, 0, 200, 100), RED)
    frame.hide()
    with pytest.raises(SourceLost, match="minimised"):
        settle(source)


def test_a_border_is_not_in_the_picture(clients: Clients, share: OpenWindow) -> None:
    window = clients.open("edged", Region(20, 20, 90, 50), border=7)
    window.rect(Region(0, 0, 90, 50), RED)
    source = share("edged")
    first = change(source)
    assert first.pixels.shape == (50, 90, 4)
    assert is_all(first, first.bounds, RED)
    settle(source)
    window.rect(Region(70, 40, 20, 10), BLUE)
    taken = change(source)
    assert taken.damage == Damage.of(Region(64, 32, 26, 18))
    assert is_all(taken, Region(70, 40, 20, 10), BLUE)


def test_a_window_with_alpha_has_its_colours(clients: Clients, share: OpenWindow) -> None:
    window = clients.open("glass", Region(0, 0, 120, 80), depth=32)
    window.rect(Region(0, 0, 60, 80), RED)
    window.rect(Region(60, 0, 60, 80), (20, 10, 5), alpha=40)
    source = share("glass")
    first = change(source)
    assert is_all(first, Region(0, 0, 60, 80), RED)
    assert is_all(first, Region(60, 0, 60, 80), (20, 10, 5))


def test_the_shadow_that_a_client_draws_is_left_out(
    server: XServer, clients: Clients, share: OpenWindow
) -> None:
    window = clients.open("soft", Region(10, 10, 140, 120), depth=32, border=3)
    window.rect(Region(0, 0, 140, 120), (0, 0, 0), alpha=60)
    window.rect(Region(20, 10, 90, 80), RED)
    window.set_shadow(20, 30, 10, 30)
    source = share("soft")
    first = change(source)
    assert first.pixels.shape == (80, 90, 4)
    assert is_all(first, first.bounds, RED)
    settle(source)
    window.rect(Region(20 + 70, 10 + 40, 5, 5), BLUE)
    taken = change(source)
    assert taken.damage == Damage.of(Region(64, 32, 26, 32))
    assert is_all(taken, Region(70, 40, 5, 5), BLUE)
    window.set_shadow(0, 0, 0, 0)  # as when it is maximised
    taken = change(source)
    assert taken.pixels.shape == (120, 140, 4)
    assert source.label == "window soft 140×120"
    window.set_shadow(100, 100, 0, 0)
    settle(source)
    assert source.label == "window soft 140×120", "there is no such shadow"


def test_the_pointer_is_drawn_while_it_is_inside(
    server: XServer, clients: Clients, share: OpenWindow
) -> None:
    window = clients.open("target", Region(100, 50, 200, 100))
    source = share("target")
    settle(source)

    def drawn(taken: Frame) -> Region:
        rows, columns = np.nonzero((rgb(taken) != BACK).any(axis=2))
        x, y = int(columns.min(initial=9999)), int(rows.min(initial=9999))
        return Region(x, y, int(columns.max(initial=0)) + 1 - x, int(rows.max(initial=0)) + 1 - y)

    move_pointer(server, 150, 90)
    taken = change(source)
    cursor = drawn(taken)
    assert cursor
    assert cursor.intersection(Region(26, 16, 48, 48)) == cursor
    touched = union_mask(100, 200, taken.damage.regions)
    assert touched[cursor.y : cursor.bottom, cursor.x : cursor.right].all()
    window.move(90, 50)  # under the resting pointer
    settled = change(source)
    assert drawn(settled) == cursor.moved(10, 0)
    move_pointer(server, 89, 90)
    assert not drawn(change(source)), "outside, were it only by a pixel"


def test_the_damage_adds_up_to_the_picture(
    server: XServer, clients: Clients, share: OpenWindow
) -> None:
    window = clients.open("sum", Region(30, 20, 317, 211))
    source = share("sum")
    random = np.random.default_rng(7)
    shown = change(source).pixels.copy()
    for step in range(40):
        x, y = int(random.integers(0, 310)), int(random.integers(0, 205))
        w, h = (int(n) for n in random.integers(1, 120, 2))
        window.rect(Region(x, y, w, h), (step * 5, 255 - step, x % 256))
        if step % 3 == 0:
            move_pointer(server, int(random.integers(0, 400)), int(random.integers(0, 300)))
        if step % 4 == 0:
            window.move(x, y)
        taken = change(source)
        touched = union_mask(211, 317, taken.damage.regions)
        shown[touched] = taken.pixels[touched]
        assert (shown[:, :, :3] == taken.pixels[:, :, :3]).all(), f"at step {step}"


def test_without_composite_it_is_refused_with_another_way(x_server: StartXServer) -> None:
    server = x_server(320, 200, without=("Composite",))
    source = X11Window("x", server.display)
    with pytest.raises(SourceUnavailable, match="no Composite extension.*region:X,Y,W,H"):
        source.open()
    source.dispose()


@pytest.mark.parametrize("spec", ["0x123", "nobody"])
def test_a_missing_window_is_refused(share: OpenWindow, spec: str) -> None:
    with pytest.raises(SourceUnavailable, match=f"{spec}.*samescreen sources"):
        share(spec)


def resources(server: XServer, source: X11Window) -> dict[str, int]:
    """What the server keeps for this source."""
    assert source._display is not None
    ours = source._display.connection.get_setup().resource_id_base
    connection = xcffib.connect(server.display)
    try:
        res = connection(xcffib.res.key)
        core = connection.core  # type: ignore[has-type]
        types = res.QueryClientResources(ours).reply().types
        return {
            core.GetAtomName(each.resource_type).reply().name.to_string(): each.count
            for each in types
        }
    finally:
        connection.disconnect()


def test_the_server_keeps_nothing_that_is_unused(
    server: XServer, clients: Clients, share: OpenWindow
) -> None:
    window = clients.open("thrifty", Region(0, 0, 200, 100))
    with nothing_leaks() as census:
        source = share("thrifty")
        settle(source)
        before = resources(server, source)
        for size in range(50, 90):
            window.resize(size, size)
            if size % 4 == 0:
                window.hide()
                window.show()
            source.rest()
            settle(source) if size % 10 == 0 else change(source)
        assert resources(server, source) == before
        for end in (window.hide, window.close):
            window.show()
            source.open()
            end()
            with pytest.raises(CaptureError):
                settle(source)
            source.close()
            with pytest.raises(CaptureError):
                source.open()
        source.dispose()
    assert census.segments == 0
