"""What a program that shares can do about recordings, from any thread."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Self

from samescreen.errors import NotSharing, UsageError
from samescreen.host import Host
from samescreen.loop_thread import finished_on_loop, on_loop, running_loop


class Recording:
    """A recording that `Share.record` began. `path` is its first file.

    `with share.record("talk.mp4"):` ends it with the block.
    """

    def __init__(self, host: Host, loop: asyncio.AbstractEventLoop, path: Path) -> None:
        self.path = path
        self._host = host
        self._loop = loop

    def stop(self) -> None:
        """End it, unless another began since. Any thread; on others than the host's event loop
        the files are complete afterwards. It may be called twice.
        """
        try:
            on_loop(self._loop, self._end)
            if running_loop() is not self._loop:
                finished_on_loop(self._loop, self._host.recordings.stopped)
        except NotSharing:  # the share has ended, and the recording with it
            return

    def _end(self) -> None:
        if self._host.recordings.first == self.path:
            self._host.recordings.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()


def begun(
    host: Host, loop: asyncio.AbstractEventLoop, path: str | os.PathLike[str], stream: str
) -> Recording:
    """Begin to record. Raises UsageError, NotSharing."""
    place, recordings = os.fspath(path), host.recordings
    if running_loop() is loop:
        first = recordings.start(place, stream)
    else:
        first = finished_on_loop(loop, lambda: recordings.begin(place, stream))
    return Recording(host, loop, first)


def saved(
    host: Host, loop: asyncio.AbstractEventLoop, path: str | os.PathLike[str]
) -> tuple[Path, ...]:
    """Save the last minutes, and wait for the disk. Raises UsageError, NotSharing."""
    if running_loop() is loop:
        raise UsageError("save_last waits for the disk: call it by asyncio.to_thread")
    made = finished_on_loop(loop, lambda: host.recordings.save(os.fspath(path)))
    return tuple(each.path for each in made)
