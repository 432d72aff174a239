"""The panel as text: every width and height, both languages, what must never be cut off."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from samescreen.cli.controls import KEYS, Prompt
from samescreen.cli.panel import (
    Scene,
    Shown,
    Watcher,
    coloured,
    fit,
    footer,
    help_sheet,
    panel,
    spark,
)
from samescreen.cli.words import CHINESE, ENGLISH, Words
from samescreen.media import Limit

SCENE = Scene(
    marks=("PAUSED", "locked"),
    viewers=3,
    sources=(
        Shown("screen 1 1920×1080", "libx264", 59.6, 2_140_000, 4200),
        Shown("会议室的摄像头", "", 0, 0, 0, "the source is gone"),
    ),
    people=(
        Watcher(2, "王小明", "192.0.2.9", "viewer link", 58, 31_000, "main", "network", True),
        Watcher(1, "Ada", "192.0.2.7", "viewer link", 60, 23_000, "main", "none"),
        Watcher(3, "", "2001:db8::1:2:3:4:5", "wall", None, None),
    ),
    waiting=(("192.0.2.44", "viewer link"), ("192.0.2.45", "viewer link")),
    hands=((2, "王小明"), (1, "Ada")),
    lines=(("Ada", "can you zoom in?"), ("王小明", "谢谢")),
    bitrates=tuple(range(0, 3_000_000, 50_000)),
)
BOTH = pytest.mark.parametrize("words", [ENGLISH, CHINESE], ids=["en", "zh"])


@BOTH
@pytest.mark.parametrize("width", [39, 79, 119])
def test_everything_is_shown_at_usual_widths(words: Words, width: int) -> None:
    lines = panel(SCENE, None, width, 40, words)
    text = "\n".join(lines)
    for word in ("PAUSED", "locked", "Ada", "王小明", "192.0.2.7", "192.0.2.44", "zoom in?"):
        assert word in text
    assert words("limit-network") in text
    assert words("waits-keys") in text
    assert "✋ 2 王小明 · 1 Ada" in text, "in their order, with the numbers that answers take"
    assert words("hands-keys") in text
    assert words("fps", n=60) in text
    assert max(map(cell_len, lines)) <= width


def test_the_raised_hand_comes_first_with_its_number() -> None:
    (first,) = [line for line in panel(SCENE, None, 79, 40, ENGLISH) if "王小明  " in line]
    assert first.startswith(" 2 ✋ ")


def test_a_name_never_hides_the_address() -> None:
    long = Watcher(1, "192.0.2.1 " * 4, "203.0.113.77", "viewer link", 60, 1000, "main", "none")
    for width in (39, 64, 79, 100, 140):
        assert "203.0.113.77" in "\n".join(panel(Scene(people=(long,)), None, width, 40, ENGLISH))


@BOTH
def test_every_key_of_the_footer_is_there_at_40_columns(words: Words) -> None:
    text = "  ".join(footer(39, words))
    for key in KEYS:
        assert (f"{key.char} {words(f'key-{key.deed}')}" in text) is key.is_in_footer


@BOTH
def test_every_key_is_on_the_help_sheet(words: Words) -> None:
    lines = help_sheet(119, words)
    assert [line[0] for line in lines[:-1]] == [key.char for key in KEYS]


@BOTH
def test_what_limits_somebody_fits_its_column(words: Words) -> None:
    for limit in get_args(Limit):
        assert cell_len(words.find(f"limit-{limit}", "")) <= 12


def test_on_a_low_terminal_people_are_counted_and_the_keys_stay() -> None:
    crowd = Scene(people=tuple(Watcher(n, f"p{n}", "10.0.0.1", "x") for n in range(1, 31)))
    lines = panel(crowd, None, 79, 12, ENGLISH)
    assert len(lines) == 12
    assert any("and 23 more" in line for line in lines)
    assert lines[-len(footer(79, ENGLISH)) :] == footer(79, ENGLISH)


def test_the_cursor_stands_behind_what_was_typed() -> None:
    lines = panel(SCENE, Prompt("source", "window:x" * 20), 39, 20, ENGLISH)
    assert lines[-1].startswith("Source: ")
    assert lines[-1].endswith("window:x")
    assert cell_len(lines[-1]) <= 38
    assert "Esc" in lines[-2]


def test_what_was_typed_controls_no_terminal() -> None:
    assert "\x1b" not in panel(SCENE, Prompt("source", "\x1b[2J"), 79, 20, ENGLISH)[-1]


def test_nothing_shared_and_nobody_here() -> None:
    lines = panel(Scene(), None, 79, 20, ENGLISH)
    assert "nobody watches" in lines[0]
    assert lines[1] == "nothing is shared"


def test_the_tallest_bar_is_the_highest_rate() -> None:
    assert spark((0, 1, 2, 4, 8), 10) == "▁▂▃▅█"
    assert spark((0, 1, 8), 2) == "▂█"
    assert spark((0, 0), 5) == "▁▁"
    assert spark((), 5) == ""


@given(st.text(max_size=60), st.integers(0, 50))
def test_a_text_fits_exactly(text: str, width: int) -> None:
    assert cell_len(fit(text, width)) == width


NAMES = st.text(st.characters(exclude_categories=["C", "Z", "M"]), max_size=40)
WATCHERS = st.builds(
    Watcher,
    st.integers(1, 9999),
    NAMES,
    NAMES,
    NAMES,
    st.none() | st.floats(0, 1000),
    st.none() | st.integers(0, 10**9),
    st.sampled_from(["", "main", "low"]),
    st.sampled_from(["", "none", "network", "host"]),
    st.booleans(),
)
SHOWN = st.builds(
    Shown, NAMES, NAMES, st.floats(0, 240), st.integers(0, 10**9), st.integers(0, 10**6)
)
SCENES = st.builds(
    Scene,
    marks=st.lists(st.sampled_from(["PAUSED", "locked", "新来者需批准"]), max_size=5).map(tuple),
    viewers=st.integers(0, 1000),
    sources=st.lists(SHOWN, max_size=6).map(tuple),
    people=st.lists(WATCHERS, max_size=8).map(tuple),
    waiting=st.lists(st.tuples(NAMES, NAMES), max_size=3).map(tuple),
    asking=st.lists(st.tuples(NAMES, NAMES), max_size=3).map(tuple),
    in_control=NAMES,
    is_control_kept=st.booleans(),
    hands=st.lists(st.tuples(st.integers(1, 9999), NAMES), max_size=9).map(tuple),
    lines=st.lists(st.tuples(NAMES, NAMES), max_size=5).map(tuple),
    bitrates=st.lists(st.integers(0, 10**8), max_size=60).map(tuple),
)


def test_a_program_that_waits_is_shown_with_the_key_that_lets_it_go_on() -> None:
    shown = "\n".join(panel(Scene(is_control_kept=True), None, 80, 24, ENGLISH))
    assert "Your hand took over; a program waits  g let it go on" in shown
    assert "a program waits" not in "\n".join(panel(Scene(), None, 80, 24, ENGLISH))


@settings(max_examples=40)
@given(SCENES, st.integers(20, 160), st.integers(6, 60), st.sampled_from([ENGLISH, CHINESE]))
def test_no_line_is_wider_and_no_panel_higher_than_the_terminal(
    scene: Scene, width: int, height: int, words: Words
) -> None:
    lines = panel(scene, None, width, height, words)
    assert max(map(cell_len, lines)) <= width
    assert len(lines) <= max(height, len(footer(width, words)))
    styled = panel(scene, None, width, height, words, coloured)
    assert len(styled) == len(lines)
