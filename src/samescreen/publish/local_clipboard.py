"""The clipboard of the desktop that a source of this machine shows: the bridge to its thread.

Event loop. The thread begins when somebody may use the clipboard, and ends with the source.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, TypeVar

from samescreen.capture.base import Source
from samescreen.control.clips import Clip
from samescreen.control.x11.clipboard import ClipboardThread
from samescreen.control.x11.owning import content_of, content_of_files

_PUT_S: Final = 2.0
_END_S: Final = 0.5
_POLL_S: Final = 0.005
T = TypeVar("T")


class LocalClipboard:
    """The clipboard of the X server that `source` shows."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._thread: ClipboardThread | None = None
        self._report: Callable[[Clip], None] | None = None
        self._refuse: Callable[[str], None] | None = None
        self._is_closed = False

    def read(
        self, report: Callable[[Clip], None] | None, refuse: Callable[[str], None] | None
    ) -> None:
        """Report what programs copy from now on, and why something is not; None: no longer."""
        self._report, self._refuse = report, refuse
        thread = self._thread if report is None else self._open()
        if thread is not None:
            thread.read(report is not None)

    async def put(self, clip: Clip, by: str) -> bool:
        """Own the clipboard with this; whether that came about."""
        return await self._own(lambda: content_of(clip))

    async def put_files(self, uris: tuple[str, ...]) -> bool:
        """Let file managers paste these files."""
        return await self._own(lambda: content_of_files(uris))

    async def _own(self, make: Callable[[], dict[str, bytes]]) -> bool:
        thread = self._open()
        if thread is None:
            return False
        waiting: Awaitable[bool] = asyncio.wrap_future(thread.put(make()))
        try:
            async with asyncio.timeout(_PUT_S):
                return await waiting
        except TimeoutError:
            return False

    def _open(self) -> ClipboardThread | None:
        """The thread, begun again if its server went away; None: the source shows nothing now."""
        if self._thread is not None and self._thread.is_alive:
            return self._thread
        place = self._source.place
        if place is None or self._is_closed:
            return None
        loop = asyncio.get_running_loop()

        def cross(given: Callable[[T], None], value: T) -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(given, value)

        self._thread = ClipboardThread(
            place.display,
            lambda clip: cross(self._copied, clip),
            lambda why: cross(self._refused, why),
        )
        self._thread.start()
        return self._thread

    def _copied(self, clip: Clip) -> None:
        if self._report is not None:
            self._report(clip)

    def _refused(self, why: str) -> None:
        if self._refuse is not None:
            self._refuse(why)

    async def close(self) -> None:
        """Give the clipboard up, and wait for the thread; at most half a second."""
        self._is_closed = True
        self._report = self._refuse = None
        thread, self._thread = self._thread, None
        if thread is None:
            return
        thread.stop()
        deadline_s = asyncio.get_running_loop().time() + _END_S
        while thread.is_alive:
            if asyncio.get_running_loop().time() > deadline_s:
                return
            await asyncio.sleep(_POLL_S)
