"""What programs ask for becomes the events of a hand, or a sentence that says what is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.control.actions import MOST_ACTIONS, events_of, order_from_json
from samescreen.control.events import Button, Event, Key, Mods, Move, Text, Wheel
from samescreen.control.places import PLACES
from samescreen.errors import UsageError

CTRL = PLACES["ControlLeft"]


def events(**action: Any) -> list[Event]:
    order = order_from_json(json.dumps({"actions": [action]}).encode())
    return [event for each in order.actions for event in events_of(each)]


def test_pointer_and_wheel() -> None:
    assert events(do="move", x=3, y=4) == [Move(3, 4)]
    pair = [Button(2, True, 3, 4), Button(2, False, 3, 4)]
    assert events(do="click", x=3, y=4, button="right", count=2) == pair * 2
    dragged = [Button(0, True, 0, 0), Move(5, 10), Move(10, 20), Button(0, False, 10, 20)]
    assert events(do="click", x=0, y=0, to=[10, 20]) == dragged
    assert events(do="scroll", x=1, y=2, dy=-1.5) == [Wheel(0, -180, 1, 2)]


def test_text_and_keys() -> None:
    assert events(do="text", text="Grüße 你好\n") == [Text("Grüße 你好\n")]
    assert events(do="key", key="é") == [Text("é")]
    enter = PLACES["Enter"]
    assert events(do="key", key="return") == [Key(True, enter), Key(False, enter)]
    assert events(do="key", key="ctrl+S") == [
        Key(True, CTRL, Mods.CTRL),
        Key(True, PLACES["KeyS"], Mods.CTRL, "S"),
        Key(False, PLACES["KeyS"], Mods.CTRL, "S"),
        Key(False, CTRL, Mods.CTRL),
    ]
    plus = events(do="key", key="ctrl++")[1]
    assert plus == Key(True, PLACES["Equal"], Mods.CTRL, "+")
    alone = events(do="key", key="shift")
    assert alone == [Key(True, PLACES["ShiftLeft"]), Key(False, PLACES["ShiftLeft"])]


def test_every_key_that_goes_down_comes_up() -> None:
    for name in ("ctrl+alt+F5", "shift+Tab", "meta+l", "ctrl+5", "ctrl+ü"):
        down: list[int] = []
        for event in events(do="key", key=name):
            assert isinstance(event, Key)
            (down.append if event.is_down else down.remove)(event.code)
        assert down == []


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ({"do": "jump"}, "jump"),
        ({"do": "click", "x": 1}, "missing required field `y`"),
        ({"do": "click", "x": -1, "y": 0}, "-"),
        ({"do": "click", "x": 1, "y": 0, "buton": "left"}, "buton"),
        ({"do": "key", "key": "Entre"}, "there is no key 'Entre'"),
        ({"do": "key", "key": "enter+a"}, "'enter' cannot be held"),
        ({"do": "text", "text": ""}, "length"),
    ],
)
def test_what_makes_no_sense_is_said(action: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        events(**action)


@given(st.binary(max_size=200))
def test_noise_is_refused_in_words(noise: bytes) -> None:
    with pytest.raises(UsageError):
        order_from_json(noise)


def test_too_many_actions_are_refused() -> None:
    body = {"actions": [{"do": "move", "x": 0, "y": 0}] * (MOST_ACTIONS + 1)}
    with pytest.raises(UsageError):
        order_from_json(json.dumps(body).encode())
