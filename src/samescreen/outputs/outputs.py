"""All outputs of this host. Event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

from samescreen.hub.hub import Hub

from .address import read_addresses
from .output import Output, OutputNews

_log = logging.getLogger(__name__)
_END_S: Final = 1.0


class Outputs:
    """Sends the first stream to each of `texts`, the values of --output.

    Raises:
        UsageError: one of them is no address, or its file cannot be read.
    """

    def __init__(self, hub: Hub, clock_us: Callable[[], int], texts: Iterable[str]) -> None:
        self.on_news: Callable[[OutputNews], None] | None = None
        """Gets the news; without it the log does."""
        self.all = tuple(
            Output(address, hub, clock_us, self._news) for address in read_addresses(texts)
        )
        self._clock_us = clock_us
        self._said: dict[str, str] = {}

    def tick(self, now_us: int) -> None:
        """A few times a second."""
        for output in self.all:
            output.tick(now_us)

    async def close(self) -> None:
        """End everything; takes a second at most."""
        for output in self.all:
            output.end()
        with suppress(TimeoutError):
            async with asyncio.timeout(_END_S):
                for output in self.all:
                    await output.ended()
        for output in self.all:
            output.cut()

    def _news(self, news: OutputNews) -> None:
        """Pass it on. A failure that repeats is said once."""
        if self._said.get(news.name) == news.why:
            return
        self._said[news.name] = news.why
        if self.on_news is not None:
            self.on_news(news)
        elif news.why:
            _log.warning("the output to %s failed: %s; it is tried again", news.name, news.why)
        else:
            _log.info("the output to %s runs", news.name)
