"""Which cores a run's processes may use: the server's apart from the painter's and the viewer's.

A process inherits the cores of the thread that starts it. `on_cores` changes this thread's for a
moment, so a process has its cores from its first instruction on.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass


class TooFewCores(Exception):
    """This machine cannot give the server so many cores and keep one for the others; says so."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Three sets of core numbers. Painter and viewer share one where there is only one left.

    `painter`: the painter and the X server that it paints on. `viewer`: the browser and its X
    server, or the light viewers.
    """

    server: frozenset[int]
    painter: frozenset[int]
    viewer: frozenset[int]


def layout(count: int, usable: Set[int]) -> Layout:
    """`count` of the usable cores for the server, one for the painter, the rest for the viewer.

    0 pins nothing: everybody may use all cores.

    Raises:
        TooFewCores: nothing would be left for painter and viewer.
    """
    numbers = sorted(usable)
    if count == 0:
        everything = frozenset(numbers)
        return Layout(everything, everything, everything)
    if not 0 < count < len(numbers):
        raise TooFewCores(
            f"--cores {count}: this machine has {len(numbers)} usable cores, and the painter and "
            f"the viewer need at least one; use 0 (no pinning) to {len(numbers) - 1}"
        )
    server, rest = numbers[:count], numbers[count:]
    painter, viewer = rest[:1], rest[1:] or rest
    return Layout(frozenset(server), frozenset(painter), frozenset(viewer))


def usable() -> frozenset[int]:
    """The cores that this process may use."""
    return frozenset(os.sched_getaffinity(0))


@contextmanager
def on_cores(cores: Set[int]) -> Iterator[None]:
    """What this thread starts inside the `with` stays on these cores; the thread comes back."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
