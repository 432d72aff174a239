"""The thread of a share: how it ends when its beginning is interrupted."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading

import pytest

from samescreen.loop_thread import LoopThread


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal to a thread")
def test_ctrl_c_while_it_begins_leaves_no_thread_that_shares() -> None:
    asked, given_up, main = threading.Event(), threading.Event(), threading.get_ident()

    async def begin() -> None:
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            given_up.set()

    async def end() -> None:
        raise AssertionError("it has not begun")

    def press() -> None:
        asked.wait()
        signal.pthread_kill(main, signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        threading.Thread(target=press).start()
        with pytest.raises(KeyboardInterrupt):
            LoopThread(begin, end, None).begin()
    finally:
        signal.signal(signal.SIGINT, before)
    assert given_up.is_set()
    assert "samescreen-loop" not in {thread.name for thread in threading.enumerate()}
