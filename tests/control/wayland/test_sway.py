"""A viewer's pointer and keyboard on a real headless sway, as a program there sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from samescreen.capture.wayland.screen import WaylandRegion, WaylandScreen
from samescreen.control.acting import Acting
from samescreen.control.events import Button, Event, Key, Mods, Move, Shift, Text, Wheel
from samescreen.control.places import PLACES
from samescreen.control.systems import act
from samescreen.control.wayland.desk import WaylandDesk
from samescreen.control.wayland.devices import NO_INPUT
from samescreen.errors import SourceLost, SourceUnavailable
from samescreen.media import OnDesktop, Region
from samescreen.wayland import desktop as desktop_module
from tests.control.fake_systems import GivenOrders
from tests.stage.census import nothing_leaks
from tests.stage.sway import Sway
from tests.stage.timing import eventually
from tests.stage.wayland_seat import Seen, WaylandSeat
from tests.stage.wayland_window import WaylandWindow

pytestmark = pytest.mark.display
WIDTH, HEIGHT = 320, 200


@pytest.fixture(scope="module")
def sway() -> Iterator[Sway]:
    server = Sway(WIDTH, HEIGHT)
    with pytest.MonkeyPatch.context() as patched:
        for name, value in server.env.items():
            patched.setenv(name, value)
        server.start()
        # A seat without any device has no pointer that a program could listen to.
        mouse = WaylandDesk(whole(server))
        yield server
        mouse.close()
        server.stop()


def whole(sway: Sway) -> OnDesktop:
    return OnDesktop(str(sway.path), 0, Region(0, 0, WIDTH, HEIGHT), "HEADLESS-1")


@pytest.fixture
def place(sway: Sway) -> OnDesktop:
    return whole(sway)


@pytest.fixture
def until(sway: Sway) -> Iterator[Callable[..., Seen]]:
    """Waits until a program there has seen this, and returns what it has seen."""
    seats: list[WaylandSeat] = []
    with WaylandWindow(sway.path, lambda desktop: seats.append(WaylandSeat(desktop))) as window:
        (seat,) = seats
        window.fill((90, 90, 90))

        def wait(is_there: Callable[[Seen], object], what: str) -> Seen:
            def look() -> bool:
                window.dispatch()
                return bool(is_there(seat.seen))

            try:
                eventually(look, what=what)
            except AssertionError as late:
                raise AssertionError(f"{late}; seen: {seat.seen}") from None
            return seat.seen

        yield wait


def carry_out(place: OnDesktop, *events: Event) -> None:
    act(GivenOrders(place, *events), place)


def pressed(name: str, char: str = "", mods: Mods = Mods.NONE) -> tuple[Key, Key]:
    code = PLACES[name]
    return Key(True, code, mods, char), Key(False, code, mods, char)


def test_the_pointer_goes_where_the_viewer_points(
    place: OnDesktop, until: Callable[..., Seen]
) -> None:
    clicks = (Button(0, True, 100, 50), Button(0, False, 100, 50), Button(3, True, 7, 9))
    carry_out(place, Move(3, 4), *clicks, Button(3, False, 7, 9))
    seen = until(lambda seen: len(seen.buttons) == 4, "four buttons")
    assert seen.buttons == [(0x110, True), (0x110, False), (0x113, True), (0x113, False)]
    assert seen.at == pytest.approx((7, 9), abs=1)
    carry_out(place, Move(100, 100), Shift(-20, 10), Wheel(0, 120, 80, 110), Wheel(60, 0, 80, 110))
    seen = until(lambda seen: len(seen.turns) == 2, "two turns")
    assert seen.turns == [(0, 15.0), (1, 7.5)]
    assert seen.at == pytest.approx((80, 110), abs=1)


def test_a_region_lies_on_the_screen_with_its_scale(
    sway: Sway, until: Callable[..., Seen]
) -> None:
    sway.order("output", "HEADLESS-1", "scale", "2")
    try:
        source = WaylandRegion(Region(40, 20, 100, 60))
        source.open()
        assert source.grab(0) is not None
        assert source.takes_input
        assert source.place == OnDesktop(str(sway.path), 0, Region(80, 40, 200, 120), "HEADLESS-1")
        carry_out(source.place, Button(0, True, 60, 20), Button(0, False, 60, 20))
        seen = until(lambda seen: len(seen.buttons) == 2, "a click")
        assert seen.at == pytest.approx((70, 30), abs=1)
        source.dispose()
        assert source.place is None
    finally:
        sway.order("output", "HEADLESS-1", "scale", "1")


def test_text_is_right_whatever_the_viewers_layout_makes(
    place: OnDesktop, until: Callable[..., Seen]
) -> None:
    """A German keyboard: the key at the place of Y makes z, and others make letters of its own."""
    events: list[Event] = [
        *pressed("KeyY", "z"),
        *pressed("Semicolon", "ö"),
        *pressed("KeyA", "a"),
        Key(True, PLACES["ShiftLeft"]),
        *pressed("KeyA", "A", Mods.SHIFT),
        *pressed("Semicolon", "Ö", Mods.SHIFT),
        *pressed("Digit7", "/", Mods.SHIFT),
        Key(False, PLACES["ShiftLeft"]),
        Key(True, PLACES["AltRight"]),
        *pressed("KeyE", "€", Mods.ALTGR),
        Key(False, PLACES["AltRight"]),
        Text("屏 Same~"),
    ]
    carry_out(place, *events)
    text = "zöaAÖ/€屏 Same~"
    seen = until(lambda seen: len(seen.text) >= len(text), text)
    assert seen.text == text
    assert seen.modifiers == 0


def test_shortcuts_and_named_keys_go_by_their_place(
    place: OnDesktop, until: Callable[..., Seen]
) -> None:
    control = PLACES["ControlLeft"]
    carry_out(
        place,
        Key(True, control),
        *pressed("KeyC", "c", Mods.CTRL),
        Key(False, control),
        *pressed("ArrowLeft"),
    )
    seen = until(lambda seen: len(seen.keys) == 6, "six keys")
    names = [PLACES[each] for each in ("ControlLeft", "KeyC", "KeyC", "ControlLeft")]
    assert [code for code, _ in seen.keys] == [*names, PLACES["ArrowLeft"], PLACES["ArrowLeft"]]
    assert seen.text == "\x03"


def test_what_is_held_is_let_go_at_the_end(place: OnDesktop, until: Callable[..., Seen]) -> None:
    carry_out(place, Key(True, PLACES["KeyQ"], char="ß"), Button(2, True, 5, 5))
    seen = until(lambda seen: len(seen.keys) == len(seen.buttons) == 2, "all is let go")
    assert [is_down for _, is_down in seen.keys] == [True, False]
    assert seen.buttons == [(0x111, True), (0x111, False)]


def test_it_leaves_nothing_behind(place: OnDesktop) -> None:
    carry_out(place, Move(1, 1))
    with nothing_leaks():
        carry_out(place, Move(2, 2), *pressed("KeyA", "a"))


def test_a_screen_that_is_gone_and_a_compositor_without_devices(
    place: OnDesktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = OnDesktop(place.display, 0, place.region, "HEADLESS-9")
    with pytest.raises(SourceLost, match="HEADLESS-9 is gone"):
        carry_out(gone, Move(1, 1))
    offered = desktop_module.Desktop.offered
    monkeypatch.setattr(
        desktop_module.Desktop,
        "offered",
        lambda self, name: None if "virtual" in name else offered(self, name),
    )
    with pytest.raises(SourceUnavailable) as caught:
        Acting(GivenOrders(place), WaylandDesk(place))
    assert str(caught.value) == NO_INPUT


def test_what_is_hidden_takes_no_input(sway: Sway) -> None:
    from samescreen.capture.hiding import Hidden

    source = WaylandScreen()
    source.hide(Hidden(regions=(Region(0, 0, 5, 5),)))
    assert not source.takes_input
    source.dispose()
