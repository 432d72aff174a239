"""The sign on the desktop: shown while somebody watches, and in no picture."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from samescreen.capture.choose import open_source
from samescreen.capture.hiding import MASK_BGRX, CaptureRules, Hidden
from samescreen.capture.systems import open_sign
from samescreen.capture.x11.screen import X11Screen
from samescreen.capture.x11.sign import Sign
from samescreen.errors import SourceUnavailable
from samescreen.media import Pixels, Region
from tests.capture.x11.client_window import Clients
from tests.capture.x11.x_tools import change
from tests.stage.timing import eventually
from tests.stage.x_server import XServer

pytestmark = pytest.mark.display

DOT = (0xE0, 0x44, 0x3C)


@pytest.fixture
def sign(server: XServer) -> Iterator[Sign]:
    shown = Sign(server.display)
    yield shown
    shown.close()


def has_dot(picture: Pixels) -> bool:
    return bool((picture == DOT).all(axis=2).any())


def test_it_shows_while_somebody_watches(server: XServer, sign: Sign) -> None:
    assert not has_dot(server.picture())
    sign.show(3)
    eventually(lambda: has_dot(server.picture()), what="the sign")
    first = server.picture()
    sign.show(4)
    eventually(lambda: (server.picture() != first).any(), what="another number")
    sign.show(0)
    eventually(lambda: not has_dot(server.picture()), what="no sign")


def test_it_stays_above_other_windows(server: XServer, clients: Clients, sign: Sign) -> None:
    sign.show(1)
    eventually(lambda: has_dot(server.picture()), what="the sign")
    clients.open("above", Region(0, 0, 640, 360))
    eventually(lambda: has_dot(server.picture()), what="the sign, raised")


def test_it_comes_back_with_the_server(server: XServer, sign: Sign) -> None:
    sign.show(1)
    eventually(lambda: has_dot(server.picture()), what="the sign")
    server.kill()
    server.start()
    eventually(lambda: has_dot(server.picture()), what="the sign again")


def test_it_is_in_no_picture(server: XServer, sign: Sign) -> None:
    source = X11Screen(None, server.display)
    source.hide(Hidden(sign=True))
    source.open()
    try:
        sign.show(2)
        eventually(lambda: has_dot(server.picture()), what="the sign")
        taken = change(source)
        assert not has_dot(taken.pixels[:, :, 2::-1])
        assert (taken.pixels == MASK_BGRX).all(axis=2).any()
        assert source.waits_for == ()
    finally:
        source.dispose()


def test_it_goes_with_its_server(server: XServer, sign: Sign) -> None:
    sign.show(1)
    server.kill()
    sign.close()
    assert not sign.is_running


def test_other_systems_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(SourceUnavailable, match="X11 desktops only"):
        open_sign()


def test_no_display_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(SourceUnavailable, match="needs an X11 desktop"):
        open_sign()


def test_mss_refuses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceUnavailable, match="--sign needs the backend x11"):
        open_source("screen", CaptureRules.of("mss", [], [], sign=True))


