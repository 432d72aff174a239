"""The connections of one attempt to send an output, one after the other. Writing thread.

The timeline says what goes where; this hands it to the program that sends (`sender`). A picture of
another size begins a new connection, as it begins a new file of a recording.
"""

from __future__ import annotations

from collections.abc import Iterable

from samescreen.option_values import OutputAddress
from samescreen.record.black import black_picture
from samescreen.record.sound_line import Sound
from samescreen.record.timeline import Arrived, Begin, Picture, Step, Timeline

from .feed import Target
from .process import SenderProcess


class ConnectionSeries:
    """Sends to `address`. `cut` may be called from any thread."""

    def __init__(self, address: OutputAddress) -> None:
        self.timeline = Timeline(black_picture)
        self._address = address
        self._process: SenderProcess | None = None
        self._is_cut = False

    @property
    def is_sending(self) -> bool:
        """The server takes the stream. Any thread."""
        process = self._process
        return process is not None and process.is_sending

    def cut(self) -> None:
        """End the connection, whatever it waits for. Any thread."""
        self._is_cut = True
        process = self._process
        if process is not None:
            process.end(0)

    def take(self, arrived: Arrived) -> None:
        """Send a packet of the stream or its sound. Raises OSError."""
        self._carry_out(self.timeline.take(arrived))

    def passed(self, now_us: int) -> None:
        """Send silence where nothing was heard. Raises OSError."""
        if self._process is not None:
            self._process.check()
        self._carry_out(self.timeline.passed(now_us))

    def finish(self, now_us: int) -> None:
        """Send what is left and say goodbye. Raises OSError."""
        self._carry_out(self.timeline.end(now_us))

    def abandon(self) -> None:
        """End the connection after a fault."""
        self._end()

    def _carry_out(self, steps: Iterable[Step]) -> None:
        for step in steps:
            if isinstance(step, (Picture, Sound)):
                assert self._process is not None, "a connection was begun before"
                self._process.send(step)
            elif isinstance(step, Begin):
                address = self._address
                self._process = SenderProcess(
                    Target(
                        address.url,
                        address.host,
                        address.port,
                        address.is_secure,
                        step.width,
                        step.height,
                    )
                )
                if self._is_cut:
                    self._end()
                    raise OSError("the output was ended")
            else:
                self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.finish()
