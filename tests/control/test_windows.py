"""What Windows alone needs: its structures, its layouts, its hooks, and what it refuses."""

from __future__ import annotations

import ctypes
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.control.as_typed import ALT, ALTGR, SHIFT
from samescreen.control.events import HERE, Button, Key, Mods, Shift, Text
from samescreen.control.keymap import LOCK
from samescreen.control.news import Escaped, HandSeen
from samescreen.control.places import KNOWN, PLACES
from samescreen.control.windows import user32 as win
from samescreen.control.windows.desk import WindowsDesk, normalised
from samescreen.control.windows.hooks import watching
from samescreen.control.windows.layout import WindowsLayout
from samescreen.control.windows.scancodes import PAUSE, SCANCODES
from samescreen.errors import SourceUnavailable
from tests.control.fake_systems import FakeUser32, GivenOrders
from tests.control.test_systems import on_windows

GERMAN = {
    (21, ""): "z", (21, "s"): "Z", (44, ""): "y", (44, "s"): "Y", (16, ""): "q", (16, "s"): "Q",
    (16, "g"): "@", (41, ""): "^", (3, ""): "2", (3, "s"): '"',
}  # fmt: skip
"""Scan codes: KeyY, KeyZ, KeyQ, Backquote (a dead key), Digit2."""


def test_the_structures_have_the_sizes_that_windows_documents() -> None:
    """On 64 bits, as `cbSize` of SendInput must say."""
    sizes = [ctypes.sizeof(each) for each in (win.Input, win.MouseInput, win.KeyboardInput)]
    assert sizes == [40, 32, 24]
    assert win.Input.mi.offset == win.Input.ki.offset == 8
    assert (win.MouseInput.dwExtraInfo.offset, win.KeyboardInput.dwExtraInfo.offset) == (24, 16)
    assert [ctypes.sizeof(each) for each in (win.MouseHook, win.KeyHook)] == [32, 24]
    assert ctypes.sizeof(win.Message) == 48


@given(st.integers(640, 30_000).flatmap(lambda w: st.tuples(st.integers(0, w - 1), st.just(w))))
def test_a_pixel_comes_back_however_windows_rounds(case: tuple[int, int]) -> None:
    at, width = case
    sent = normalised(at, width)
    assert 0 <= sent <= 65535
    assert sent * width // 65536 == at
    assert round(sent * (width - 1) / 65535) == at


def test_every_place_has_a_scan_code_of_its_own() -> None:
    assert set(SCANCODES) | {PAUSE} >= KNOWN
    assert len(set(SCANCODES.values())) == len(SCANCODES)
    assert on_windows(Key(True, PAUSE), Key(False, PAUSE)) == ["key 13 0000 0", "key 13 0000 2"]


def test_the_layout_is_the_one_of_the_program_with_the_focus() -> None:
    layout = WindowsLayout(FakeUser32(GERMAN)).layout()
    keymap, q = layout.keymap, PLACES["KeyQ"] + 8
    assert [keymap.char(PLACES["KeyY"] + 8, 0, mods) for mods in (0, SHIFT)] == ["z", "Z"]
    assert [keymap.char(q, 0, mods) for mods in (0, ALTGR, ALTGR | SHIFT)] == ["q", "@", ""]
    assert keymap.char(PLACES["Backquote"] + 8, 0, 0) == "", "a dead key makes nothing alone"
    assert keymap.is_altgr(PLACES["AltRight"] + 8)
    us = WindowsLayout(FakeUser32()).layout().keymap
    assert us.modifiers[PLACES["AltRight"] + 8] == ALT


def test_a_shortcut_goes_by_its_letter_and_a_character_as_itself() -> None:
    german = FakeUser32(GERMAN)
    z, ctrl = PLACES["KeyZ"], PLACES["ControlLeft"]
    shortcut = (Key(True, ctrl), Key(True, z, Mods.CTRL, "z"), Key(False, z), Key(False, ctrl))
    assert on_windows(*shortcut, user32=german)[1] == "key 00 0015 8", "the place of the y"
    german.calls.clear()
    assert on_windows(Key(True, z, char="z"), user32=german) == ["key 00 007a 4", "key 00 007a 6"]


def test_caps_lock_at_the_machine_does_not_change_what_is_typed() -> None:
    user32 = FakeUser32()
    user32.has_caps = True
    assert WindowsLayout(user32).layout().locked == LOCK
    a = PLACES["KeyA"]
    assert on_windows(Key(True, a, char="a"), user32=user32) == ["key 00 0061 4", "key 00 0061 6"]


def test_the_left_button_stays_the_left_one_where_windows_swaps_them() -> None:
    user32 = FakeUser32()
    user32.is_swapped = True
    calls = on_windows(Button(0, True, 1, 1), Button(0, False, 1, 1), user32=user32)
    assert calls[1:] == ["mouse 0008 0 0,0", "mouse 0010 0 0,0"]


def test_refused_input_names_the_cure() -> None:
    user32 = FakeUser32()
    user32.refuses = True
    with pytest.raises(SourceUnavailable, match="run samescreen as administrator"):
        on_windows(Text("a"), user32=user32)


def test_a_click_of_a_mouse_that_is_locked_in_stays_inside_the_picture() -> None:
    user32 = FakeUser32()
    acts = (Shift(-90, 0), Button(0, True, HERE, HERE), Button(0, False, HERE, HERE))
    for cursor, back in (((-50, 20), ["mouse c001 0 32768,2185"]), ((0, 0), []), (None, [])):
        user32.cursor = cursor
        user32.calls.clear()
        calls = on_windows(*acts, user32=user32)
        assert calls == ["mouse 0001 0 -90,0", *back, "mouse 0002 0 0,0", "mouse 0004 0 0,0"]


def test_coordinates_are_real_pixels_on_every_monitor() -> None:
    user32 = FakeUser32()
    WindowsDesk(user32)
    assert user32.dpi_awareness == -4


def test_the_person_at_the_machine_is_seen_and_programs_are_not() -> None:
    user32, orders = FakeUser32(), GivenOrders(None)
    with watching(orders, user32):
        user32.moves(injected=True)
        user32.presses(0x1B, injected=True)
        assert orders.news == []
        user32.moves(injected=False)
        assert (orders.news, orders.released) == ([HandSeen()], 1)
        for _ in range(3):
            user32.presses(0x1B, injected=False)
        assert Escaped() in orders.news
        assert user32.passed_on == 6, "other programs get everything"
    assert user32.hooks == {}


def test_without_hooks_the_log_says_what_does_not_work(caplog: pytest.LogCaptureFixture) -> None:
    user32 = FakeUser32()
    user32.allows_hooks = False
    with caplog.at_level(logging.WARNING), watching(GivenOrders(None), user32):
        pass
    assert "does not notice your own mouse" in caplog.text
