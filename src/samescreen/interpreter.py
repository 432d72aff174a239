"""Settings of the whole Python process that make sharing smoother, and their restoration.

And the event loop that is best for it.

Only the command line, and a share on a thread of its own, may use them. Code that runs inside
another application must not. Any thread.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import asyncio

SWITCH_INTERVAL_S: Final = 0.0001
"""How long a thread keeps the GIL while another waits for it, such as capture and event loop."""

_GC_EVERY: Final = 20_000

_lock: Final = threading.Lock()
_before: Final[list[float]] = []
"""The interval before the first entry, once for each open entry; guarded by _lock."""


@contextmanager
def quick_switching() -> Iterator[None]:
    """Let threads take turns every SWITCH_INTERVAL_S.

    The last exit restores the interval, unless the program has set another one meanwhile.
    """
    with _lock:
        _before.append(_before[0] if _before else sys.getswitchinterval())
        sys.setswitchinterval(SWITCH_INTERVAL_S)
    try:
        yield
    finally:
        with _lock:
            before = _before.pop()
            if not _before and abs(sys.getswitchinterval() - SWITCH_INTERVAL_S) < 1e-6:
                sys.setswitchinterval(before)


@contextmanager
def rare_collections() -> Iterator[None]:
    """Collect garbage more rarely, and never scan the objects that exist now.

    With hundreds of viewers, the collector would stop the event loop for milliseconds, many times
    a second. Only one caller may be inside at a time.
    """
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_GC_EVERY, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """A factory of the fastest event loop that is installed; None: asyncio's own."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
