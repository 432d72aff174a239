"""Another thread asks the event loop; the loop answers on its own thread, or not at all."""

from __future__ import annotations

import asyncio
import threading

import pytest

from samescreen import watcher
from samescreen.watcher import ask_loop


async def test_a_question_from_another_thread_is_answered_on_the_loops_thread() -> None:
    loop, here = asyncio.get_running_loop(), threading.get_ident()
    assert await asyncio.to_thread(ask_loop, loop, threading.get_ident) == here


async def test_on_its_own_loop_a_question_is_answered_at_once() -> None:
    assert ask_loop(asyncio.get_running_loop(), threading.get_ident) == threading.get_ident()


def test_another_loop_may_run_where_it_is_asked() -> None:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def ask() -> int | None:
        return ask_loop(loop, threading.get_ident)

    assert asyncio.run(ask()) == thread.ident
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_a_loop_that_is_closed_or_stands_still_gives_no_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watcher, "ANSWER_S", 0.01)
    loop = asyncio.new_event_loop()
    assert ask_loop(loop, lambda: 1) is None
    loop.close()
    assert ask_loop(loop, lambda: 1) is None
