"""Process-wide settings are put back, whoever enters and leaves in whatever order."""

from __future__ import annotations

import gc
import sys

import pytest

from samescreen.interpreter import SWITCH_INTERVAL_S, quick_switching, rare_collections


def is_quick() -> bool:
    return sys.getswitchinterval() == pytest.approx(SWITCH_INTERVAL_S)


def test_the_last_to_leave_puts_the_switch_interval_back() -> None:
    before = sys.getswitchinterval()
    first, second = quick_switching(), quick_switching()
    first.__enter__()
    second.__enter__()
    assert is_quick()
    first.__exit__(None, None, None)
    assert is_quick(), "the second still shares"
    second.__exit__(None, None, None)
    assert sys.getswitchinterval() == before


def test_an_interval_that_the_program_set_meanwhile_stays() -> None:
    before = sys.getswitchinterval()
    try:
        with quick_switching():
            sys.setswitchinterval(0.002)
        assert sys.getswitchinterval() == pytest.approx(0.002)
    finally:
        sys.setswitchinterval(before)


def test_the_interval_is_put_back_after_an_error() -> None:
    before = sys.getswitchinterval()
    with pytest.raises(KeyError), quick_switching():
        raise KeyError
    assert sys.getswitchinterval() == before


def test_the_collector_is_put_back() -> None:
    thresholds, frozen = gc.get_threshold(), gc.get_freeze_count()
    with rare_collections():
        assert gc.get_threshold()[0] > thresholds[0]
        assert gc.get_freeze_count() > frozen
    assert gc.get_threshold() == thresholds
    assert gc.get_freeze_count() == 0
