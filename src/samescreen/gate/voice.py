"""A voice on /ws/talk: one Opus frame of 20 ms, in order, no faster than time passes. Pure."""

from __future__ import annotations

from typing import Final

from samescreen.wire.talk import SEQUENCES, VOICE_US, Voice, VoiceKind

from .rates import Allowed
from .refusal import Reason, Unfit, malformed
from .sound import check_opus

PACKETS_PER_S: Final = 55
PACKETS_AT_ONCE: Final = 150
"""A link that stalled delivers everything at once."""
BYTES_PER_S: Final = 8_000
BYTES_AT_ONCE: Final = 24_000
"""64 kbit/s; pages encode 32."""
_LENGTHS: Final = frozenset({VOICE_US})


class VoiceGate:
    """What one connection sends as its person's voice."""

    def __init__(self, now_us: int) -> None:
        self._packets = Allowed("packets of a voice", PACKETS_PER_S, now_us, PACKETS_AT_ONCE)
        self._bytes = Allowed("bytes of a voice", BYTES_PER_S, now_us, BYTES_AT_ONCE)
        self._last: int | None = None

    def take(self, voice: Voice, now_us: int) -> Voice:
        """The packet as it may be sent on.

        Raises:
            Unfit: TOO_FAST: it is left out, and the next one may pass. Otherwise: a fault.
        """
        self._packets.spend(1, now_us)
        self._bytes.spend(len(voice.payload), now_us)
        if voice.kind is not VoiceKind.OPUS or voice.speaker:
            raise Unfit(Reason.MISMATCH, "a page sends its own voice only")
        check_opus(voice.payload, _LENGTHS)
        if not voice.begins and not self._is_later(voice.sequence):
            raise malformed(f"packet {voice.sequence} of a voice after {self._last}")
        self._last = voice.sequence
        return voice

    def _is_later(self, sequence: int) -> bool:
        if self._last is None:
            return True
        return 0 < (sequence - self._last) % SEQUENCES < SEQUENCES // 2
