"""A recording that waits for a stream: of a relay or a room, where others publish. Event loop.

It records the first stream that everybody may watch, from when it comes to when it ends, and then
the next one. What the host has ended by hand begins again with another stream only.
"""

from __future__ import annotations

import logging

from samescreen.errors import UsageError
from samescreen.hub.hub import Hub
from samescreen.hub.stream import Stream

from .recordings import Recordings

_log = logging.getLogger(__name__)


class StandingRecording:
    """Records to `path`: a folder, or a file with -2, -3 in its name for later streams.

    Raises:
        UsageError: nothing can be recorded there.
    """

    def __init__(self, recordings: Recordings, hub: Hub, path: str) -> None:
        recordings.check(path)
        self._recordings = recordings
        self._hub = hub
        self._path = path
        self._seen: Stream | None = None
        """The stream that was recorded last, or cannot be recorded."""

    def tick(self) -> None:
        """A few times a second."""
        first = self._hub.first
        if first is self._hub.nothing:
            self._seen = None
        elif first is not self._seen and not self._recordings.is_recording:
            self._seen = first
            try:
                self._recordings.start(self._recordings.free(self._path))
            except UsageError as error:
                self._recordings.fault = str(error)
                _log.warning("nothing is recorded: %s", error)
