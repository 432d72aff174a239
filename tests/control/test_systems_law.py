"""At the end nothing is down on any system, whatever came and whatever was lost (law 11)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.control.events import Event
from tests.control.input_events import EVENTS
from tests.control.test_systems import SYSTEMS

_WINDOWS_BUTTONS = {
    "0002 0": "left",
    "0020 0": "middle",
    "0008 0": "right",
    "0080 1": "x1",
    "0080 2": "x2",
    "0004 0": "-left",
    "0040 0": "-middle",
    "0010 0": "-right",
    "0100 1": "-x1",
    "0100 2": "-x2",
}
"""By flags and `mouseData`; with a dash, it goes up."""


def _on_windows(call: str, down: set[str]) -> None:
    kind, first, second, last = call.split()
    if kind == "key":
        flags = int(last, 16)
        name = f"{first} {second} {flags & ~2:x}"
        (down.discard if flags & 2 else down.add)(name)
    elif (button := _WINDOWS_BUTTONS.get(f"{first} {second}")) is not None:
        (down.discard if button[0] == "-" else down.add)(button.removeprefix("-"))


def _on_macos(call: str, down: set[str]) -> None:
    kind, first, *rest = call.split(" ", 3)
    if kind == "key":
        (down.add if rest[0] == "down" else down.discard)(f"key {first}")
    elif kind == "flags":
        down.discard("flags")
        if int(rest[0], 16):
            down.add("flags")
    elif kind == "mouse" and first in ("1", "3", "25"):
        down.add(f"mouse {rest[0]}")
    elif kind == "mouse" and first in ("2", "4", "26"):
        down.discard(f"mouse {rest[0]}")


def _by_uinput(call: str, down: set[str]) -> None:
    kind, code, value = call.split()
    if kind == "1":
        (down.add if value == "1" else down.discard)(code)


FOLLOW = {"windows": _on_windows, "macos": _on_macos, "uinput": _by_uinput}


@pytest.mark.parametrize("system", SYSTEMS)
@given(events=st.lists(EVENTS, max_size=25))
def test_at_the_end_nothing_is_down(system: str, events: list[Event]) -> None:
    down: set[str] = set()
    for call in SYSTEMS[system](*events):
        FOLLOW[system](call, down)
    assert down == set()


@pytest.mark.parametrize(
    ("system", "call"),
    [("windows", "key 00 001e 8"), ("macos", 'key 00 down 0 "a"'), ("uinput", "1 30 1")],
)
def test_a_key_that_stays_down_is_found(system: str, call: str) -> None:
    down: set[str] = set()
    FOLLOW[system](call, down)
    assert down
