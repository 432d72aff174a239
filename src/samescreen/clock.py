"""The host's clock. Any thread. Pure rooms must not read it: they take the time as an argument."""

from __future__ import annotations

import time


def clock_us() -> int:
    """Microseconds on a monotonic clock with no fixed origin; every `pts_us` is read from it."""
    return time.monotonic_ns() // 1000
