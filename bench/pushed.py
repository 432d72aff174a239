"""A program that pushes the scene into a Share of its own: no screen is captured.

Paints what bench/painter.py paints, at its pace; a frame's time is when `push` was called.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from barcode import Pixels, Rect
from painter import paint
from scenes import Put, Scene, scene
from stamps import Stamps, now_us

from samescreen import Share


class Pushing:
    """Takes the place of an easel: its window is an array, and showing it a push."""

    def __init__(self, share: Share, what: Scene, width: int, height: int) -> None:
        shape = what.picture_height, what.picture_width, 4
        self.picture: Pixels = np.zeros(shape, dtype=np.uint8)
        self._window: Pixels = np.zeros((height, width, 4), dtype=np.uint8)
        self._share = share

    def put(self, put: Put) -> int:
        """Show it; returns when it was pushed, in microseconds."""
        part = put.source
        rows = slice(put.y, put.y + part.height)
        self._window[rows, put.x : put.x + part.width] = self.picture[
            part.y : part.y + part.height, part.x : part.x + part.width
        ]
        pushed_us = now_us()
        self._share.push(self._window)
        return pushed_us

    def settle(self) -> None:
        """A push has copied the pixels."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", required=True, type=int)
    parser.add_argument("--scene", required=True)
    parser.add_argument("--size", required=True, help="WIDTHxHEIGHT")
    parser.add_argument("--stamps", required=True, type=Path)
    options = parser.parse_args()
    width, height = (int(number) for number in options.size.split("x"))
    what = scene(options.scene, width, height)
    with Share(
        port=options.port, host="127.0.0.1", no_access_control=True, allow_host=("lan.test",),
        order="BGR",
    ) as share:  # fmt: skip
        easel = Pushing(share, what, width, height)
        what.render(easel.picture)
        easel.put(Put(Rect(0, 0, width, height), 0, 0))
        paint(easel, what, Stamps(options.stamps))


if __name__ == "__main__":
    main()
