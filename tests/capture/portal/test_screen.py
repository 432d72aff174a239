"""Screens through the real xdg-desktop-portal and PipeWire; the tests play the desktop."""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from samescreen.capture.cursor import CursorSeen
from samescreen.capture.hiding import Hidden
from samescreen.capture.pipewire.formats import BGRA
from samescreen.capture.pipewire.libpipewire import STREAMING
from samescreen.capture.pipewire.stream import STOPPED
from samescreen.capture.portal import pointer
from samescreen.capture.portal.screen import PortalScreen
from samescreen.clock import clock_us
from samescreen.errors import SourceLost, SourceUnavailable
from samescreen.media import Frame, OnDesktop, Pixels, Region
from samescreen.portal import session as session_module
from samescreen.portal.session import REFUSED, Ability
from samescreen.portal.tokens import kept_tokens
from tests.stage.census import nothing_leaks
from tests.stage.pipewire import Beside, Producer
from tests.stage.portal import PortalDesktop
from tests.stage.timing import MS, eventually

pytestmark = pytest.mark.display
SOON_US = int(2000 * MS * 1e6)
WIDTH, HEIGHT = 320, 200
A_TOKEN = "6f1c2a7e-0f0e-4f2b-9c8e-2f6b1f0a7d11"


@pytest.fixture(scope="module")
def server() -> Iterator[PortalDesktop]:
    made = PortalDesktop()
    yield made.start()
    made.stop()


@pytest.fixture
def desktop(server: PortalDesktop, monkeypatch: pytest.MonkeyPatch) -> PortalDesktop:
    for name, value in server.env.items():
        monkeypatch.setenv(name, value)
    (server.folder / "calls.jsonl").unlink(missing_ok=True)
    kept_tokens().write("screen", "")
    server.answer(response=0, restore="", delay_s=0, pointers=7, sources=7, streams=[])
    return server


@pytest.fixture
def producer(desktop: PortalDesktop) -> Iterator[Producer]:
    made = Producer(WIDTH, HEIGHT)
    desktop.share(made.node)
    yield made
    made.close()


@pytest.fixture
def source(desktop: PortalDesktop) -> Iterator[PortalScreen]:
    made = PortalScreen()
    yield made
    made.dispose()


def grey(value: int = 90) -> Pixels:
    return np.full((HEIGHT, WIDTH, 4), value, np.uint8)


def opened(source: PortalScreen, producer: Producer, pixels: Pixels) -> None:
    """Open the source while the producer shows a picture as soon as somebody takes it."""
    eventually(lambda: producer.state != STREAMING, what="the stream before has ended")
    showing = threading.Thread(target=lambda: producer.until_streaming().show(pixels))
    showing.start()
    source.open()
    showing.join()


def next_frame(source: PortalScreen, is_it: Callable[[Frame], object] = bool) -> Frame:
    until_us = clock_us() + SOON_US
    while clock_us() < until_us:
        frame = source.grab(until_us)
        if frame is not None and is_it(frame):
            return frame
    raise AssertionError("it was never shown")


def asked_with(desktop: PortalDesktop) -> list[Any]:
    """The options of each SelectSources."""
    return [each[2][-1] for each in desktop.calls("SelectSources")]


def test_what_changes_is_what_is_damaged(
    desktop: PortalDesktop, producer: Producer, source: PortalScreen
) -> None:
    pixels = grey()
    opened(source, producer, pixels)
    assert source.backend == "portal (PipeWire)"
    assert not source.waiting
    first = next_frame(source)
    assert first.damage.regions == (Region(0, 0, WIDTH, HEIGHT),)
    assert source.label == "screen 320×200"
    assert source.place == OnDesktop("portal", 0, Region(0, 0, WIDTH, HEIGHT))
    pixels[100:110, 100:110] = 7
    producer.show(pixels)
    frame = next_frame(source)
    assert frame.damage.regions == (Region(96, 96, 32, 32),)
    assert frame.pixels[105, 105, 0] == 7
    producer.show(pixels)
    assert source.grab(clock_us() + 50_000) is None
    producer.resize(111, 55)
    producer.show(np.zeros((55, 111, 4), np.uint8))
    assert next_frame(source).size == (111, 55)
    assert source.label == "screen 111×55"
    options = asked_with(desktop)
    assert options == [{"types": ["u", 1], "cursor_mode": ["u", 4], "persist_mode": ["u", 2]}]


def test_the_first_look_after_a_pause_is_the_newest_picture(
    producer: Producer, source: PortalScreen
) -> None:
    opened(source, producer, grey())
    next_frame(source)
    source.rest()
    for value in (10, 20, 30, 40, 50):
        producer.show(grey(value))
        source.rest()
    frame = next_frame(source, lambda frame: frame.pixels[0, 0, 0] == 50)
    assert (frame.pixels == 50).all()


def test_the_cursor_is_drawn_or_reported(producer: Producer, source: PortalScreen) -> None:
    def cursor(x: int, *, has_image: bool) -> Beside:
        head = struct.pack("=IIiiiiI", 1, 0, x, 50, 1, 2, 28 if has_image else 0)
        bitmap = struct.pack("=IIIiI", BGRA, 4, 4, 16, 20) + bytes([255]) * 64
        return Beside(cursor=head + bitmap)

    opened(source, producer, grey())
    next_frame(source)
    producer.show(None, cursor(40, has_image=True))
    frame = next_frame(source)
    assert frame.damage.regions == (Region(39, 48, 4, 4),)
    assert (frame.pixels[48:52, 39:43, :3] == 255).all()
    assert source.can_part_cursor
    reports: list[CursorSeen] = []
    source.part_cursor(reports.append)
    assert (next_frame(source).pixels == 90).all()
    producer.show(None, cursor(60, has_image=False))
    eventually(lambda: len(reports) == 2, what="a report")
    assert [(each.x, each.y) for each in reports] == [(40, 50), (60, 50)]
    source.part_cursor(None)
    assert next_frame(source).damage.regions == (Region(59, 48, 4, 4),)


def test_somebody_asks_once_and_a_token_is_kept(
    desktop: PortalDesktop, producer: Producer, source: PortalScreen
) -> None:
    desktop.answer(restore="this screen")
    opened(source, producer, grey())
    token = kept_tokens().read("screen")
    path = desktop.folder / "samescreen" / "portal-screen.token"
    assert token
    assert path.stat().st_mode & 0o777 == 0o600
    source.close()
    other = PortalScreen()
    opened(other, producer, grey())
    other.dispose()
    assert asked_with(desktop)[1]["restore_data"] == ["(suv)", ["fake", 1, ["s", "this screen"]]]
    assert kept_tokens().read("screen") == token
    desktop.answer(restore="")
    third = PortalScreen()
    opened(third, producer, grey())
    third.dispose()
    assert not path.exists()


@pytest.mark.parametrize(("token", "starts"), [(A_TOKEN, 2), ("garbage", 1)])
def test_a_token_that_the_desktop_has_forgotten_is_asked_for_anew(
    desktop: PortalDesktop,
    producer: Producer,
    source: PortalScreen,
    monkeypatch: pytest.MonkeyPatch,
    token: str,
    starts: int,
) -> None:
    """Some desktops never answer to one."""
    monkeypatch.setattr(session_module, "_RESTORE_S", 0.1)
    kept_tokens().write("screen", token)
    desktop.answer(delay_s=0.4)
    opened(source, producer, grey())
    assert len(desktop.calls("Start")) == starts
    assert kept_tokens().read("screen") == ""


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"response": 1}, REFUSED),
        ({"response": 2}, "could not start the share"),
        ({}, "nothing was chosen"),
    ],
)
def test_refusals(
    desktop: PortalDesktop, source: PortalScreen, answers: dict[str, int], words: str
) -> None:
    desktop.answer(**answers)
    with nothing_leaks(), pytest.raises(SourceUnavailable, match=words):
        source.open()


def test_stop_pressed_at_the_desktop_ends_it_for_good(
    desktop: PortalDesktop, producer: Producer, source: PortalScreen
) -> None:
    desktop.answer(restore="kept")
    opened(source, producer, grey())
    next_frame(source)
    desktop.press_stop()
    with pytest.raises(SourceUnavailable, match=STOPPED):
        next_frame(source, lambda frame: False)
    source.close()
    with pytest.raises(SourceUnavailable, match=STOPPED):
        source.open()
    assert len(desktop.calls("Start")) == 1


def test_a_share_that_was_opened_opens_no_second_dialog(
    producer: Producer, source: PortalScreen
) -> None:
    opened(source, producer, grey())
    source.close()
    with pytest.raises(Exception, match="share again"):
        source.open()


def test_what_is_lost_before_the_first_picture_needs_somebody(
    source: PortalScreen, monkeypatch: pytest.MonkeyPatch, desktop: PortalDesktop
) -> None:
    """Otherwise the test card would take the screen's place."""

    def lost(*_: object, **__: object) -> None:
        raise SourceLost("PipeWire is not running")

    monkeypatch.setattr("samescreen.capture.portal.screen.open_session", lost)
    with pytest.raises(SourceUnavailable, match="PipeWire is not running"):
        source.open()


def test_a_cursor_that_was_promised_and_never_comes_is_drawn_by_the_desktop(
    desktop: PortalDesktop, source: PortalScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pointer, "OWED_US", 0)
    silent = Producer(WIDTH, HEIGHT, metas=False)
    desktop.answer(restore=A_TOKEN, streams=[(silent.node, {})])
    opened(source, silent, grey())
    could_part = source.can_part_cursor
    assert next_frame(source).size == (WIDTH, HEIGHT)
    assert [each["cursor_mode"] for each in asked_with(desktop)] == [["u", 4], ["u", 2]]
    assert (could_part, source.can_part_cursor) == (True, False)
    silent.until_streaming().show(grey(70))
    assert next_frame(source).pixels[5, 5, 0] == 70
    silent.close()


def test_without_a_token_pictures_go_on_without_their_cursor(
    desktop: PortalDesktop, source: PortalScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pointer, "OWED_US", 0)
    silent = Producer(WIDTH, HEIGHT, metas=False)
    desktop.answer(streams=[(silent.node, {})])
    opened(source, silent, grey())
    next_frame(source)
    silent.show(grey(70))
    assert next_frame(source).pixels[5, 5, 0] == 70
    assert len(asked_with(desktop)) == 1
    silent.close()


def test_of_several_streams_the_last_one_counts(
    desktop: PortalDesktop, producer: Producer, source: PortalScreen
) -> None:
    """KDE repeats an older one before it."""
    desktop.answer(streams=[(9999, {}), (producer.node, {"position": ("(ii)", (-320, 10))})])
    opened(source, producer, grey())
    next_frame(source)
    assert source.place == OnDesktop("portal", 0, Region(-320, 10, WIDTH, HEIGHT))


def test_a_new_screen_has_the_wanted_size(
    desktop: PortalDesktop, producer: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = PortalScreen(made=(WIDTH, HEIGHT))
    opened(source, producer, grey())
    assert asked_with(desktop)[0]["types"] == ["u", 4]
    source.dispose()
    monkeypatch.setattr(session_module, "ability", lambda *_: Ability(4, 3, 7))
    missing = PortalScreen(made=(0, 0))
    with pytest.raises(SourceUnavailable, match="cannot make a new screen"):
        missing.open()
    missing.dispose()


def test_a_source_leaves_nothing_behind(producer: Producer, source: PortalScreen) -> None:
    opened(source, producer, grey())
    source.close()
    with nothing_leaks():
        other = PortalScreen()
        opened(other, producer, grey())
        next_frame(other)
        other.dispose()


def test_a_sign_cannot_be_hidden(source: PortalScreen) -> None:
    with pytest.raises(SourceUnavailable, match="--sign"):
        source.hide(Hidden(sign=True))
