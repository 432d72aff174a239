"""An output on a thread of its own: a sound server that hangs does not delay the mix for pages."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from functools import partial
from typing import Final

from .mixer import Output

_log = logging.getLogger(__name__)

_MOST_WAITING: Final = 5
"""Calls, of 20 ms each: as late as the mixer may be."""


class OutputThread:
    """Plays to `output`. The mixer's thread calls this; only `close` waits."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="voice-output", daemon=True)
        self._thread.start()

    def play(self, samples: bytes) -> None:
        """20 ms of the mix; left out while the output is stuck."""
        if self._calls.qsize() < _MOST_WAITING:
            self._calls.put(partial(self._output.play, samples))

    def rest(self) -> None:
        """Nobody speaks at the moment."""
        self._calls.put(self._output.rest)

    def close(self) -> None:
        """Close the output, and wait for it."""
        self._calls.put(None)
        self._thread.join()

    # The thread

    def _run(self) -> None:
        try:
            while (call := self._calls.get()) is not None:
                call()
        except Exception:  # the thread's outermost edge
            _log.exception("voices are not played any more; please report it")
        self._output.close()
