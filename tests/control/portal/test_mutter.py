"""A viewer's pointer and keyboard on a real headless mutter, as a program there sees them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

import pytest

from samescreen.control.events import Button, Event, Key, Mods, Move, Wheel
from samescreen.control.places import PLACES
from samescreen.control.portal.desk import PortalDesk
from samescreen.control.systems import act
from samescreen.media import OnDesktop, Region
from tests.control.fake_systems import GivenOrders
from tests.stage.mutter import Mutter
from tests.stage.timing import eventually
from tests.stage.wayland_seat import WaylandSeat, has_devices
from tests.stage.wayland_window import WaylandWindow

pytestmark = pytest.mark.display
PLACE = OnDesktop("portal", 0, Region(0, 0, 640, 360))


@pytest.fixture
def mutter() -> Iterator[Mutter]:
    made = Mutter(640, 360)
    with pytest.MonkeyPatch.context() as patched:
        for name, value in made.env.items():
            patched.setenv(name, value)
        yield made.start()
        made.stop()


def test_it_points_clicks_turns_and_types(mutter: Mutter) -> None:
    mutter.let_act()
    # The first input makes mutter's seat have a pointer and a keyboard at all.
    desk = PortalDesk(GivenOrders(PLACE, until_us=1), PLACE)
    desk.move(1, 1, PLACE)
    desk.key(PLACES["ShiftLeft"] + 8, is_down=True)
    desk.key(PLACES["ShiftLeft"] + 8, is_down=False)
    eventually(lambda: len(mutter.calls()) >= 6, what="the first input")
    mutter.play()
    eventually(lambda: has_devices(mutter.wayland), what="a pointer and a keyboard")
    events: list[Event] = [
        *(Move(100, 50), Button(0, True, 100, 50), Button(0, False, 100, 50)),
        Wheel(0, 120, 100, 50),
        *(Key(True, PLACES["KeyY"], char="z"), Key(False, PLACES["KeyY"])),
        Key(True, PLACES["ShiftLeft"]),
        *(Key(True, PLACES["Digit2"], Mods.SHIFT, '"'), Key(False, PLACES["Digit2"])),
        *(Key(True, PLACES["KeyA"], Mods.SHIFT, "A"), Key(False, PLACES["KeyA"])),
        Key(False, PLACES["ShiftLeft"]),
    ]
    seats: list[WaylandSeat] = []
    with WaylandWindow(mutter.wayland, lambda each: seats.append(WaylandSeat(each))) as window:
        seen = seats[0].seen
        window.fill((90, 90, 90))
        places = cycle([(10, 20), (300, 200)])

        def is_open() -> bool:
            """Mutter grows a new window to its size, so the pointer is elsewhere in it at first."""
            place = next(places)
            desk.move(*place, PLACE)
            mutter.play()
            window.dispatch()
            return seen.at == pytest.approx(place, abs=1)

        eventually(is_open, what="the window is open")
        act(GivenOrders(PLACE, *events), PLACE)

        def has_seen() -> bool:
            mutter.play()
            window.dispatch()
            return len(seen.buttons) == 2 and len(seen.text) == 3 and bool(seen.turns)

        try:
            eventually(has_seen, what="the click and the text")
        except AssertionError as late:
            raise AssertionError(f"{late}; seen: {seen}") from None
    assert seen.buttons == [(0x110, True), (0x110, False)]
    assert seen.at == pytest.approx((100, 50), abs=1)
    assert seen.text == 'z"A'
    assert seen.turns[0][0] == 0
    assert seen.turns[0][1] > 0
    desk.close()
