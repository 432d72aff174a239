"""What `--help` prints: in the terminal's language, and without the names of Python's types."""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from typing import Any, Final

from typer.core import TyperCommand, TyperGroup

from .words import CHINESE, words_for

_CHINESE: Final = (
    (r"^Usage: ", "用法："),
    (r"\[OPTIONS\] COMMAND \[ARGS\]\.\.\.", "[选项] 命令 [参数]..."),
    (r"\[OPTIONS\]", "[选项]"),
    (r"^Arguments:$", "参数："),
    (r"^Options:$", "选项："),
    (r"^Commands:$", "命令："),
    (r"\[default: ", "[默认 "),
    (r"Show this message and exit\.", "显示本说明。"),
)
"""Typer's own words."""
_UNBROKEN: Final = 1000
"""Typer breaks lines between spaces, of which Chinese has none; so it breaks none."""
_PIECE: Final = re.compile(r"（?(?:[!-~]+|[^!-~])[，。；：、）]* *")
"""What stays on one line: a word in Latin letters or a character, with its punctuation."""


def in_language(text: str) -> str:
    """A sentence of `--help` as this terminal has it."""
    return words_for(os.environ).translated(text)


def settings() -> dict[str, Any]:
    """Typer's settings of all commands."""
    names: dict[str, Any] = {"help_option_names": ["-h", "--help"]}
    return names | ({"terminal_width": _UNBROKEN} if _is_chinese() else {})


def _is_chinese() -> bool:
    return words_for(os.environ) is CHINESE


def _plain(text: str) -> str:
    text = text.replace(" <list[str]>", " " * len(" <list[str]>"))
    if not _is_chinese():
        return text
    for pattern, chinese in _CHINESE:
        text = re.sub(pattern, chinese, text, flags=re.MULTILINE)
    columns = min(shutil.get_terminal_size().columns, 80)
    return "\n".join(wrapped(line, columns) for line in text.split("\n"))


def wrapped(line: str, columns: int) -> str:
    """The line, broken where it has no room; it goes on below the column of its last part."""
    head = re.match(r"(?: +\S.*? {2,}| *)", line)
    begin = head[0] if head else ""
    lines = [begin]
    for piece in _PIECE.findall(line[len(begin) :]):
        if width_of(lines[-1] + piece.rstrip()) > columns and lines[-1].strip():
            lines.append(" " * width_of(begin))
        lines[-1] += piece
    return "\n".join(each.rstrip() for each in lines)


def width_of(text: str) -> int:
    """In columns of a terminal."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


class Command(TyperCommand):
    """A command whose help people can read."""

    def get_help(self, ctx: Any) -> str:
        return _plain(super().get_help(ctx))


class Group(TyperGroup):
    """The same for a command that has others."""

    def get_help(self, ctx: Any) -> str:
        return _plain(super().get_help(ctx))
