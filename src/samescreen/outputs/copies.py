"""Where the streams of a host go besides its pages: into files, to other servers. Event loop."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from samescreen.aside import waited_for
from samescreen.hub.hub import Hub
from samescreen.options import OutputOptions, RecordingOptions
from samescreen.record.recordings import Recordings
from samescreen.record.standing import StandingRecording

from .outputs import Outputs


class Copies:
    """The recordings and the outputs of one host.

    Raises:
        UsageError: an output is no address, or its file cannot be read.
    """

    def __init__(
        self,
        hub: Hub,
        clock_us: Callable[[], int],
        recording: RecordingOptions,
        output: OutputOptions,
    ) -> None:
        self.recordings = Recordings(hub, clock_us, recording.record, recording.keep_minutes)
        self.outputs = Outputs(hub, clock_us, output.output)
        self._hub = hub
        self._record = recording.record
        self._standing: StandingRecording | None = None

    @property
    def is_seen(self) -> bool:
        """What is shown now may be seen elsewhere or later. Who gets an output may keep it."""
        return self.recordings.is_seen or bool(self.outputs.all)

    async def begin(self, show: Callable[[bool], None]) -> None:
        """Begin what the options ask for; where nothing is shown yet, once something is.

        `show` is called when `is_seen` may have changed.

        Raises:
            UsageError: the recording cannot be written.
        """
        self.recordings.on_change.append(lambda: show(self.is_seen))
        self.recordings.keep()
        if self._record and self._hub.first is self._hub.nothing:
            checking = partial(self.recordings.check, self._record)
            await waited_for(checking, "the folder of the recordings")
            self._standing = StandingRecording(self.recordings, self._hub, self._record)
        elif self._record:
            await self.recordings.begin(self._record)
        show(self.is_seen)

    def tick(self, now_us: int) -> None:
        """A few times a second."""
        self.recordings.tick(now_us)
        if self._standing is not None:
            self._standing.tick()
        self.outputs.tick(now_us)

    async def close(self) -> None:
        """End everything; takes two seconds at most."""
        await self.recordings.close()
        await self.outputs.close()
