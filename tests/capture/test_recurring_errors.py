"""Errors that recur are logged once a minute."""

from __future__ import annotations

import logging

import pytest

from samescreen.capture.recurring_errors import RecurringErrors


def raised(error: Exception) -> Exception:
    try:
        raise error
    except Exception as caught:
        return caught


def test_the_same_error_is_logged_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    now_s = [0.0]
    errors = RecurringErrors(logging.getLogger("test"), lambda: now_s[0])
    for second in range(125):
        now_s[0] = float(second)
        errors.log("the pictures", raised(ValueError(f"at {second}")))
    assert [record.getMessage() for record in caplog.records] == [
        "the pictures: an unexpected error",
        "the pictures: an unexpected error (59 times since)",
        "the pictures: an unexpected error (59 times since)",
    ]
    assert caplog.text.count("Traceback") == 3


def test_another_error_is_logged_at_once(caplog: pytest.LogCaptureFixture) -> None:
    errors = RecurringErrors(logging.getLogger("test"), lambda: 0.0)
    errors.log("the pictures", raised(ValueError()))
    errors.log("the pictures", raised(KeyError()))
    errors.log("the sound", raised(ValueError()))
    assert len(caplog.records) == 3


def test_the_memory_of_errors_is_bounded() -> None:
    errors = RecurringErrors(logging.getLogger("test"), lambda: 0.0)
    for number in range(1000):
        errors.log(f"reader {number}", ValueError())
    assert len(errors._logged) <= 64
