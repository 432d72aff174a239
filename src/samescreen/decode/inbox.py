"""Which packets wait for a decoding process, and which are dropped. Pure; under the caller's lock.

What waits is bounded, and a keyframe replaces all that waits: a decoder that is behind skips to it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

MOST_WAITING: Final = 60
"""Two seconds at 30 pictures a second: so long may a process take to start."""
_SHOWN_EVERY: Final = 4
"""So many packets of a backlog at most are decoded without a picture."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One packet. `payload`: an access unit or a file. `when_us`: the time that it came with.

    `is_past`: newer ones came already, and nobody wants to see its picture.
    """

    payload: bytes
    when_us: int
    is_keyframe: bool
    is_past: bool = False


class Inbox:
    """Packets of one stream, of `most_bytes` each and altogether no more than twice that.

    `most_waiting`: no more packets than that.
    """

    def __init__(self, most_bytes: int, most_waiting: int = MOST_WAITING) -> None:
        self.needs_keyframe = True
        self._most_bytes = most_bytes
        self._most_waiting = most_waiting
        self._waiting: deque[Waiting] = deque()
        self._bytes = 0
        self._unseen = 0

    def put(self, packet: Waiting) -> bool:
        """Have this packet wait. False: it is dropped, and a keyframe is needed."""
        if packet.is_keyframe:
            self.lose()
        size = len(packet.payload)
        is_many = len(self._waiting) >= self._most_waiting
        is_full = is_many or self._bytes + size > 2 * self._most_bytes
        is_unfit = self.needs_keyframe and not packet.is_keyframe
        if is_unfit or is_full or size > self._most_bytes:
            self.lose()
            return False
        self.needs_keyframe = False
        self._waiting.append(packet)
        self._bytes += size
        return True

    def take(self) -> tuple[Waiting, bool] | None:
        """The next packet, and whether its picture is worth showing; None: none waits."""
        if not self._waiting:
            return None
        packet = self._waiting.popleft()
        self._bytes -= len(packet.payload)
        is_shown = not packet.is_past and (
            not self._waiting or self._unseen + 1 >= _SHOWN_EVERY
        )
        self._unseen = 0 if is_shown else self._unseen + 1
        return packet, is_shown

    def lose(self) -> None:
        """Something was lost: drop what waits, and wait for a keyframe."""
        self._waiting.clear()
        self._bytes = 0
        self.needs_keyframe = True
