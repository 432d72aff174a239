"""One list of what viewers do, and what each system must be asked for then.

The list is run against X11 (a real server), and against fakes of Windows's user32, of macOS's
Quartz and of the Linux kernel, which write down every call in the form that is used here:

    windows   mouse FLAGS DATA DX,DY · key VK SCAN FLAGS                  (the fields of INPUT)
    macos     mouse TYPE BUTTON X,Y clicks N by DX,DY · key CODE down|up FLAGS "TEXT"
              · flags CODE FLAGS · scroll ALONG,ACROSS · scroll px ALONG,ACROSS
    uinput    KIND CODE VALUE                                             (struct input_event)
    x11       button|key down|up NUMBER · move X,Y                        (? any number)
"""

from __future__ import annotations

from dataclasses import dataclass

from samescreen.control.events import (
    HERE,
    Button,
    Event,
    Held,
    Key,
    Mods,
    Move,
    Pen,
    Release,
    Shift,
    Text,
    Wheel,
)
from samescreen.control.places import PLACES
from samescreen.media import Region

PICTURE = Region(0, 0, 400, 200)
"""Where the picture lies: on Windows on a desktop of 801×601 that begins at -400,0; on macOS on a
screen of 200×100 points."""


@dataclass(frozen=True, slots=True)
class Step:
    """`does`: what the viewer sends. Before each step nothing is held, after it neither."""

    name: str
    does: tuple[Event, ...]
    windows: str
    macos: str
    uinput: str
    x11: str


def key(place: str, char: str = "", mods: Mods = Mods.NONE) -> tuple[Key, Key]:
    """A key is pressed and let go."""
    code = PLACES[place]
    return Key(True, code, mods, char), Key(False, code, mods, char)


_SHIFT, _CTRL, _RIGHT = PLACES["ShiftLeft"], PLACES["ControlLeft"], PLACES["ArrowRight"]

GOLDEN = (
    Step(
        "the pointer moves, and stays inside the picture",
        (Move(10, 20), Move(9999, 9999)),
        windows="mouse c001 0 33587,2185 · mouse c001 0 65454,21736",
        macos="mouse 5 0 5.25,10.25 · mouse 5 0 199.75,99.75",
        uinput="3 0 1642 · 3 1 6586 · 3 0 65535 · 3 1 65535",
        x11="move 10,20 · move 399,199",
    ),
    Step(
        "every button",
        tuple(Button(n, is_down, 10, 20) for n in range(5) for is_down in (True, False)),
        windows=(
            "mouse c001 0 33587,2185 · mouse 0002 0 0,0 · mouse 0004 0 0,0 · "
            "mouse c001 0 33587,2185 · mouse 0020 0 0,0 · mouse 0040 0 0,0 · "
            "mouse c001 0 33587,2185 · mouse 0008 0 0,0 · mouse 0010 0 0,0 · "
            "mouse c001 0 33587,2185 · mouse 0080 1 0,0 · mouse 0100 1 0,0 · "
            "mouse c001 0 33587,2185 · mouse 0080 2 0,0 · mouse 0100 2 0,0"
        ),
        macos=(
            "mouse 5 0 5.25,10.25 · mouse 1 0 5.25,10.25 clicks 1 · "
            "mouse 2 0 5.25,10.25 clicks 1 · mouse 5 0 5.25,10.25 · "
            "mouse 25 2 5.25,10.25 clicks 1 · mouse 26 2 5.25,10.25 clicks 1 · "
            "mouse 5 0 5.25,10.25 · mouse 3 1 5.25,10.25 clicks 1 · "
            "mouse 4 1 5.25,10.25 clicks 1 · mouse 5 0 5.25,10.25 · "
            "mouse 25 3 5.25,10.25 clicks 1 · mouse 26 3 5.25,10.25 clicks 1 · "
            "mouse 5 0 5.25,10.25 · mouse 25 4 5.25,10.25 clicks 1 · "
            "mouse 26 4 5.25,10.25 clicks 1"
        ),
        uinput=(
            "3 0 1642 · 3 1 6586 · 1 272 1 · 1 272 0 · 3 0 1642 · 3 1 6586 · 1 274 1 · "
            "1 274 0 · 3 0 1642 · 3 1 6586 · 1 273 1 · 1 273 0 · 3 0 1642 · 3 1 6586 · "
            "1 275 1 · 1 275 0 · 3 0 1642 · 3 1 6586 · 1 276 1 · 1 276 0"
        ),
        x11=(
            "move 10,20 · button down 1 · button up 1 · button down 2 · button up 2 · "
            "button down 3 · button up 3 · button down 8 · button up 8 · button down 9 · "
            "button up 9"
        ),
    ),
    Step(
        "a drag",
        (Button(0, True, 10, 20), Move(30, 20), Button(0, False, 30, 20)),
        windows=(
            "mouse c001 0 33587,2185 · mouse 0002 0 0,0 · mouse c001 0 35226,2185 · "
            "mouse 0004 0 0,0"
        ),
        macos=(
            "mouse 5 0 5.25,10.25 · mouse 1 0 5.25,10.25 clicks 1 · mouse 6 0 15.25,10.25 · "
            "mouse 2 0 15.25,10.25 clicks 1"
        ),
        uinput="3 0 1642 · 3 1 6586 · 1 272 1 · 3 0 4927 · 3 1 6586 · 1 272 0",
        x11="move 10,20 · button down 1 · move 30,20 · button up 1",
    ),
    Step(
        "the wheel: down, up, right, left",
        (Wheel(0, 120, 10, 20), Wheel(0, -120, 10, 20), Wheel(120, 0, 10, 20),
         Wheel(-120, 0, 10, 20)),
        windows=(
            "mouse c001 0 33587,2185 · mouse 0800 -120 0,0 · mouse c001 0 33587,2185 · "
            "mouse 0800 120 0,0 · mouse c001 0 33587,2185 · mouse 1000 120 0,0 · "
            "mouse c001 0 33587,2185 · mouse 1000 -120 0,0"
        ),
        macos=(
            "mouse 5 0 5.25,10.25 · scroll -3,0 · mouse 5 0 5.25,10.25 · scroll 3,0 · "
            "mouse 5 0 5.25,10.25 · scroll 0,-3 · mouse 5 0 5.25,10.25 · scroll 0,3"
        ),
        uinput=(
            "3 0 1642 · 3 1 6586 · 2 8 -1 · 2 11 -120 · 3 0 1642 · 3 1 6586 · 2 8 1 · "
            "2 11 120 · 3 0 1642 · 3 1 6586 · 2 6 1 · 2 12 120 · 3 0 1642 · 3 1 6586 · 2 6 -1 · "
            "2 12 -120"
        ),
        x11=(
            "move 10,20 · button down 5 · button up 5 · button down 4 · button up 4 · "
            "button down 7 · button up 7 · button down 6 · button up 6"
        ),
    ),
    Step(
        "small turns of a smooth wheel",
        (*(Wheel(0, 40, 10, 20),) * 2, Wheel(0, 45, 10, 20), Wheel(-15, 0, 10, 20)),
        windows=(
            "mouse c001 0 33587,2185 · mouse 0800 -40 0,0 · mouse c001 0 33587,2185 · "
            "mouse 0800 -40 0,0 · mouse c001 0 33587,2185 · mouse 0800 -45 0,0 · "
            "mouse c001 0 33587,2185 · mouse 1000 -15 0,0"
        ),
        macos=(
            "mouse 5 0 5.25,10.25 · scroll px -10,0 · mouse 5 0 5.25,10.25 · scroll px -10,0 · "
            "mouse 5 0 5.25,10.25 · scroll px -11,0 · mouse 5 0 5.25,10.25 · scroll px 0,3"
        ),
        uinput=(
            "3 0 1642 · 3 1 6586 · 2 11 -40 · 3 0 1642 · 3 1 6586 · 2 11 -40 · 3 0 1642 · "
            "3 1 6586 · 2 8 -1 · 2 11 -45 · 3 0 1642 · 3 1 6586 · 2 12 -15"
        ),
        x11="move 10,20 · button down 5 · button up 5",
    ),
    Step(
        "a mouse that is locked in moves, clicks and turns where it is",
        (Move(10, 20), Shift(30, -4), Button(0, True, HERE, HERE), Shift(-5, 5), Shift(-20, 0),
         Button(0, False, HERE, HERE), Wheel(0, 120, HERE, HERE)),
        windows=(
            "mouse c001 0 33587,2185 · mouse 0001 0 30,-4 · mouse 0002 0 0,0 · "
            "mouse 0001 0 -5,5 · mouse 0001 0 -20,0 · mouse 0004 0 0,0 · mouse 0800 -120 0,0"
        ),
        macos=(
            "mouse 5 0 5.25,10.25 · mouse 5 0 20.25,8.25 by 15,-2 · "
            "mouse 1 0 20.25,8.25 clicks 1 · mouse 6 0 17.75,10.75 by -2,2 · "
            "mouse 6 0 7.75,10.75 by -10,0 · mouse 2 0 7.75,10.75 clicks 1 · scroll -3,0"
        ),
        uinput=(
            "3 0 1642 · 3 1 6586 · 2 0 30 · 2 1 -4 · 1 272 1 · 2 0 -5 · 2 1 5 · 2 0 -20 · "
            "2 1 0 · 1 272 0 · 2 8 -1 · 2 11 -120"
        ),
        x11=(
            "move 10,20 · move 40,16 · button down 1 · move 35,21 · move 15,21 · button up 1 · "
            "button down 5 · button up 5"
        ),
    ),
    Step(
        "a pen is the pointer; its buttons say whether it touches",
        (Pen(10, 20, 0), Pen(10, 20, 30_000), Button(0, True, 10, 20), Pen(30, 20, 60_000, 10, -5),
         Button(0, False, 30, 20)),
        windows=(
            "mouse c001 0 33587,2185 · mouse c001 0 33587,2185 · mouse c001 0 33587,2185 · "
            "mouse 0002 0 0,0 · mouse c001 0 35226,2185 · mouse 0004 0 0,0"
        ),
        macos=(
            "mouse 5 0 5.25,10.25 · mouse 5 0 5.25,10.25 · mouse 5 0 5.25,10.25 · "
            "mouse 1 0 5.25,10.25 clicks 1 · mouse 6 0 15.25,10.25 · "
            "mouse 2 0 15.25,10.25 clicks 1"
        ),
        uinput=(
            "3 0 1642 · 3 1 6586 · 3 0 1642 · 3 1 6586 · 3 0 1642 · 3 1 6586 · 1 272 1 · "
            "3 0 4927 · 3 1 6586 · 1 272 0"
        ),
        x11="move 10,20 · button down 1 · move 30,20 · button up 1",
    ),
    Step(
        "letters, one with Shift",
        (*key("KeyA", "a"), Key(True, _SHIFT), *key("KeyA", "A", Mods.SHIFT), Key(False, _SHIFT)),
        windows=(
            "key 00 001e 8 · key 00 001e a · key 00 002a 8 · key 00 001e 8 · key 00 001e a · "
            "key 00 002a a"
        ),
        macos=(
            'key 00 down 0 "a" · key 00 up 0 "a" · flags 38 20000 · key 00 down 20000 "A" · '
            'key 00 up 20000 "A" · flags 38 0'
        ),
        uinput="1 30 1 · 1 30 0 · 1 42 1 · 1 30 1 · 1 30 0 · 1 42 0",
        x11="key down 38 · key up 38 · key down 50 · key down 38 · key up 38 · key up 50",
    ),
    Step(
        "a shortcut",
        (Key(True, _CTRL), *key("KeyZ", "z", Mods.CTRL), Key(False, _CTRL)),
        windows="key 00 001d 8 · key 00 002c 8 · key 00 002c a · key 00 001d a",
        macos='flags 3b 40000 · key 06 down 40000 "" · key 06 up 40000 "" · flags 3b 0',
        uinput="1 29 1 · 1 44 1 · 1 44 0 · 1 29 0",
        x11="key down 37 · key down 52 · key up 52 · key up 37",
    ),
    Step(
        "named keys, also extended ones",
        (*key("Enter"), *key("ArrowLeft"), *key("F5"), *key("AltRight"), *key("Delete")),
        windows=(
            "key 00 001c 8 · key 00 001c a · key 00 004b 9 · key 00 004b b · key 00 003f 8 · "
            "key 00 003f a · key 00 0038 9 · key 00 0038 b · key 00 0053 9 · key 00 0053 b"
        ),
        macos=(
            'key 24 down 0 "" · key 24 up 0 "" · key 7b down 0 "" · key 7b up 0 "" · '
            'key 60 down 0 "" · key 60 up 0 "" · flags 3d 80000 · flags 3d 0 · '
            'key 75 down 0 "" · key 75 up 0 ""'
        ),
        uinput=(
            "1 28 1 · 1 28 0 · 1 105 1 · 1 105 0 · 1 63 1 · 1 63 0 · 1 100 1 · 1 100 0 · "
            "1 111 1 · 1 111 0"
        ),
        x11=(
            "key down 36 · key up 36 · key down 113 · key up 113 · key down 71 · key up 71 · "
            "key down 108 · key up 108 · key down 119 · key up 119"
        ),
    ),
    Step(
        "text that the layout has, with a line break",
        (Text("hI\n"),),
        windows=(
            "key 00 0068 4 · key 00 0068 6 · key 00 0049 4 · key 00 0049 6 · key 00 001c 8 · "
            "key 00 001c a"
        ),
        macos=(
            'key 00 down 0 "h" · key 00 up 0 "h" · key 00 down 0 "I" · key 00 up 0 "I" · '
            'key 24 down 0 "" · key 24 up 0 ""'
        ),
        uinput="1 35 1 · 1 35 0 · 1 42 1 · 1 23 1 · 1 23 0 · 1 42 0 · 1 28 1 · 1 28 0",
        x11="key down 43 · key up 43 · key down 31 · key up 31 · key down 36 · key up 36",
    ),
    Step(
        "text that the layout lacks",
        (Text("你😀"),),
        windows=(
            "key 00 4f60 4 · key 00 4f60 6 · key 00 d83d 4 · key 00 d83d 6 · key 00 de00 4 · "
            "key 00 de00 6"
        ),
        macos='key 00 down 0 "你" · key 00 up 0 "你" · key 00 down 0 "😀" · key 00 up 0 "😀"',
        uinput="",
        x11="key down ? · key up ? · key down ? · key up ?",
    ),
    Step(
        "what is held at the end is let go",
        (Button(0, True, 10, 20), Key(True, _SHIFT), Key(True, _RIGHT), Release()),
        windows=(
            "mouse c001 0 33587,2185 · mouse 0002 0 0,0 · key 00 002a 8 · key 00 004d 9 · "
            "mouse 0004 0 0,0 · key 00 002a a · key 00 004d b"
        ),
        macos=(
            "mouse 5 0 5.25,10.25 · mouse 1 0 5.25,10.25 clicks 1 · flags 38 20000 · "
            'key 7c down 20000 "" · mouse 2 0 5.25,10.25 clicks 1 · flags 38 0 · '
            'key 7c up 0 ""'
        ),
        uinput="3 0 1642 · 3 1 6586 · 1 272 1 · 1 42 1 · 1 106 1 · 1 272 0 · 1 42 0 · 1 106 0",
        x11=(
            "move 10,20 · button down 1 · key down 50 · key down 114 · button up 1 · "
            "key up 50 · key up 114"
        ),
    ),
    Step(
        "the page says that a button and a key are up",
        (Button(2, True, 10, 20), Key(True, _RIGHT), Held(0, frozenset())),
        windows=(
            "mouse c001 0 33587,2185 · mouse 0008 0 0,0 · key 00 004d 9 · mouse 0010 0 0,0 · "
            "key 00 004d b"
        ),
        macos=(
            'mouse 5 0 5.25,10.25 · mouse 3 1 5.25,10.25 clicks 1 · key 7c down 0 "" · '
            'mouse 4 1 5.25,10.25 clicks 1 · key 7c up 0 ""'
        ),
        uinput="3 0 1642 · 3 1 6586 · 1 273 1 · 1 106 1 · 1 273 0 · 1 106 0",
        x11="move 10,20 · button down 3 · key down 114 · button up 3 · key up 114",
    ),
)
