"""Adds to a parameter set what decoders need to show each picture at once. Pure.

Without bitstream_restriction a decoder must assume that pictures may be reordered, and many
decoders then delay output by as many pictures as they can store. Without a colour description,
decoders guess the colours. This module adds both where they are missing and keeps all other bits.
The caller guarantees that no picture is reordered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .levels import level_for
from .nal import NAL_SPS, SpsError, nal_of, nal_type, u, ue
from .syntax import Layout, Sps, parse_sps, read_sps

_BT709: Final = u(8, 1) + u(8, 1) + u(8, 1)  # primaries, transfer, matrix
_SIGNAL: Final = "1" + u(3, 5) + "0" + "1" + _BT709  # format unspecified, limited range, described
_RESTRICTION: Final = "1" + "1" + ue(2, 1, 15, 15)  # the values that §E.2.1 infers without it
_UNSPECIFIED: Final = 2
_LEVEL: Final = slice(16, 24)  # after profile and constraints


def rewritten(unit: bytes, level_idc: int | None = None) -> bytes:
    """The parameter set without reordering, with BT.709 if it names no colours, and this level.

    Returns the same object when nothing changes. `level_idc` None: keep its level.

    Raises:
        SpsError: not a parameter set, cut short, or of a later edition (extra bits at the end).
    """
    sps, layout = read_sps(unit)
    if layout.bits[layout.end :].rstrip("0") != "1":
        raise SpsError("more follows than is known")
    level_idc = sps.level_idc if level_idc is None else level_idc
    bits = _edited(sps, layout)
    bits = bits[: _LEVEL.start] + u(8, level_idc) + bits[_LEVEL.stop :]
    return unit if bits == layout.bits[: layout.end] else nal_of(unit[0], bits)


def _edited(sps: Sps, layout: Layout) -> str:
    bits = layout.bits[: layout.end]
    dec_frames = max(1, sps.max_ref_frames)
    if bits[layout.vui_flag] == "0":
        # No aspect ratio, no overscan; signal type; no chroma location, timing, HRDs, pic_struct.
        vui = "00" + _SIGNAL + "00000" + _RESTRICTION + ue(0, dec_frames)
        return bits[: layout.vui_flag] + "1" + vui
    # From the end to the beginning, so that the spans of what comes before stay valid.
    if sps.max_reorder_frames is None:
        bits = bits[: layout.restriction[0]] + _RESTRICTION + ue(0, dec_frames)
    elif (sps.max_reorder_frames, sps.max_dec_frames) != (0, dec_frames):
        bits = bits[: layout.limits[0]] + ue(0, dec_frames)
    first, end = layout.colour
    return bits[:first] + _described(bits[first:end], sps) + bits[end:]


def _described(signal: str, sps: Sps) -> str:
    """video_signal_type with a colour description; keeps the one it has."""
    if sps.colour is None:
        return _SIGNAL
    return signal if sps.colour.matrix != _UNSPECIFIED else signal[:5] + "1" + _BT709


@dataclass(slots=True)
class SpsRewriter:
    """Rewrites one encoder's parameter sets, and sets the lowest level for such a stream.

    `bitrate_bps`, `buffer_bits`: of the encoder's VBV; 0 without one. A repeated parameter set is
    rewritten once.
    """

    fps: int
    bitrate_bps: int = 0
    buffer_bits: int = 0
    _before: bytes = b""
    _after: bytes = b""

    def access_unit(self, payload: bytes) -> bytes:
        """An Annex B access unit with its parameter sets rewritten; the same object if unchanged.

        Raises:
            SpsError: one of its parameter sets cannot be read.
        """
        parts, copied = [], 0
        start = payload.find(b"\0\0\1")
        while 0 <= start < len(payload) - 3 and payload[start + 3] & 0x1F > 5:  # until a slice
            following = payload.find(b"\0\0\1", start + 3)
            unit = payload[start + 3 : following if following >= 0 else None].rstrip(b"\0")
            if nal_type(unit) == NAL_SPS and (better := self._rewritten(unit)) is not unit:
                parts += [payload[copied : start + 3], better]
                copied = start + 3 + len(unit)
            start = following
        return b"".join((*parts, payload[copied:])) if parts else payload

    def _rewritten(self, unit: bytes) -> bytes:
        if unit != self._before:
            after = rewritten(unit, self._level_of(parse_sps(unit)))
            self._before, self._after = unit, after
        return unit if self._after == unit else self._after

    def _level_of(self, sps: Sps) -> int:
        return level_for(
            sps.width,
            sps.height,
            self.fps,
            self.bitrate_bps,
            buffer_bits=self.buffer_bits,
            ref_frames=max(1, sps.max_ref_frames),
            profile_idc=sps.profile_idc,
        )
