"""What the portal is asked for when a viewer acts; the tests play the desktop behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from samescreen.control.events import Button, Event, Key, Mods, Move, Shift, Text, Wheel
from samescreen.control.places import PLACES
from samescreen.control.portal.desk import NO_DEVICES, OTHER_SCREEN, STOPPED, PortalDesk
from samescreen.control.systems import act
from samescreen.errors import SourceUnavailable
from samescreen.media import OnDesktop, Region
from samescreen.portal.session import REFUSED
from samescreen.portal.tokens import kept_tokens
from tests.control.fake_systems import GivenOrders
from tests.stage.census import nothing_leaks
from tests.stage.portal import PortalDesktop
from tests.stage.timing import eventually

pytestmark = pytest.mark.display
PLACE = OnDesktop("portal", 0, Region(0, 0, 640, 400))
"""Of a screen of 320×200 units with a scale of 2."""


def waiting() -> GivenOrders:
    """Orders that go on."""
    return GivenOrders(PLACE, until_us=1)


@pytest.fixture(scope="module")
def server() -> Iterator[PortalDesktop]:
    made = PortalDesktop()
    yield made.start()
    made.stop()


@pytest.fixture
def desktop(server: PortalDesktop, monkeypatch: pytest.MonkeyPatch) -> PortalDesktop:
    for name, value in server.env.items():
        monkeypatch.setenv(name, value)
    kept_tokens().write("control", "")
    (server.folder / "calls.jsonl").unlink(missing_ok=True)
    server.answer(response=0, restore="", devices=3, delay_s=0)
    server.share(7, position=("(ii)", (0, 0)))
    return server


@pytest.fixture
def notified(desktop: PortalDesktop) -> Callable[..., list[Any]]:
    """Carries events out; what the desktop was told, without "Notify" and the session."""

    def carry_out(count: int, *events: Event) -> list[Any]:
        act(GivenOrders(PLACE, *events), PLACE)

        def calls() -> list[Any]:
            told = [each for each in desktop.calls() if each[1].startswith("Notify")]
            return [[name.removeprefix("Notify"), *body[2:]] for _, name, body in told]

        eventually(lambda: len(calls()) >= count, what=f"{count} calls")
        return calls()

    return carry_out


def test_the_pointer_goes_in_the_units_of_the_stream(notified: Callable[..., list[Any]]) -> None:
    events = (Move(100, 50), Button(0, True, 100, 50), Button(0, False, 100, 50), Shift(20, -10))
    turns = (Wheel(0, 240, 100, 50), Wheel(60, 0, 100, 50))
    assert notified(9, *events, *turns) == [
        ["PointerMotionAbsolute", 7, 50.25, 25.25],
        ["PointerMotionAbsolute", 7, 50.25, 25.25],
        ["PointerButton", 0x110, 1],
        ["PointerButton", 0x110, 0],
        ["PointerMotion", 10.0, -5.0],
        ["PointerMotionAbsolute", 7, 50.25, 25.25],
        ["PointerAxisDiscrete", 0, 2],
        ["PointerMotionAbsolute", 7, 50.25, 25.25],
        ["PointerAxis", 7.5, 0.0],
    ]


def test_characters_are_keysyms_and_other_keys_go_by_place(
    notified: Callable[..., list[Any]]
) -> None:
    control, key = PLACES["ControlLeft"], PLACES["KeyZ"]
    events = (
        *(Key(True, key, char="y"), Key(False, key)),
        *(Key(True, control), Key(True, key, Mods.CTRL, "y"), Key(False, key), Key(False, control)),
        Text("é\n"),
    )
    assert notified(10, *events) == [
        ["KeyboardKeysym", 0x79, 1],
        ["KeyboardKeysym", 0x79, 0],
        ["KeyboardKeycode", control, 1],
        ["KeyboardKeycode", key, 1],
        ["KeyboardKeycode", key, 0],
        ["KeyboardKeycode", control, 0],
        ["KeyboardKeysym", 0xE9, 1],
        ["KeyboardKeysym", 0xE9, 0],
        ["KeyboardKeycode", PLACES["Enter"], 1],
        ["KeyboardKeycode", PLACES["Enter"], 0],
    ]


def test_what_is_held_is_let_go_and_nothing_stays(
    desktop: PortalDesktop, notified: Callable[..., list[Any]]
) -> None:
    held = (Key(True, PLACES["KeyA"], char="ä"), Button(2, True, 3, 3))
    told = notified(5, *held)
    assert [each for each in told if not each[-1]] == [
        ["PointerButton", 0x111, 0],
        ["KeyboardKeysym", 0xE4, 0],
    ]
    with nothing_leaks():
        notified(6, Move(1, 1))
    (devices, again) = [each[2][-1] for each in desktop.calls("SelectDevices")]
    assert devices["types"] == again["types"] == ["u", 3]
    sources = [each[2][-1] for each in desktop.calls("SelectSources")]
    assert sources[0]["types"] == ["u", 1]
    assert "persist_mode" not in sources[0], "the token belongs to SelectDevices"


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"response": 1}, REFUSED),
        ({"devices": 1}, NO_DEVICES),
        ({"streams": [(7, {"position": ("(ii)", (320, 0))})]}, OTHER_SCREEN),
    ],
)
def test_refusals(desktop: PortalDesktop, answers: dict[str, Any], words: str) -> None:
    desktop.answer(**answers)
    with nothing_leaks(), pytest.raises(SourceUnavailable) as caught:
        PortalDesk(waiting(), PLACE)
    assert str(caught.value) == words


def test_stop_pressed_at_the_desktop_ends_it(desktop: PortalDesktop) -> None:
    desk = PortalDesk(waiting(), PLACE)
    desktop.press_stop()

    def is_over() -> bool:
        try:
            desk.move(1, 1, PLACE)
        except SourceUnavailable as error:
            return str(error) == STOPPED
        return False

    eventually(is_over, what="the end")
    desk.close()


def test_a_dialog_that_nobody_answers_waits_no_longer_than_control(
    desktop: PortalDesktop,
) -> None:
    desktop.answer(delay_s=30)
    orders = GivenOrders(PLACE)
    assert orders.is_stopped
    with pytest.raises(SourceUnavailable, match="nobody answered"):
        PortalDesk(orders, PLACE)


def test_a_nudged_pointer_comes_back_into_the_picture(desktop: PortalDesktop) -> None:
    desk = PortalDesk(waiting(), PLACE)
    desk.move(630, 10, PLACE)
    desk.nudge(100, 0, PLACE)
    desk.come_back(PLACE)
    desk.close()
    eventually(lambda: len(desktop.calls("NotifyPointerMotionAbsolute")) == 2, what="both")
    assert desktop.calls("NotifyPointerMotionAbsolute")[1][2][2:] == [7, 319.75, 5.25]
