"""The last minutes of a stream, in memory, to be saved when somebody asks for them. Pure.

The buffer is cut at keyframes only, so what it holds can always be played. Both the time and the
bytes are bounded.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from samescreen.media import Packet, PacketKind, Rendition, TrackConfig

from .timeline import Arrived, Blanked

_OVERHEAD: Final = 300
"""What a packet takes in memory beside its payload, in bytes."""


class _Group:
    """A keyframe, and all that came before the next one."""

    __slots__ = ("arrived", "began_us", "size_bytes")

    def __init__(self, config: Arrived, keyframe: Arrived) -> None:
        self.began_us = keyframe.at_us
        self.arrived = [config, keyframe]
        self.size_bytes = 0


class ReplayBuffer:
    """Holds `span_us` of the newest packets, and never more than `most_bytes`."""

    def __init__(self, span_us: int, most_bytes: int) -> None:
        self.size_bytes = 0
        self.cut = 0
        """Groups that went earlier than `span_us`, because of the bytes."""
        self._span_us = span_us
        self._most_bytes = most_bytes
        self._config: Arrived | None = None
        self._groups: deque[_Group] = deque()
        self._is_waiting = True

    def needs_keyframe(self, now_us: int) -> bool:
        """Nothing can be kept before a keyframe."""
        return self._is_waiting

    def take(self, arrived: Arrived) -> None:
        """The newest packet or configuration."""
        what = arrived.what
        if isinstance(what, TrackConfig):
            if what.rendition is Rendition.MAIN:
                self._config = arrived
            return
        if isinstance(what, Blanked):
            if self._groups:
                self._groups[-1].arrived.append(arrived)
            return
        is_video = what.kind is PacketKind.VIDEO and what.rendition is Rendition.MAIN
        if is_video and what.is_keyframe and self._config is not None:
            self._groups.append(_Group(self._config, arrived))
            self._is_waiting = False
        elif (is_video or what.rendition is Rendition.OPUS) and not self._is_waiting:
            self._groups[-1].arrived.append(arrived)
        else:
            return
        self._count(what)
        self._trim(arrived.at_us)

    def contents(self) -> list[Arrived]:
        """Everything in order, each keyframe after its configuration."""
        return [each for group in self._groups for each in group.arrived]

    def kept_us(self, now_us: int) -> int:
        """How much of the past it holds."""
        return now_us - self._groups[0].began_us if self._groups else 0

    def _count(self, packet: Packet) -> None:
        size_bytes = len(packet.payload) + _OVERHEAD
        self._groups[-1].size_bytes += size_bytes
        self.size_bytes += size_bytes

    def _trim(self, now_us: int) -> None:
        groups = self._groups
        while len(groups) > 1 and now_us - groups[1].began_us >= self._span_us:
            self.size_bytes -= groups.popleft().size_bytes
        while groups and self.size_bytes > self._most_bytes:
            self.size_bytes -= groups.popleft().size_bytes
            self.cut += 1
        self._is_waiting = not groups
