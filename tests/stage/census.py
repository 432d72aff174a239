"""Counts what must not leak: threads, file descriptors, asyncio tasks, shared-memory segments."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.stage.timing import MS, eventually


@dataclass(frozen=True, slots=True)
class Census:
    """What one process holds at one moment (Linux)."""

    threads: int
    fds: int
    segments: int
    tasks: int

    @classmethod
    def take(cls, pid: int | None = None) -> Self:
        """Of this process, or of `pid` (then without tasks)."""
        process = Path(f"/proc/{pid or os.getpid()}")
        return cls(
            threads=len(list((process / "task").iterdir())),
            fds=len(list((process / "fd").iterdir())),
            segments=count_segments(pid or os.getpid()),
            tasks=0 if pid else _count_tasks(),
        )

    def exceeds(self, before: Self) -> dict[str, int]:
        """What grew, and by how much."""
        growth = {
            "threads": self.threads - before.threads,
            "fds": self.fds - before.fds,
            "segments": self.segments - before.segments,
            "tasks": self.tasks - before.tasks,
        }
        return {name: more for name, more in growth.items() if more > 0}


def count_segments(creator_pid: int) -> int:
    """SysV shared-memory segments made by a process, alive or gone.

    Only its own: other programs on the machine come and go meanwhile.
    """
    head, *rows = Path("/proc/sysvipc/shm").read_text(encoding="ascii").splitlines()
    column = head.split().index("cpid")
    return sum(int(row.split()[column]) == creator_pid for row in rows)


@contextmanager
def nothing_leaks(pid: int | None = None, *, within: float = 3000 * MS) -> Iterator[Census]:
    """Holds that the block leaves no more behind than there was; ends may take a moment.

    Waits without the event loop: in an async test compare two `Census.take()` instead.
    """
    before = Census.take(pid)
    yield before
    growth: dict[str, int] = {}

    def is_back() -> bool:
        growth.clear()
        growth.update(Census.take(pid).exceeds(before))
        return not growth

    try:
        eventually(is_back, what="back to the census before", within=within)
    except AssertionError as late:
        raise AssertionError(f"{late}; grown: {growth}") from None


def _count_tasks() -> int:
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:
        return 0
