"""Time in tests: one unit, one way to wait for something to become true. Any thread."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Final, TypeVar

MS: Final = 0.001 * float(os.environ.get("SAMESCREEN_TEST_SLOW", "1"))
"""A millisecond, in seconds. Every limit in a test is a multiple of it; SAMESCREEN_TEST_SLOW=5
stretches them all on a slow machine."""

_never = threading.Event()
T = TypeVar("T")


def eventually(probe: Callable[[], T], *, what: str, within: float = 5000 * MS) -> T:
    """The first truthy answer of `probe`; AssertionError naming `what` when time is up."""
    deadline = time.monotonic() + within
    while not (answer := probe()):
        assert time.monotonic() < deadline, f"not within {within:.1f} s: {what}"
        _never.wait(10 * MS)
    return answer
