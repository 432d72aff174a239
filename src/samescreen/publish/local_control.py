"""Input for a source of this machine: the bridge from the event loop to the injecting thread.

Event loop. The thread lives while somebody has control of this source, so that nothing watches the
mouse and the keyboard at other times.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from samescreen.capture.base import Source
from samescreen.control.events import Order
from samescreen.control.injector import Injector
from samescreen.control.news import Failed, News

_log: Final = logging.getLogger(__name__)
_END_S: Final = 0.5
_POLL_S: Final = 0.005


class LocalControl:
    """Acts on what `source` shows."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._injector: Injector | None = None
        self._ending: list[Injector] = []
        self._logged = ""

    @property
    def fits(self) -> bool:
        """Whether the desktop takes the size that whoever has control asks for."""
        place = self._source.place
        return place is not None and place.fits

    def begin(self, report: Callable[[News], None]) -> None:
        """Take input from now on; `report` is called on this loop."""
        self.end()
        loop = asyncio.get_running_loop()

        def arrive(news: News) -> None:
            if isinstance(news, Failed):
                self._log(news.detail)
            report(news)

        def cross(news: News) -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(arrive, news)

        self._injector = Injector(lambda: self._source.place, cross)
        self._injector.start()

    def _log(self, detail: str) -> None:
        """Log why input failed, once: the viewer goes on trying."""
        if detail != self._logged:
            self._logged = detail
            _log.warning("remote control: %s", detail)

    def put(self, events: Sequence[Order]) -> bool:
        """Carry these out, in order. False: too many wait."""
        return self._injector is None or self._injector.put(*events)

    def cut(self) -> None:
        """Drop what waits, let everything go, and take no more input."""
        if self._injector is not None:
            self._injector.release()
        self.end()

    def end(self) -> None:
        """Carry out what came, let everything go, and take no more input."""
        injector, self._injector = self._injector, None
        self._ending = [each for each in self._ending if each.is_alive]
        if injector is not None:
            injector.stop()
            self._ending.append(injector)

    async def close(self) -> None:
        """The same, and wait until everything is let go; at most half a second."""
        self.end()
        deadline_s = asyncio.get_running_loop().time() + _END_S
        while any(each.is_alive for each in self._ending):
            if asyncio.get_running_loop().time() > deadline_s:
                return
            await asyncio.sleep(_POLL_S)
