"""One H.264 rendition of a publisher, access unit by access unit. Pure.

Of each access unit every NAL unit is parsed: its type, its emulation prevention, parameter sets in
full, of slices the headers. What passes is built anew from what was parsed: for a keyframe the
parameter sets that its slices use, and the slices. Everything else (SEI, delimiters, fillers, other
parameter sets) is left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from samescreen.encode.sps import level_for

from .parameter_sets import PictureSet, SequenceSet, read_picture, read_sequence
from .profiles import PictureBounds
from .refusal import Reason, Unfit, malformed, unsupported
from .slice_header import SliceHeader, read_picture_set, read_slice

_SLICE: Final = 1
_IDR: Final = 5
_SPS: Final = 7
_PPS: Final = 8
_LEFT_OUT: Final = frozenset({6, 9, 10, 11, 12, 14})
"""SEI, delimiter, end of sequence and of stream, filler, prefix: no decoder of ours needs them."""

_START: Final = b"\0\0\1"
_LONG_START: Final = b"\0\0\0\1"
_MOST_ZEROS: Final = 8
_FAULT: Final = re.compile(rb"\x00\x00(?:[\x00-\x02]|\x03(?:[^\x00-\x03]|\Z))", re.DOTALL)
"""Bytes that emulation prevention excludes from a NAL unit (§7.4.1)."""


@dataclass(frozen=True, slots=True)
class AccessUnit:
    """What passed: the access unit in canonical form, and what it needs of a decoder."""

    payload: bytes
    sequence: SequenceSet
    is_keyframe: bool


@dataclass(slots=True)
class _Before:
    """The picture before. `frame_num`: of the newest reference."""

    frame_num: int = 0
    order: int = 0


class AccessUnits:
    """Checks one rendition. `fps`, `bitrate_bps`: what it was announced with, for the level.

    After anything that was refused it takes nothing but a keyframe.
    """

    def __init__(self, bounds: PictureBounds, fps: int, bitrate_bps: int) -> None:
        self._bounds = bounds
        self._fps = fps
        self._bitrate_bps = bitrate_bps
        self._sets: tuple[SequenceSet, PictureSet] | None = None
        self._before = _Before()

    @property
    def is_in_step(self) -> bool:
        """A picture that needs the one before it may come."""
        return self._sets is not None

    def lose_step(self) -> None:
        """A picture is missing: take nothing but a keyframe."""
        self._sets = None

    def take(self, payload: bytes, size: tuple[int, int]) -> AccessUnit:
        """Check an access unit whose picture must have this size. Raises Unfit."""
        sets, self._sets = self._sets, None
        units = split(payload, self._bounds.units)
        slices = [unit for unit in units if unit[0] & 0x1F in (_SLICE, _IDR)]
        if not 0 < len(slices) <= self._bounds.slices:
            raise malformed(f"{len(slices)} slices in one access unit")
        is_keyframe = slices[0][0] & 0x1F == _IDR
        if is_keyframe:
            sets = self._new_sets(units, slices[0], size)
        elif any(unit[0] & 0x1F in (_SPS, _PPS) for unit in units):
            raise malformed("parameter sets without a keyframe")  # CVE-2025-27091
        if sets is None:
            raise Unfit(Reason.OUT_OF_STEP, "a picture before the first keyframe")
        headers = [read_slice(unit, *sets) for unit in slices]
        self._follow(_one_picture(headers), sets[0])
        self._sets = sets
        parts = [each.written() for each in sets] if is_keyframe else []
        return AccessUnit(_joined(parts, slices), sets[0], is_keyframe)

    def _new_sets(
        self, units: Sequence[bytes], first_slice: bytes, size: tuple[int, int]
    ) -> tuple[SequenceSet, PictureSet]:
        """The parameter sets that a keyframe brings and uses."""
        pictures = [read_picture(unit) for unit in units if unit[0] & 0x1F == _PPS]
        sequences = [read_sequence(unit) for unit in units if unit[0] & 0x1F == _SPS]
        number = read_picture_set(first_slice)
        picture = next((each for each in pictures if each.number == number), None)
        if picture is None:
            raise malformed("a keyframe without its picture parameter set")
        known = (each for each in sequences if each.number == picture.sequence)
        sequence = next(known, None)
        if sequence is None:
            raise malformed("a keyframe without its sequence parameter set")
        if sequence.size != size:
            wide, high = sequence.size
            raise Unfit(Reason.SIZE, f"{wide}×{high} instead of {size[0]}×{size[1]}")
        if sequence.ref_frames > self._bounds.ref_frames:
            raise unsupported(f"{sequence.ref_frames} reference pictures")
        return replace(sequence, level_idc=self._level(sequence)), picture

    def _level(self, sequence: SequenceSet) -> int:
        """The level that it claims, but no lower and no higher than such a stream may need."""
        size, refs = sequence.size, max(1, sequence.ref_frames)
        lowest = level_for(*size, self._fps, ref_frames=refs)
        highest = level_for(
            *size, self._fps, self._bitrate_bps, buffer_bits=self._bitrate_bps, ref_frames=refs
        )
        return min(max(sequence.level_idc, lowest), highest)

    def _follow(self, header: SliceHeader, sequence: SequenceSet) -> None:
        """The picture is the next one: no number is missing, and it is shown after those before."""
        before = self._before
        if header.is_idr:
            if header.frame_num or header.order:
                raise malformed("a keyframe that does not begin to count")
            self._before = _Before()
            return
        expected = (before.frame_num + 1) % (1 << sequence.frame_num_bits)
        if header.frame_num != expected:
            raise malformed(f"frame_num {header.frame_num} instead of {expected}")
        if sequence.order_bits:
            span = 1 << sequence.order_bits
            if not 0 < (header.order - before.order) % span < span // 2:
                raise unsupported("pictures out of order")
        frame_num = expected if header.is_reference else before.frame_num
        self._before = _Before(frame_num, header.order)


def split(payload: bytes, most: int) -> list[bytes]:
    """The NAL units of an Annex B access unit, each well-formed and of a known type. Raises Unfit.

    Those that are left out are missing in the result.
    """
    before, *units = payload.split(_START, most + 1)
    if before.strip(b"\0") or len(before) > _MOST_ZEROS or not units:
        raise malformed("an access unit without a start code")
    if len(units) > most:
        raise malformed(f"more than {most} NAL units in one access unit")
    kept, has_slices = [], False
    for padded in units:
        unit = padded.rstrip(b"\0")
        if len(unit) < 2 or len(padded) - len(unit) > _MOST_ZEROS:
            raise malformed("an empty NAL unit")
        if unit[0] & 0x80:
            raise malformed("forbidden_zero_bit is set")
        if _FAULT.search(unit):
            raise malformed("bytes that emulation prevention excludes")
        kind = unit[0] & 0x1F
        if kind in _LEFT_OUT:
            continue
        if kind not in (_SLICE, _IDR, _SPS, _PPS):
            raise unsupported(f"NAL units of type {kind}")
        if has_slices and kind in (_SPS, _PPS):
            raise malformed("parameter sets after a slice")
        has_slices = has_slices or kind in (_SLICE, _IDR)
        kept.append(unit)
    return kept


def _one_picture(headers: Sequence[SliceHeader]) -> SliceHeader:
    """The header of the first of these slices, which make one picture in order. Raises Unfit."""
    first = headers[0]
    if first.first:
        raise malformed("a picture without its first macroblock")
    last = -1
    for header in headers:
        if header.first <= last:
            raise malformed("slices out of order")
        last = header.first
        if replace(header, first=0) != first:
            raise malformed("slices of several pictures in one access unit")
    return first


def _joined(sets: Sequence[bytes], slices: Sequence[bytes]) -> bytes:
    """An access unit; the first unit and parameter sets have a long start code (§B.1.2)."""
    parts: list[bytes] = []
    for unit in sets:
        parts += (_LONG_START, unit)
    for unit in slices:
        parts += (_START if parts else _LONG_START, unit)
    return b"".join(parts)
