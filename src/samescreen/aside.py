"""Work that may wait without limit, on a thread that nobody has to wait for.

An X server, a sound server, a name server or a pipe may never answer. The executor of asyncio
joins its threads when the program ends; a daemon thread is left behind.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, TypeVar

_log = logging.getLogger(__name__)

_NAME: Final = "aside: "
_TELL_AFTER_S: Final = 5.0

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


async def waited_for(
    work: Callable[[], T], what: str, discard: Callable[[T], object] = lambda result: None
) -> T:
    """What `work` returns or raises, while the event loop goes on.

    A cancelled wait ends at once; the work then goes on, and `discard` is called on its thread
    with the result that nobody takes. The log says what is awaited when it takes long.
    """
    import asyncio  # late: the command line's --help comes without it

    said = "still waiting for %s"
    telling = asyncio.get_running_loop().call_later(_TELL_AFTER_S, _log.warning, said, what)
    future = aside(work, what)
    try:
        return await asyncio.wrap_future(future)
    except asyncio.CancelledError:
        future.add_done_callback(lambda done: done.exception() or discard(done.result()))
        raise
    finally:
        telling.cancel()


def is_left_behind() -> bool:
    """Whether work that was begun aside has not ended."""
    return any(thread.name.startswith(_NAME) for thread in threading.enumerate())
