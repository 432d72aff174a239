"""What keys mean: commands at once, prompts, sheets, and what was pasted."""

from __future__ import annotations

import pytest

from samescreen.cli.controls import (
    END,
    KEYS,
    LONGEST_TYPED,
    Controls,
    Deed,
    Key,
    Prompt,
    chosen_number,
)
from samescreen.cli.keystrokes import BACKSPACE, CLEAR, ENTER, ESCAPE
from samescreen.cli.words import en


def typed(controls: Controls, *keys: str) -> list[Deed]:
    """Each key by itself, as somebody presses them."""
    return [deed for key in keys for deed in controls.press([key])]


@pytest.mark.parametrize("key", [key for key in KEYS if not key.asks and key.deed != "help"])
def test_a_command_acts_at_once(key: Key) -> None:

    assert typed(Controls(), key.char, key.char.upper()) == [Deed(key.deed)] * 2


def test_each_key_is_named_and_explained_in_the_catalogue() -> None:
    assert len({key.char for key in KEYS}) == len(KEYS)
    for key in KEYS:
        assert f"help-{key.deed}" in en.TEXTS
        assert f"key-{key.deed}" in en.TEXTS or not key.is_in_footer
        assert f"prompt-{key.deed}" in en.TEXTS or not key.asks


def test_a_prompt_takes_a_line() -> None:
    controls = Controls()
    assert typed(controls, "s", "+", " ", "q", "x", BACKSPACE) == []
    assert controls.prompt == Prompt("source", "+ q")
    assert typed(controls, ENTER) == [Deed("source", "+ q")]
    assert controls.prompt is None


def test_escape_leaves_a_prompt_and_the_next_key_is_a_command() -> None:
    controls = Controls()
    assert typed(controls, "k", "1", ESCAPE, "b") == [Deed("blank")]


def test_an_empty_line_does_nothing() -> None:
    controls = Controls()
    assert typed(controls, "s", " ", ENTER, "k", "7", CLEAR, ENTER) == []
    assert controls.prompt is None


def test_a_line_is_bounded() -> None:
    controls = Controls()
    controls.press(["s", *"x" * 5000])
    assert controls.prompt is not None
    assert len(controls.prompt.text) == LONGEST_TYPED


def test_any_key_closes_a_sheet_and_does_nothing_else() -> None:
    controls = Controls()
    assert typed(controls, "?") == []
    assert controls.sheet == "help"
    assert typed(controls, "q") == [Deed("close", "help")]
    assert typed(controls, "q") == [Deed("quit")]


def test_keys_pressed_ahead_over_a_slow_line_all_count() -> None:
    assert Controls().press(list("pb")) == [Deed("pause"), Deed("blank")]


def test_a_text_that_was_pasted_presses_no_keys() -> None:
    assert Controls().press(list("quick brown foxes")) == []
    controls = Controls()
    assert controls.press([*"stestcard", ENTER, *"quick brown foxes"]) == [
        Deed("source", "testcard")
    ]
    assert controls.prompt is None


def test_lines_that_were_typed_ahead_are_all_taken() -> None:
    assert Controls().press([*"stestcard", ENTER] * 3) == [Deed("source", "testcard")] * 3


@pytest.mark.parametrize(
    ("text", "number"), [("1", 1), ("12", 12), ("0", None), ("x", None), ("٣", None), ("-1", None)]
)
def test_a_number_that_was_typed(text: str, number: int | None) -> None:
    assert chosen_number(text) == number


def test_on_the_sheet_of_a_link_w_makes_another_and_x_ends_it() -> None:
    for key, deed in {
        "w": Deed("show-me"),
        "X": Deed("show-me", END),
        "q": Deed("close", "show-me"),
    }.items():
        controls = Controls()
        controls.sheet = "show-me"
        assert typed(controls, key) == [deed]
        assert controls.sheet == ""
    controls.sheet = "phone"
    assert typed(controls, "x") == [Deed("close", "phone")]
