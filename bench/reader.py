"""Reads the barcode off a screen's own pixels, at each XDamage event: what an eye would see.

Never asks the page: a canvas's bitmap is not what is shown (it can lead the screen by
hundreds of milliseconds, or never be shown at all). Runs in the caller's thread.
"""

from __future__ import annotations

import select
from collections.abc import Iterator
from dataclasses import dataclass

import barcode
import xcffib
import xcffib.damage
from barcode import Pixels, Rect
from stamps import now_us
from xshm import Screen


@dataclass(frozen=True, slots=True)
class Sight:
    """A frame number, and when it was first seen."""

    frame_id: int
    seen_us: int


class Reader(Screen):
    """Watches the barcode of one screen of this size."""

    def __init__(self, display: str, *, width: int, height: int) -> None:
        super().__init__(display)
        self._rect = barcode.place(width, height)
        self._shown = self.segment(self._rect.width, self._rect.height)
        self._damage_extension = self.connection(xcffib.damage.key)
        self._damage_extension.QueryVersion(1, 1).reply()
        self._damage = self.connection.generate_id()
        level = xcffib.damage.ReportLevel.NonEmpty
        self._damage_extension.Create(self._damage, self.root, level)
        self.connection.flush()
        self.latest = -1

    def look(self) -> Sight | None:
        """The frame shown now, when it is newer than every one before."""
        self.get(self._rect, self._shown)
        seen_us = now_us()
        frame_id = barcode.read(self._shown.pixels)
        if frame_id is None or frame_id <= self.latest:
            return None
        self.latest = frame_id
        return Sight(frame_id, seen_us)

    def watch(self, until_us: int) -> Iterator[Sight]:
        """Every new frame until then, each at its first sight."""
        while self._changed(until_us):
            sight = self.look()
            if sight is not None:
                yield sight

    def picture(self, width: int, height: int) -> Pixels:
        """The whole screen as it is now."""
        shared = self.segment(width, height)
        self.get(Rect(0, 0, width, height), shared)
        return shared.pixels.copy()

    def _changed(self, until_us: int) -> bool:
        """Wait for the next damage; False when time is up."""
        poller = select.poll()
        poller.register(self.connection.get_file_descriptor(), select.POLLIN)
        while (left_us := until_us - now_us()) > 0:
            damaged = False
            while self.connection.poll_for_event() is not None:
                damaged = True
            if damaged:
                # Subtract before looking: what changes after the look raises a new event. At once:
                # a request left unsent would leave the server silent for ever.
                self._damage_extension.Subtract(self._damage, xcffib.NONE, xcffib.NONE)
                self.connection.flush()
                return True
            poller.poll(left_us / 1000)
        return False
