"""Errors that come again and again are logged once a minute."""

from __future__ import annotations

import logging

import pytest

from samescreen.capture.mishap import Mishaps


def raised(error: Exception) -> Exception:
    try:
        raise error
    except Exception as caught:
        return caught


def test_the_same_error_is_logged_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    now_s = [0.0]
    mishaps = Mishaps(logging.getLogger("test"), lambda: now_s[0])
    for second in range(125):
        now_s[0] = float(second)
        mishaps.tell("the pictures", raised(ValueError(f"at {second}")))
    assert [record.getMessage() for record in caplog.records] == [
        "the pictures: an unexpected error",
        "the pictures: an unexpected error (59 times since)",
        "the pictures: an unexpected error (59 times since)",
    ]
    assert caplog.text.count("Traceback") == 3


def test_another_error_is_logged_at_once(caplog: pytest.LogCaptureFixture) -> None:
    mishaps = Mishaps(logging.getLogger("test"), lambda: 0.0)
    mishaps.tell("the pictures", raised(ValueError()))
    mishaps.tell("the pictures", raised(KeyError()))
    mishaps.tell("the sound", raised(ValueError()))
    assert len(caplog.records) == 3


def test_what_is_remembered_is_bounded() -> None:
    mishaps = Mishaps(logging.getLogger("test"), lambda: 0.0)
    for number in range(1000):
        mishaps.tell(f"feed {number}", ValueError())
    assert len(mishaps._logged) <= 64
