"""Sentences of other rooms in Chinese: those of the code, translated whole, or left alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.cli.words import CHINESE, ENGLISH, zh_sentences, zh_sources
from samescreen.cli.words.translation import Translation
from tests.stage.tools import ROOT

CODE = ROOT / "src" / "samescreen"
NOT_OURS = re.compile(r"^[A-Z][a-z ]+$")
"""Sentences of the system (`os.strerror`)."""
OF_OPTIONS = ("options.py", "option_values.py", "cli/new.py", "grants.py", "capture/hiding.py")
OF_PROGRAMS = {
    "{} takes a whole number, not {}: round it",
    '{} takes a string, not {}: write {}="…"',
    "{} takes True or False, not {}",
    "{} takes a string, or a list of them, not {}",
    "there is no option {}; there are: {}",
    "grants are: {}",
    "",  # made elsewhere
}
"""What programs in Python meet, and no person at a terminal."""
BLANK = re.compile(r"\{(\d*)\}")


def _templates(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (template := _template(node)) is not None:
            yield template


def _template(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return None
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
    )


def _refusals(path: Path) -> Iterator[str]:
    """What the UsageErrors of this file say."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "UsageError":
            yield _template(node.args[0]) or ""


def test_each_sentence_is_one_of_the_code() -> None:
    paths = [path for path in CODE.rglob("*.py") if path.parent.name != "words"]
    said = {template for path in paths for template in _templates(path)}
    ours = [text for text in zh_sentences.TEXTS if not NOT_OURS.search(text)]
    assert [text for text in ours if text not in said] == []
    assert len(ours) > 90


def test_whatever_is_wrong_with_an_option_is_said_in_chinese_too() -> None:
    said = {text for name in OF_OPTIONS for text in _refusals(CODE / name)}
    assert len(said) > 30
    lines = [text.replace("{}", "v") for text in said - OF_PROGRAMS]
    assert [line for line in lines if CHINESE.translated(line) == line] == []


def test_words_that_no_command_takes_are_answered_in_chinese_too() -> None:
    ours = {text for text in _templates(CODE / "cli" / "plain_usage.py") if "{}" in text}
    assert len(ours) > 5
    assert ours <= zh_sentences.TEXTS.keys()


@pytest.mark.parametrize("text", zh_sentences.TEXTS)
def test_each_translation_takes_values_that_the_sentence_has(text: str) -> None:
    translated = zh_sentences.TEXTS[text]
    numbers = [int(number) for number in BLANK.findall(translated)]
    assert len(set(numbers)) == len(numbers)
    assert all(number < text.count("{}") for number in numbers)
    assert re.search(r"[\u4e00-\u9fff]", translated)


@pytest.mark.parametrize("text", zh_sentences.TEXTS)
def test_each_sentence_is_found_again_with_its_values(text: str) -> None:
    values = [f"v{number}" for number in range(text.count("{}"))]
    said = text.replace("{}", "%s") % tuple(values) if values else text
    assert CHINESE.translated(said) == zh_sentences.TEXTS[text].format(*values)
    assert ENGLISH.translated(said) == said


def test_a_reason_inside_a_sentence_is_translated_too() -> None:
    said = "cannot record to /x: No space left on device; name a place that you may write to"
    assert CHINESE.translated(said) == "无法录制到 /x：磁盘已满；请换一个可以写入的位置"
    refused = "X display :7 does not answer; check DISPLAY and XAUTHORITY"
    assert CHINESE.translated(f"sharing the test card, because {refused}") == (
        "正在共享测试画面，因为X 显示 :7 没有响应；请检查 DISPLAY 和 XAUTHORITY"
    )


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("test card 1280×720", "测试画面 1280×720"),
        ("screen 2 1920×1080", "屏幕 2 1920×1080"),
        ("region 0,10 640×360", "区域 0,10 640×360"),
        ("window screen 640×480 800×600", "窗口 screen 640×480 800×600"),
        ("built in", "内置"),
        ("X11 (XDamage, MIT-SHM)", "X11 (XDamage, MIT-SHM)"),
        ("HD Webcam", "HD Webcam"),
    ],
)
def test_names_that_sources_give_themselves_are_in_the_language_too(name: str, shown: str) -> None:
    assert CHINESE.label(name) == shown
    assert ENGLISH.label(name) == name


def test_each_name_of_a_source_is_one_of_the_code() -> None:
    paths = [path for path in CODE.rglob("*.py") if path.parent.name != "words"]
    said = " | ".join({template for path in paths for template in _templates(path)})
    assert [name for name in zh_sources.LABELS if name.removeprefix("new ") not in said] == []


@pytest.mark.parametrize(
    "said",
    [
        "there is no option 'x'; there are: fps, port",
        "something that nobody translated; try again",
        "port 9000 is in use; do not choose another",
        "",
    ],
)
def test_what_is_not_known_stays_whole(said: str) -> None:
    assert CHINESE.translated(said) == said


@given(st.text(max_size=300))
def test_any_text_is_taken(text: str) -> None:
    CHINESE.translated(text)


def test_a_long_text_costs_nothing() -> None:
    text = "a is not a source; there are: " * 1000
    assert Translation(zh_sentences.TEXTS).of(text) == text
