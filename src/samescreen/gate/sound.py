"""Sound of a publisher: Opus packets and samples. Pure; nothing is decoded."""

from __future__ import annotations

from typing import Final

from samescreen.media import BLOCK_FRAMES, SOUND_CHANNELS

from .refusal import Unfit, malformed, unsupported

SAMPLES_BYTES: Final = BLOCK_FRAMES * SOUND_CHANNELS * 2
LONGEST_US: Final = 120_000
LARGEST_FRAME: Final = 1275
_MOST_FRAMES: Final = 48
_SHORT_LENGTH: Final = 252

# RFC 6716 §3.1, Table 2: SILK, hybrid and CELT configurations.
_FRAME_US: Final = (
    *(10_000, 20_000, 40_000, 60_000) * 3,
    *(10_000, 20_000) * 2,
    *(2_500, 5_000, 10_000, 20_000) * 4,
)


def opus_us(packet: bytes) -> int:
    """How long an Opus packet is, in microseconds; it follows all rules of RFC 6716 §3.

    Raises Unfit.
    """
    if not packet:
        raise malformed("an empty Opus packet")
    frame_us, code = _FRAME_US[packet[0] >> 3], packet[0] & 3
    lengths = _FRAMES[code](packet)
    if max(lengths) > LARGEST_FRAME:
        raise malformed("an Opus frame of more than 1275 bytes")
    total_us = frame_us * len(lengths)
    if total_us > LONGEST_US:
        raise malformed("an Opus packet of more than 120 ms")
    return total_us


def check_opus(packet: bytes, allowed_us: frozenset[int]) -> None:
    """The packet is one frame of an allowed length. Raises Unfit."""
    length_us = opus_us(packet)
    if length_us not in allowed_us or packet[0] & 3:
        raise unsupported(f"an Opus packet of {length_us / 1000:g} ms, or of several frames")


def check_samples(packet: bytes) -> None:
    """10 ms of 16-bit stereo at 48 kHz. Raises Unfit."""
    if len(packet) != SAMPLES_BYTES:
        raise malformed(f"{len(packet)} bytes of samples instead of {SAMPLES_BYTES}")


def _one(packet: bytes) -> list[int]:
    return [len(packet) - 1]


def _two_equal(packet: bytes) -> list[int]:
    if len(packet) % 2 == 0:
        raise malformed("two Opus frames of unequal length")
    return [(len(packet) - 1) // 2] * 2


def _two(packet: bytes) -> list[int]:
    first, at = _length(packet, 1)
    rest = len(packet) - at - first
    if rest < 0:
        raise _cut_short()
    return [first, rest]


def _several(packet: bytes) -> list[int]:
    """Code 3: a count, perhaps padding, lengths unless they are equal (§3.2.5)."""
    if len(packet) < 2:
        raise _cut_short()
    count, is_padded, is_variable = packet[1] & 0x3F, packet[1] & 0x40, packet[1] & 0x80
    if not 0 < count <= _MOST_FRAMES:
        raise malformed(f"{count} Opus frames in one packet")
    at, padding = _padding(packet) if is_padded else (2, 0)
    lengths = []
    if is_variable:
        for _ in range(count - 1):
            length, at = _length(packet, at)
            lengths.append(length)
    rest = len(packet) - at - padding - sum(lengths)
    if rest < 0 or (not is_variable and rest % count):
        raise _cut_short()
    return [*lengths, rest] if is_variable else [rest // count] * count


def _padding(packet: bytes) -> tuple[int, int]:
    """The index after the padding's length, and that length."""
    at, padding = 2, 0
    while True:
        if at >= len(packet):
            raise _cut_short()
        step, at = packet[at], at + 1
        padding += 254 if step == 255 else step
        if step != 255:
            return at, padding


def _length(packet: bytes, at: int) -> tuple[int, int]:
    """A frame's length (§3.2.1), and the index after it."""
    field = packet[at : at + 2]
    if not field or (field[0] >= _SHORT_LENGTH and len(field) < 2):
        raise _cut_short()
    if field[0] < _SHORT_LENGTH:
        return field[0], at + 1
    return 4 * field[1] + field[0], at + 2


def _cut_short() -> Unfit:
    return malformed("an Opus packet that is cut short")


_FRAMES: Final = (_one, _two_equal, _two, _several)
