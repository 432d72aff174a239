"""Says on streams that show this session's screen that the screen is locked. Event loop."""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING

from samescreen.aside import aside, waited_for
from samescreen.capture.base import Source
from samescreen.hub.events import ScreenLocked
from samescreen.hub.stream import Stream

if TYPE_CHECKING:
    from samescreen.portal.screen_lock import ScreenLock


class DesktopLock:
    """Nothing is followed until a stream shows the session."""

    def __init__(self) -> None:
        self._following: Future[ScreenLock] | None = None
        self._streams: dict[str, Stream] = {}
        self._is_locked = False

    def watch(self, stream: Stream, source: Source) -> None:
        """The stream shows this source from now on."""
        if not source.shows_session or sys.platform != "linux":
            self.forget(stream.stream_id)
            return
        self._streams[stream.stream_id] = stream
        if self._is_locked:
            stream.deliver(ScreenLocked(True))
        if self._following is None:
            self._following = self._begin(asyncio.get_running_loop())

    def _begin(self, loop: asyncio.AbstractEventLoop) -> Future[ScreenLock]:
        def report(is_locked: bool) -> None:
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(self._show, is_locked)

        def begin() -> ScreenLock:
            from samescreen.portal.screen_lock import ScreenLock

            return ScreenLock(report)

        return aside(begin, "the start of watching the screen's lock")

    def forget(self, stream_id: str) -> None:
        """That stream ended, or shows something else."""
        self._streams.pop(stream_id, None)

    async def close(self) -> None:
        """Follow the lock no more."""
        following, self._following = self._following, None
        self._streams.clear()
        if following is not None:
            lock = await asyncio.wrap_future(following)
            await waited_for(lock.close, "the end of watching the screen's lock")

    def _show(self, is_locked: bool) -> None:
        self._is_locked = is_locked
        for stream in self._streams.values():
            stream.deliver(ScreenLocked(is_locked))
