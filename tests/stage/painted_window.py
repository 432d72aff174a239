"""The test's end of the painted window: gives orders, knows what was painted last and when."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from samescreen.media import Region
from tests.stage.scene import Colour, Layout
from tests.stage.timing import MS
from tests.stage.tools import end, python_environment, spawn


@dataclass(frozen=True, slots=True)
class Painted:
    """A count that was on the screen from `at_us` (monotonic clock) on."""

    count: int
    at_us: int


class PaintedWindow:
    """A window over the whole screen of `display`; each order returns once it can be seen.

    The reading thread writes `last` and `_done`; the test's thread reads them.
    """

    def __init__(self, display: str) -> None:
        self.last = Painted(0, 0)
        self._done: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._process = spawn(
            [sys.executable, "-m", "tests.stage.painter", display],
            env=python_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=2,
        )
        self._reader = threading.Thread(target=self._read, name="painted-window", daemon=True)
        self._reader.start()
        try:
            self._await_done("start")
        except AssertionError:
            self.close()
            raise

    def motion(self, fps: float) -> int:
        """Counts on, `fps` times a second, until `still`. Returns when it began, in µs."""
        return self._order(f"motion {fps}")

    def still(self) -> Painted:
        """Stops counting; what stays on the screen."""
        self._order("motion 0")
        return self.last

    def count(self, count: int) -> int:
        self.last = Painted(count, self._order(f"count {count}"))
        return self.last.at_us

    def patch(self, index: int, colour: Colour) -> int:
        return self._order(f"patch {index} {bytes(colour).hex()}")

    def patches(self, colours: Sequence[Colour]) -> int:
        """All of them at once: no picture shows some old and some new."""
        return self._order("patches " + " ".join(bytes(colour).hex() for colour in colours))

    def rect(self, region: Region, colour: Colour) -> int:
        box = f"{region.x} {region.y} {region.width} {region.height}"
        return self._order(f"rect {box} {bytes(colour).hex()}")

    def pointer(self, x: int, y: int) -> int:
        return self._order(f"pointer {x} {y}")

    def fit(self, layout: Layout) -> int:
        """Takes a new size, after the screen did."""
        return self._order(f"size {layout.width} {layout.height}")

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):  # it went with its X server
            self._process.stdin.close()
        end(self._process)
        self._reader.join(5000 * MS)
        self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _order(self, order: str) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()
        return self._await_done(order)

    def _await_done(self, order: str) -> int:
        try:
            at_us = self._done.get(timeout=5000 * MS)
        except queue.Empty:
            raise AssertionError(f"the painter did not answer to: {order}") from None
        assert at_us, f"the painter ended during: {order}"
        return at_us

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            what, *numbers = line.split()
            if what == "frame":
                self.last = Painted(int(numbers[0]), int(numbers[1]))
            else:
                self._done.put(int(numbers[0]))
        self._done.put(0)
