"""An event loop on a thread of its own, and calls into one from any thread."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from typing import Any, Final, TypeVar

from samescreen.errors import NotSharing, UsageError
from samescreen.interpreter import quick_switching

T = TypeVar("T")
Work = Callable[[], Coroutine[Any, Any, T]]

_LOOP_S: Final = 5.0
"""Longer than a thread that was started takes to make its loop."""
_LOOK_S: Final = 0.5
"""How often a waiting thread checks whether the loop has ended, which then never answers."""


class LoopThread:
    """Runs `begin`, and `end` when it is stopped, on an event loop made by `loop_factory`."""

    def __init__(
        self,
        begin: Callable[[], Awaitable[object]],
        end: Callable[[], Awaitable[object]],
        loop_factory: Callable[[], asyncio.AbstractEventLoop] | None,
    ) -> None:
        self._calls = begin, end
        self._loop_factory = loop_factory
        self._process = os.getpid()
        self._loop: Future[asyncio.AbstractEventLoop] = Future()
        self._begun: Future[None] = Future()
        self._stopping = asyncio.Event()
        # A daemon, so that a program that never calls `stop` can end: atexit then stops it.
        self._thread = threading.Thread(target=self._run, name="samescreen-loop", daemon=True)

    def begin(self) -> None:
        """Start the thread. Returns once `begin` has returned, or raises what it raised.

        Ctrl-C meanwhile ends it: nobody else could.
        """
        try:
            self._thread.start()
            self._begun.result()
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """Stop, and wait for the end, except on the loop's own thread.

        In a process that was forked from the one that began, there is nothing to stop.
        """
        if os.getpid() != self._process:
            return
        with suppress(RuntimeError, TimeoutError):  # it could not begin
            self._loop.result(_LOOP_S).call_soon_threadsafe(self._stopping.set)
        is_own = self._thread is threading.current_thread()  # as in a callback
        if not is_own and self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        with quick_switching(), asyncio.Runner(loop_factory=self._loop_factory) as runner:
            runner.run(self._until_stopped())

    async def _until_stopped(self) -> None:
        begin, end = self._calls
        self._loop.set_result(asyncio.get_running_loop())
        beginning = asyncio.ensure_future(begin())
        stopping = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait((beginning, stopping), return_when=asyncio.FIRST_COMPLETED)
        beginning.cancel()  # which does nothing to what is done
        try:
            await beginning
        except BaseException as error:
            stopping.cancel()
            self._begun.set_exception(error)
            return
        self._begun.set_result(None)
        await stopping
        await end()


def on_loop(loop: asyncio.AbstractEventLoop, call: Callable[[], T]) -> T:
    """Make the call on that loop, wait, and return or raise what it does. Any thread.

    Raises:
        NotSharing: the loop has ended.
    """
    if running_loop() is loop:
        return call()
    made: Future[T] = Future()

    def make() -> None:
        try:
            made.set_result(call())
        except BaseException as error:
            made.set_exception(error)

    try:
        loop.call_soon_threadsafe(make)
    except RuntimeError:
        raise NotSharing from None
    return _result(made, loop)


def finished_on_loop(loop: asyncio.AbstractEventLoop, work: Work[T]) -> T:
    """Run `work` on that loop, wait, and return or raise what it does. Any other thread.

    Raises:
        UsageError: it is the loop's own thread, which cannot wait.
        NotSharing: the loop has ended.
    """
    if running_loop() is loop:
        raise UsageError("this would hold up the share's own event loop: await the _async form")
    doing, made = _begun(loop, work)
    try:
        return _result(made, loop)
    finally:
        _end_on_closed(loop, doing)


async def awaited_on_loop(loop: asyncio.AbstractEventLoop, work: Work[T]) -> T:
    """Run `work` on that loop, and return or raise what it does. On any loop.

    Raises:
        NotSharing: the loop has ended.
    """
    if asyncio.get_running_loop() is loop:
        return await work()
    doing, made = _begun(loop, work)
    result = asyncio.wrap_future(made)
    try:
        while not (await asyncio.wait((result,), timeout=_LOOK_S))[0]:
            if loop.is_closed():
                raise NotSharing
    finally:
        result.cancel()
        _end_on_closed(loop, doing)
    if result.cancelled():
        raise NotSharing
    return result.result()


def _begun(
    loop: asyncio.AbstractEventLoop, work: Work[T]
) -> tuple[Coroutine[Any, Any, T], Future[T]]:
    doing = work()
    try:
        return doing, asyncio.run_coroutine_threadsafe(doing, loop)
    except RuntimeError:
        doing.close()
        raise NotSharing from None


def _end_on_closed(loop: asyncio.AbstractEventLoop, doing: Coroutine[Any, Any, object]) -> None:
    """End work that a closed loop has left, perhaps before its first step."""
    if loop.is_closed():
        doing.close()


def _result(future: Future[T], loop: asyncio.AbstractEventLoop) -> T:
    while True:
        try:
            return future.result(_LOOK_S)
        except CancelledError:
            raise NotSharing from None
        except TimeoutError:
            if future.done():  # the work itself raised it
                raise
            if loop.is_closed():
                raise NotSharing from None


def running_loop() -> asyncio.AbstractEventLoop | None:
    """The loop that runs in this thread, if any."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
