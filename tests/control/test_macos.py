"""What macOS alone needs: its permission, its clicks and flags, and its event tap."""

from __future__ import annotations

import inspect
import logging

import pytest

from samescreen.control.clicks import TOGETHER_US, Clicks
from samescreen.control.events import Button, Key, Mods, Shift
from samescreen.control.macos import quartz as cg
from samescreen.control.macos.keycodes import KEYCODES
from samescreen.control.macos.tap import watching
from samescreen.control.news import Escaped, HandSeen
from samescreen.control.places import KNOWN, PLACES
from samescreen.errors import SourceLost, SourceUnavailable
from tests.control.fake_systems import FakeQuartz, GivenOrders
from tests.control.recorded_quartz import ARGUMENTS, VALUES
from tests.control.test_systems import on_macos
from tests.stage.timing import eventually


def test_the_numbers_are_apples() -> None:
    used = {
        "EventSourceStatePrivate": cg.PRIVATE_STATE,
        "HIDEventTap": cg.HID_TAP,
        "HeadInsertEventTap": cg.HEAD,
        "EventTapOptionListenOnly": cg.LISTEN_ONLY,
        "ScrollEventUnitLine": cg.LINES,
        "ScrollEventUnitPixel": cg.PIXELS,
        "EventFlagMaskShift": cg.SHIFT,
        "EventFlagMaskControl": cg.CONTROL,
        "EventFlagMaskAlternate": cg.ALTERNATE,
        "EventFlagMaskCommand": cg.COMMAND,
        "MouseEventClickState": cg.CLICK_STATE,
        "MouseEventDeltaX": cg.DELTA_X,
        "MouseEventDeltaY": cg.DELTA_Y,
        "KeyboardEventAutorepeat": cg.AUTOREPEAT,
        "KeyboardEventKeycode": cg.KEYCODE,
        "EventSourceUnixProcessID": cg.SOURCE_PID,
        "EventSourceUserData": cg.SOURCE_USER,
        "EventMouseMoved": cg.MOVED,
        "EventKeyDown": cg.KEY_DOWN,
        "EventKeyUp": cg.KEY_UP,
        "EventFlagsChanged": cg.FLAGS_CHANGED,
        "EventScrollWheel": cg.SCROLL,
        "EventTapDisabledByTimeout": cg.TAP_TIMED_OUT,
        "EventTapDisabledByUserInput": cg.TAP_TURNED_OFF,
    }
    names = ("Left", "Other", "Right", "Other", "Other")
    for name, (_, kinds) in zip(names, cg.BUTTONS.values(), strict=True):
        for phase, kind in zip(("Down", "Up", "Dragged"), kinds, strict=True):
            used[f"Event{name}Mouse{phase}"] = kind
    assert {f"kCG{name}": value for name, value in used.items()} == VALUES


def test_a_locked_mouse_begins_where_the_pointer_is_and_stays_inside() -> None:
    calls = on_macos(Shift(10, -10), Shift(30_000, 30_000))
    assert calls == ["mouse 5 0 105,45 by 5,-5", "mouse 5 0 199.5,99.5 by 15000,15000"]


def test_the_fake_takes_what_quartz_takes() -> None:
    functions = inspect.getmembers(FakeQuartz(), inspect.ismethod)
    taken = {name: len(inspect.signature(made).parameters) for name, made in functions}
    assert {name: taken[name] for name in taken if name.startswith("CG")} == ARGUMENTS


def test_without_permission_the_cure_is_named_and_macos_asks() -> None:
    quartz = FakeQuartz()
    quartz.is_allowed = False
    with pytest.raises(SourceUnavailable, match="Privacy & Security, Accessibility"):
        on_macos(quartz=quartz)
    assert quartz.was_asked


def test_a_screen_that_went_away_ends_it() -> None:
    quartz = FakeQuartz()
    quartz.width = 0.0
    with pytest.raises(SourceLost, match="the screen went away"):
        on_macos(Button(0, True, 1, 1), quartz=quartz)


def test_every_place_has_a_keycode_of_its_own_or_none() -> None:
    assert set(KEYCODES) < KNOWN
    assert len(set(KEYCODES.values())) == len(KEYCODES)
    assert on_macos(Key(True, PLACES["F24"]), Key(False, PLACES["F24"])) == []


def test_a_character_goes_with_its_key_whatever_the_layouts_are() -> None:
    z = PLACES["KeyZ"]
    pressed = on_macos(Key(True, z, char="y"), Key(False, z))
    assert pressed == ['key 06 down 0 "y"', 'key 06 up 0 "y"']
    beyond = (Key(True, 0, char="é"), Key(False, 0))
    assert on_macos(*beyond) == ['key 00 down 0 "é"', 'key 00 up 0 "é"'], "a phone names no place"


def test_the_right_alt_stays_down_for_its_third_level() -> None:
    altgr, q = PLACES["AltRight"], PLACES["KeyQ"]
    calls = on_macos(Key(True, altgr, Mods.ALTGR), Key(True, q, Mods.ALTGR, "@"))
    assert calls[:2] == ["flags 3d 80000", 'key 0c down 80000 "@"']


def test_two_clicks_soon_and_near_are_a_double_click() -> None:
    click = (Button(0, True, 9, 9), Button(0, False, 9, 9))
    counts = [call[-1] for call in on_macos(*click * 4) if "clicks" in call]
    assert counts == ["1", "1", "2", "2", "3", "3", "1", "1"]
    clicks = Clicks()
    for button, x, at_us in ((1, 0, 0), (1, 3, TOGETHER_US), (1, 9, TOGETHER_US)):
        clicks.pressed(button, (x, 0), at_us)
        assert clicks.count == (2 if x == 3 else 1)
    clicks.pressed(3, (9, 0), TOGETHER_US)
    assert clicks.count == 1, "another button"
    clicks.pressed(3, (9, 0), 2 * TOGETHER_US + 1)
    assert clicks.count == 1, "too late"


def test_the_person_at_the_machine_is_seen_and_programs_are_not() -> None:
    quartz, orders = FakeQuartz(), GivenOrders(None)
    with watching(orders, quartz):
        assert quartz.turned.wait(5)
        quartz.delivers(5, pid=4711)
        quartz.delivers(10, pid=4711, code=0x35)
        assert orders.news == []
        quartz.delivers(5)
        assert (orders.news, orders.released) == ([HandSeen()], 1)
        for _ in range(3):
            quartz.delivers(10, code=0x35)
        assert Escaped() in orders.news
        quartz.delivers(0xFFFFFFFE)
        assert quartz.enabled == [True, True], "macOS had turned the tap off"
    assert quartz.tap is None


def test_without_a_tap_the_log_says_what_does_not_work(caplog: pytest.LogCaptureFixture) -> None:
    quartz = FakeQuartz()
    quartz.allows_tap = False
    with caplog.at_level(logging.WARNING), watching(GivenOrders(None), quartz):
        eventually(lambda: "Input Monitoring" in caplog.text, what="it says so")
