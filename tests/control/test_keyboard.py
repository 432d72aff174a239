"""How keys are typed, whatever the layouts on both sides, and that none stays down."""

from __future__ import annotations

import pytest

from samescreen.control.events import Key, Mods
from samescreen.control.keyboard import Keyboard, Layout
from samescreen.control.keymap import Group, Keymap, Spot
from samescreen.control.places import PLACES
from samescreen.control.strokes import Lift, Press, Stroke, Tap, TypeMissing
from tests.control.layouts import ALT, CTRL, DE, LEVEL3, LOCK, SHIFT, US, US_RU


def code(place: str) -> int:
    return PLACES[place] + 8


class Typist:
    """A keyboard on one layout."""

    def __init__(
        self, keymap: Keymap, *, group: int = 0, locked: int = 0, is_desktop: bool = True
    ):
        self.layout = Layout(keymap, group, locked)
        self.keyboard = Keyboard(is_desktop=is_desktop)

    def down(self, place: str, char: str = "", mods: Mods = Mods.NONE) -> list[Stroke]:
        return self.keyboard.press(Key(True, PLACES[place], mods, char), self.layout)

    def up(self, place: str) -> list[Stroke]:
        return self.keyboard.lift(PLACES[place])


def test_the_same_character_goes_by_place_and_can_be_held() -> None:
    us = Typist(US)
    assert us.down("KeyA", "a") == [Press(code("KeyA"))]
    assert us.down("KeyA", "a") == [], "the page's own repetition"
    assert us.up("KeyA") == [Lift(code("KeyA"))]
    assert us.up("KeyA") == []


def test_another_layout_goes_by_character() -> None:
    de = Typist(DE)
    assert de.down("KeyZ", "z") == [Tap(Spot(code("KeyY"), 0, SHIFT | LOCK | LEVEL3, 0))]
    assert de.up("KeyZ") == []
    (tap,) = de.down("Digit2", "@")
    assert isinstance(tap, Tap)
    assert (tap.spot.keycode, tap.spot.mods) == (code("KeyQ"), LEVEL3)


def test_a_shift_that_would_spoil_the_character_is_up_meanwhile() -> None:
    de, shift = Typist(DE), code("ShiftLeft")
    assert de.down("ShiftLeft") == [Press(shift)]
    lifted, tap, pressed = de.down("Digit2", "@", Mods.SHIFT)
    assert (lifted, pressed) == (Lift(shift), Press(shift))
    assert isinstance(tap, Tap)
    assert de.up("ShiftLeft") == [Lift(shift)]


def test_a_shortcut_follows_its_letter() -> None:
    us = Typist(US)
    us.down("ControlLeft")
    # A German viewer's Ctrl+Z: the key is where a us keyboard has Y.
    assert us.down("KeyY", "z", Mods.CTRL) == [Press(code("KeyZ"))]
    assert us.up("KeyY") == [Lift(code("KeyZ"))]


def test_a_shortcut_of_another_alphabet_follows_its_place() -> None:
    us = Typist(US)
    assert us.down("KeyC", "с", Mods.CTRL) == [Press(code("KeyC"))]
    ru = Typist(US_RU, group=1)
    assert ru.down("KeyC", "с", Mods.CTRL) == [Press(code("KeyC"))]
    assert ru.down("KeyV", "ㅍ", Mods.CTRL) == [Press(code("KeyV"))], "a Korean viewer"


def test_a_modifier_that_was_down_before_the_page_had_the_keyboard_is_not_pressed() -> None:
    """The viewer came by Alt+Tab: Alt is down there, and its release may never be reported."""
    us = Typist(US)
    assert us.down("KeyA", "a", Mods.ALT) == [Press(code("KeyA"))]
    assert us.up("KeyA") == [Lift(code("KeyA"))]
    assert us.keyboard.is_idle


def test_a_character_of_another_group_is_found() -> None:
    ru = Typist(US_RU, group=1)
    (tap,) = ru.down("KeyC", "c")
    assert isinstance(tap, Tap)
    assert (tap.spot.keycode, tap.spot.group) == (code("KeyC"), 0)


def test_altgr_is_pressed_only_where_it_is_one() -> None:
    us, de = Typist(US), Typist(DE)
    assert us.down("AltRight", mods=Mods.ALTGR) == []
    assert de.down("AltRight", mods=Mods.ALTGR) == [Press(code("AltRight"))]
    assert de.down("KeyQ", "@", Mods.ALTGR) == [Press(code("KeyQ"))]
    assert us.down("AltRight", mods=Mods.ALT) == [Press(code("AltRight"))], "a plain Alt"


def test_the_ctrl_that_windows_adds_to_altgr_makes_no_command() -> None:
    de = Typist(DE)
    de.down("ControlLeft")
    de.down("AltRight", mods=Mods.ALTGR)
    strokes = de.down("KeyQ", "@", Mods.CTRL | Mods.ALT | Mods.ALTGR)
    assert strokes[0] == Lift(code("ControlLeft"))
    assert isinstance(strokes[1], Tap)
    assert strokes[2] == Press(code("ControlLeft"))


def test_capitals_do_not_depend_on_caps_lock() -> None:
    us = Typist(US)
    assert us.down("CapsLock") == []
    (tap,) = us.down("KeyA", "A")
    assert isinstance(tap, Tap)
    assert (tap.spot.keycode, tap.spot.mods) == (code("KeyA"), SHIFT)
    locked = Typist(US, locked=LOCK)
    assert locked.down("KeyA", "A") == [Press(code("KeyA"))]
    (tap,) = locked.down("KeyB", "b")
    assert isinstance(tap, Tap)
    assert (tap.spot.mods, tap.spot.mask & LOCK) == (0, LOCK)


def test_a_key_that_caps_lock_leaves_alone_is_a_capital_to_programs() -> None:
    """As é on a French keyboard: its level stays, and the program makes a capital of it."""
    e_acute = code("Digit2")
    french = Keymap({e_acute: (Group(SHIFT, {0: 0xE9, SHIFT: ord("2")}),)}, {})
    locked = Typist(french, locked=LOCK)
    assert locked.down("Digit2", "É") == [Press(e_acute)]
    locked.up("Digit2")
    assert locked.down("Digit2", "é") == [Tap(Spot(e_acute, 0, SHIFT | LOCK, 0))]
    assert Typist(french).down("Digit2", "é") == [Press(e_acute)]


def test_what_no_key_has_is_typed_otherwise() -> None:
    us = Typist(US)
    us.down("ShiftLeft")
    assert us.down("KeyQ", "你", Mods.SHIFT) == [
        Lift(code("ShiftLeft")),
        TypeMissing("你"),
        Press(code("ShiftLeft")),
    ]
    strokes = us.keyboard.type_text("a\n", us.layout)
    taps = [stroke.spot.keycode for stroke in strokes if isinstance(stroke, Tap)]
    assert taps == [code("KeyA"), code("Enter")]


def test_unknown_places_do_nothing() -> None:
    us = Typist(US)
    assert us.keyboard.press(Key(True, 0), us.layout) == []
    assert us.keyboard.press(Key(True, 60_000), us.layout) == []


@pytest.mark.parametrize("place", ["F1", "F12", "Backspace"])
def test_keys_that_leave_the_session_are_refused(place: str) -> None:
    us = Typist(US)
    us.down("ControlLeft")
    us.down("AltLeft")
    assert us.down(place) == []
    assert us.down("Delete") == [Press(code("Delete"))]


def test_who_shares_a_window_gives_no_desktop_keys() -> None:
    us = Typist(US, is_desktop=False)
    assert us.down("MetaLeft") == []
    us.down("AltLeft")
    assert us.down("Tab") == []


def test_two_places_that_press_one_key_lift_it_once() -> None:
    us = Typist(US)
    us.down("ControlLeft")
    assert us.down("KeyZ", "z", Mods.CTRL) == [Press(code("KeyZ"))]
    assert us.down("KeyY", "z", Mods.CTRL) == [Lift(code("KeyZ")), Press(code("KeyZ"))]
    assert us.up("KeyZ") == []
    assert us.up("KeyY") == [Lift(code("KeyZ"))]


def test_a_lapsed_modifier_comes_back_and_a_letter_does_not() -> None:
    us = Typist(US)
    held = frozenset((PLACES["ShiftLeft"], PLACES["KeyA"]))
    assert us.keyboard.keep(held, us.layout) == [Press(code("ShiftLeft"))]
    assert us.keyboard.keep(frozenset(), us.layout) == [Lift(code("ShiftLeft"))]
    assert CTRL != ALT
