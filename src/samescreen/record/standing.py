"""A recording that waits for a stream: of a relay or a room, where others publish. Event loop.

It records the first stream that everybody may watch, from when it comes to when it ends, and then
the next one. What the host has ended by hand begins again with another stream only.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from samescreen.aside import waited_for
from samescreen.errors import UsageError
from samescreen.hub.hub import Hub
from samescreen.hub.stream import Stream

from .recordings import Recordings

_log = logging.getLogger(__name__)


class StandingRecording:
    """Records to `path`: a folder, or a file with -2, -3 in its name for later streams."""

    def __init__(self, recordings: Recordings, hub: Hub, path: str) -> None:
        self._recordings = recordings
        self._hub = hub
        self._path = path
        self._seen: Stream | None = None
        """The stream that was recorded last, or cannot be recorded."""
        self._beginning: asyncio.Task[None] | None = None

    def tick(self) -> None:
        """A few times a second."""
        if self._beginning is not None and not self._beginning.done():
            return
        first = self._hub.first
        if first is self._hub.nothing:
            self._seen = None
        elif first is not self._seen and not self._recordings.is_recording:
            self._seen = first
            self._beginning = asyncio.get_running_loop().create_task(self._begin(first))

    async def _begin(self, stream: Stream) -> None:
        finding = partial(self._recordings.free, self._path)
        try:
            path = await waited_for(finding, "the folder of the recording")
            await self._recordings.begin(path, stream.stream_id)
        except UsageError as error:
            self._recordings.fault = str(error)
            _log.warning("nothing is recorded: %s", error)
