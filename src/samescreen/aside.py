"""Calls that may block for ever, each on a daemon thread of its own.

An X server, a sound server, a name server or a pipe may never answer. asyncio's executor joins
its threads when the program ends, and would hang with them; a daemon thread is abandoned.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, TypeVar

_log = logging.getLogger(__name__)

_NAME: Final = "aside: "
_WARN_AFTER_S: Final = 5.0

T = TypeVar("T")


def aside(work: Callable[[], T], what: str) -> Future[T]:
    """Start `work` on a daemon thread, which `what` names. Any thread."""
    future: Future[T] = Future()
    future.set_running_or_notify_cancel()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(result)

    threading.Thread(target=run, name=_NAME + what, daemon=True).start()
    return future


async def waited_for(
    work: Callable[[], T], what: str, discard: Callable[[T], object] = lambda result: None
) -> T:
    """What `work` returns or raises; the event loop keeps running meanwhile.

    When the wait is cancelled it ends at once, but the work continues; `discard` then takes its
    result, on the work's thread. A wait longer than a few seconds is logged as waiting for `what`.
    """
    import asyncio  # imported here because --help must not pay for it

    loop, text = asyncio.get_running_loop(), "still waiting for %s"
    warning = loop.call_later(_WARN_AFTER_S, _log.warning, text, what)
    future = aside(work, what)
    try:
        return await asyncio.wrap_future(future)
    except asyncio.CancelledError:
        future.add_done_callback(lambda done: done.exception() or discard(done.result()))
        raise
    finally:
        warning.cancel()


def is_left_behind() -> bool:
    """Whether any work that `aside` started is still running."""
    return any(thread.name.startswith(_NAME) for thread in threading.enumerate())
