"""The other hosts and pages that publish here: how many, and how much each may send. Event loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from samescreen.closing import CloseCode
from samescreen.encode.base import MakeEncoder
from samescreen.flow.rate import RateTarget
from samescreen.flow.stills import StillTarget

MOST: Final = 40
"""A class of thirty, and their teacher."""
_REPLACED: Final = "the same program has connected again"
_FULL: Final = "{} publish here already, and no more may"


@dataclass(frozen=True, slots=True)
class Encoding:
    """How this host encodes the pictures of those who cannot. `make_for`: the factory of a track
    number. `ceiling` and `stills`: what video and stills may cost.
    """

    make_for: Callable[[int], MakeEncoder]
    ceiling: RateTarget
    stills: StillTarget


class Publishing(Protocol):
    """A connection that publishes."""

    def dismiss(self, code: CloseCode, detail: str) -> None:
        """End its streams, send a goodbye with this sentence, and close."""


class Publishers:
    """At most `most` connections at once; a program's later connection replaces its earlier one.

    The earlier one is dead where a network went away without a word, and would go on showing its
    last picture until a heartbeat fails. `bitrate_bps`: the most video of one stream. `encoding`:
    for pages that publish JPEG files; None: this host encodes nothing.
    """

    def __init__(self) -> None:
        self.most = MOST
        self.bitrate_bps: int | None = None
        self.encoding: Encoding | None = None
        self._programs: dict[Publishing, str] = {}

    @property
    def count(self) -> int:
        """Connections that publish now."""
        return len(self._programs)

    def enter(self, connection: Publishing, program: str) -> None:
        """Count a connection in, or dismiss it. `program`: a secret of its program's; "": none."""
        if program:
            for other, its in tuple(self._programs.items()):
                if its == program:
                    other.dismiss(CloseCode.STALLED, _REPLACED)
        if len(self._programs) >= self.most:
            connection.dismiss(CloseCode.FULL, _FULL.format(self.most))
        else:
            self._programs[connection] = program

    def leave(self, connection: Publishing) -> None:
        """It is gone; may be called twice, and without `enter`."""
        self._programs.pop(connection, None)
