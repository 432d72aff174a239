"""Work that may wait without limit, on a thread that nobody has to wait for.

An X server, a sound server, a name server or a pipe may never answer. The executor of asyncio
joins its threads when the program ends; a daemon thread is left behind.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, TypeVar

_NAME: Final = "aside: "

T = TypeVar("T")


def aside(work: Callable[[], T], what: str) -> Future[T]:
    """Begin `work` on a daemon thread; `what` names the thread. Any thread."""
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


async def waited_for(work: Callable[[], T], what: str) -> T:
    """What `work` returns or raises, while the event loop goes on.

    A cancelled wait ends at once; the work then goes on, and nobody takes its result.
    """
    import asyncio  # late: the command line's --help comes without it

    return await asyncio.wrap_future(aside(work, what))


def is_left_behind() -> bool:
    """Whether work that was begun aside has not ended."""
    return any(thread.name.startswith(_NAME) for thread in threading.enumerate())
