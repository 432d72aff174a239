"""A source like X11's: two canvases in turn, read slowly, and only by one thread at a time."""

from __future__ import annotations

import threading
import time

import numpy as np

from samescreen.capture.base import Source
from samescreen.clock import clock_us
from samescreen.errors import SourceLost
from samescreen.media import Damage, Frame, Pixels, Region

PART_S = 0.01
"""How long a wait for a change lasts before the source looks for one again."""


class CanvasSource(Source):
    """Shows `desk`, which the test paints from any thread. A grab takes `grab_s`.

    A stripe takes `stripe_s`, if somebody wants to know when it is ready.
    """

    label, backend = "canvases", "scripted"
    keeps_previous = True

    def __init__(
        self,
        width: int = 64,
        height: int = 48,
        grab_s: float = 0.0,
        stripe_s: float = 0.0,
    ) -> None:
        super().__init__()
        self.grab_s, self.stripe_s = grab_s, stripe_s
        self.desk = np.zeros((height, width, 4), np.uint8)
        self.grabs = self.closed = 0
        self.threads: set[str] = set()
        self.is_moving = False
        """Whether everything changes all the time."""
        self.is_lost = False
        self.reports_parts = True
        self._canvases = [self.desk.copy(), self.desk.copy()]
        self._reported: list[Region] = []
        self._stale: list[Region] = []
        self._is_fresh = True
        self._painting = threading.Lock()
        self._using = threading.Lock()

    def paint(self, region: Region, colour: int) -> None:
        with self._painting:
            _part(self.desk, region)[:] = colour
            self._reported.append(region)
        self.wake()

    def resize(self, width: int, height: int) -> None:
        with self._painting:
            self.desk = np.full((height, width, 4), 9, np.uint8)
            self._reported.append(Region(0, 0, width, height))
        self.wake()

    def open(self) -> None:
        self._is_fresh = True

    def close(self) -> None:
        assert self._using.acquire(blocking=False), "another thread grabs"
        self.closed += 1
        self._using.release()

    def rest(self) -> None:
        assert self._using.acquire(blocking=False), "another thread grabs"
        self._using.release()

    def grab(self, deadline_us: int, *, needs_pixels: bool = True) -> Frame | None:
        assert self._using.acquire(blocking=False), "another thread grabs"
        try:
            self.threads.add(threading.current_thread().name)
            while not (self._reported or self._is_fresh or self.is_moving or self.is_lost):
                remaining_us = deadline_us - clock_us()
                if remaining_us <= 0 or self._waker.wait(remaining_us):
                    return None
            if self.is_lost:
                raise SourceLost("the screen went away")
            return self._read()
        finally:
            self._using.release()

    def _read(self) -> Frame:
        started_us = clock_us()
        self.grabs += 1
        if self.is_moving:
            height, width = self.desk.shape[:2]
            self.paint(Region(0, 0, width, height), self.grabs % 251)
        with self._painting:
            desk, damage, self._reported = self.desk.copy(), self._reported, []
        newest, target = self._canvases
        if target.shape != desk.shape:
            newest, target = np.zeros_like(desk), np.zeros_like(desk)
            self._is_fresh = True
        bounds = Region(0, 0, desk.shape[1], desk.shape[0])
        if self._is_fresh:
            damage, self._stale, self._is_fresh = [bounds], [bounds], False
        read = [p for each in (*damage, *self._stale) if (p := each.intersection(bounds))]
        for part in read:
            _part(target, part)[:] = _part(desk, part)
        if self.part_ready is not None and self.reports_parts:
            self._report(target, {row // 32 for p in read for row in range(p.y, p.bottom)})
        time.sleep(max(0.0, self.grab_s - (clock_us() - started_us) / 1e6))
        self._canvases, self._stale = [target, newest], damage
        return Frame(target, started_us, Damage.of(*damage))

    def _report(self, target: Pixels, cells: set[int]) -> None:
        """Report stripes of 32 rows, first without what is drawn over them."""
        assert self.part_ready is not None
        height, width = target.shape[:2]
        for cell in sorted(cells):
            place = Region(cell % 3 * 7, cell * 32, 9, min(9, height - cell * 32))
            drawn = _part(target, place).copy()
            _part(target, place)[:] = 123
            time.sleep(self.stripe_s)
            rows = Region(0, cell * 32, width, min(32, height - cell * 32))
            self.part_ready(target, rows)
            _part(target, place)[:] = drawn
            self.part_ready(target, place)


def _part(pixels: Pixels, region: Region) -> Pixels:
    return pixels[region.y : region.bottom, region.x : region.right]
