"""How many threads convert and encode the pictures of one rendition. Pure.

A second thread helps only a picture that one thread cannot finish well before the next one comes.
Each thread encodes a slice of its own, and every slice costs bytes. So the policy starts from the
pixels of a second, and the machine's cores limit it:

- With one or two cores, one thread carries 1920×1080 at 60 pictures a second, because the second
  core belongs to the event loop and to whoever paints.
- With more cores, each thread carries half of that, which halves the time of a picture.
- With twelve cores or more, pictures that need four threads by that get half as many again.

Pictures that need many threads are also grabbed and converted ahead: the next one while this one
is being encoded (docs/decisions/0075); with a few threads more, while it is being read (0077).
"""

from __future__ import annotations

import math
from typing import Final

MAX_THREADS: Final = 12
"""4K on 16 cores: 12 slices are quicker than 8 and as large, 16 are slower again."""
FEW_CORES: Final = 2
MANY_CORES: Final = 12
_FULL_LOAD: Final = 1920 * 1080 * 60
"""Pixels per second that one thread carries on a machine with few cores."""
AHEAD_FROM: Final = 4
"""From this many threads on, the next picture is grabbed while one is being encoded. Without
`--threads` that means at least four cores, and more pixels a second than 1.5 × 1920×1080 at 60."""
STRIPES_FROM: Final = 6
"""From this many threads on, what the X server has copied is converted while it copies the rest.
Without `--threads` that means at least six cores: the server takes one, and four convert."""
_ROWS_PER_SLICE: Final = 64
"""A slice has at least this many rows of pixels."""


def threads_for(width: int, height: int, fps: int, cores: int) -> int:
    """Threads for pictures of `width`×`height`, 1…12 and never more than `cores`.

    `cores`: how many this process may use (`cores.py`), at least 1.
    """
    load = _FULL_LOAD if cores <= FEW_CORES else _FULL_LOAD // 2
    needed = math.ceil(width * height * fps / load)
    if cores >= MANY_CORES and needed >= AHEAD_FROM:
        needed += needed // 2
    return max(1, min(needed, cores, MAX_THREADS, most_slices(height)))


def grabs_ahead(threads: int) -> bool:
    """Whether to grab and convert the next picture while this many threads encode one."""
    return threads >= AHEAD_FROM


def converts_while_reading(threads: int) -> bool:
    """Whether to convert parts of a picture that is still being read."""
    return threads >= STRIPES_FROM


def most_slices(height: int) -> int:
    """Into how many slices a picture of this height may be cut, at least 1."""
    return max(1, height // _ROWS_PER_SLICE)
