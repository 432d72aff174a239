"""`--help` in both languages."""

from __future__ import annotations

import subprocess
import sys

import pytest

from samescreen.cli.help_text import width_of, wrapped
from samescreen.cli.words.zh_help import TEXTS
from samescreen.option_values import flag
from samescreen.options import OPTIONS
from tests.stage.timing import MS
from tests.stage.tools import python_environment


def printed(language: str, *words: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "samescreen", *words, "--help"],
        env=python_environment() | {"COLUMNS": "80", "LC_ALL": language, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=20_000 * MS,
        check=True,
    ).stdout


def test_every_option_has_chinese_help() -> None:
    assert [each.name for each in OPTIONS if each.metadata["spec"].help not in TEXTS] == []


@pytest.mark.parametrize("command", ["", "share", "serve", "new", "doctor", "sources", "ca"])
def test_a_chinese_terminal_gets_chinese_help(command: str) -> None:
    text = printed("zh_CN.UTF-8", *command.split())
    assert text.startswith("用法：")
    assert [line for line in text.splitlines() if width_of(line) > 80] == []
    english = ("Usage", "Options", "default", "Show ", "exit", "list[", *TEXTS)
    assert [words for words in english if words in text] == []
    if command == "share":
        assert [flag(each.name) for each in OPTIONS if flag(each.name) not in text] == []


def test_a_relay_can_be_given_a_folder_for_files() -> None:
    assert "--files-folder" in printed("C.UTF-8", "serve")


def test_english_help_has_no_types_of_python_and_cuts_no_sentence() -> None:
    assert "list[" not in printed("C.UTF-8", "share")
    assert "..." not in printed("C.UTF-8").partition("Commands:")[2]


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("  --a  一二三四五", ["  --a  一二三四五"]),
        ("  --a  一二三四五六", ["  --a  一二三四五", "       六"]),
        ("  --a  一二三四五。", ["  --a  一二三四", "       五。"]),
        ("  --a  一二三 screen", ["  --a  一二三", "       screen"]),
        ("一二三四五六七八九", ["一二三四五六七八", "九"]),
    ],
)
def test_chinese_lines_are_broken_between_characters(line: str, lines: list[str]) -> None:
    assert wrapped(line, 17).split("\n") == lines
