"""The two languages of the terminal: the same keys, the same placeholders."""

from __future__ import annotations

import re
import string
from pathlib import Path
from typing import get_args

import pytest

from samescreen.cli.words import CHINESE, ENGLISH, en, words_for, zh
from samescreen.media import Limit
from samescreen.wire.messages import StatusReason
from tests.stage.tools import ROOT

CLI = ROOT / "src" / "samescreen" / "cli"


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_keys_in_the_same_order() -> None:
    assert list(en.TEXTS) == list(zh.TEXTS)


@pytest.mark.parametrize("key", en.TEXTS)
def test_both_say_it_about_the_same_things(key: str) -> None:
    extra = {"n"} if key.endswith(".one") else set()
    assert placeholders(en.TEXTS[key]) | extra == placeholders(zh.TEXTS[key]) | extra
    assert en.TEXTS[key]
    assert zh.TEXTS[key]


def test_no_sentence_is_left_over() -> None:
    """Each key is in the code, whole or as the beginning of a key that the code puts together."""
    code = "".join(path.read_text(encoding="utf-8") for path in _code())
    prefixes = set(re.findall(r"""f["']([a-z]+-)\{""", code))
    unused = [
        key
        for key in en.TEXTS
        if f'"{key.removesuffix(".one")}"' not in code
        and not any(key.startswith(prefix) for prefix in prefixes)
    ]
    assert unused == []


def _code() -> list[Path]:
    return [path for path in CLI.rglob("*.py") if path.parent.name != "words"]


def test_each_limit_and_each_state_of_a_source_has_words() -> None:
    limits = {f"limit-{each}" for each in get_args(Limit) if each != "none"}
    states = {f"state-{each}" for each in get_args(StatusReason) if each != "live"}
    assert limits | states <= en.TEXTS.keys()


def test_each_act_of_a_host_has_words() -> None:
    code = [path.read_text(encoding="utf-8") for path in CLI.parent.rglob("*.py")]
    calls = [line for text in code for line in text.splitlines() if "did(" in line]
    kinds = {kind for line in calls for kind in re.findall(r'"([a-z][a-z-]+)"', line)}
    assert {"put-out", "go-on", "share"} <= kinds
    assert {f"act-{kind}" for kind in kinds} <= en.TEXTS.keys()


@pytest.mark.parametrize(
    ("environment", "is_chinese"),
    [
        ({}, False),
        ({"LANG": "C.UTF-8"}, False),
        ({"LANG": "zh_CN.UTF-8"}, True),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, False),
        ({"LANG": "de_DE", "LC_MESSAGES": "zh_TW"}, True),
        ({"LANG": "zh_CN", "LC_ALL": ""}, True),
    ],
)
def test_the_environment_names_the_language(
    environment: dict[str, str], is_chinese: bool
) -> None:
    assert words_for(environment) is (CHINESE if is_chinese else ENGLISH)


def test_one_is_counted_as_one() -> None:
    assert [ENGLISH.count("viewers", n) for n in (0, 1, 2)] == [
        "0 viewers", "1 viewer", "2 viewers",
    ]  # fmt: skip
    assert CHINESE.count("viewers", 1) == "1 位观众"


def test_chinese_has_one_word_for_you() -> None:
    """您, as the page and the documents say; nowhere 你."""
    viewer = CLI.parent / "viewer"
    paths = [*viewer.rglob("*zh*.js"), *viewer.glob("*.html"), *(CLI / "words").glob("zh*.py")]
    assert len(paths) > 12
    assert [path.name for path in paths if "你" in path.read_text(encoding="utf-8")] == []
