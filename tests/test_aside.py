"""Work continues after a cancelled wait, and its result is discarded."""

from __future__ import annotations

import asyncio
import threading

import pytest

from samescreen.aside import waited_for


async def test_the_result_of_a_cancelled_wait_is_discarded() -> None:
    may_end, is_discarded = threading.Event(), threading.Event()
    discarded: list[str] = []

    def work() -> str:
        may_end.wait()
        return "a source"

    def discard(result: str) -> None:
        discarded.append(result)
        is_discarded.set()

    waiting = asyncio.ensure_future(waited_for(work, "it", discard))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    may_end.set()
    assert await asyncio.to_thread(is_discarded.wait, 5)
    assert discarded == ["a source"]


async def test_the_result_of_a_finished_wait_is_kept() -> None:
    discarded: list[int] = []
    assert await waited_for(lambda: 7, "it", discarded.append) == 7
    assert not discarded
