"""Reads H.264 sequence parameter sets. Pure.

Syntax: ITU-T H.264 (08/2021) §7.3.2.1.1 and Annex E. Only what a viewer or a test must know is
kept; profiles with scaling lists or chroma other than 4:2:0 are never made here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

NAL_IDR: Final = 5
NAL_SPS: Final = 7
NAL_PPS: Final = 8
_HIGH_PROFILES: Final = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128})
_EXTENDED_SAR: Final = 255


class SpsError(ValueError):
    """Not a sequence parameter set this reader knows."""


@dataclass(frozen=True, slots=True)
class Colour:
    """video_signal_type of the VUI; code points of ITU-T H.273."""

    full_range: bool
    primaries: int
    transfer: int
    matrix: int


@dataclass(frozen=True, slots=True)
class Sps:
    """What the parameter set says. `max_reorder_frames` is None when it says nothing."""

    profile_idc: int
    constraint_flags: int
    level_idc: int
    max_ref_frames: int
    width: int
    height: int
    colour: Colour | None
    max_reorder_frames: int | None

    @property
    def codec_string(self) -> str:
        """RFC 6381, as WebCodecs wants it: "avc1.42C020"."""
        return f"avc1.{self.profile_idc:02X}{self.constraint_flags:02X}{self.level_idc:02X}"


def nal_units(access_unit: bytes) -> Iterator[bytes]:
    """The NAL units of an Annex B byte stream, without start codes."""
    start = access_unit.find(b"\0\0\1")
    while start >= 0:
        following = access_unit.find(b"\0\0\1", start + 3)
        end = following if following >= 0 else len(access_unit)
        unit = access_unit[start + 3 : end].rstrip(b"\0")
        if unit:
            yield unit
        start = following


def nal_type(unit: bytes) -> int:
    """nal_unit_type of a NAL unit."""
    return unit[0] & 0x1F


def find_sps(access_unit: bytes) -> Sps | None:
    """The first parameter set of an access unit, if it carries one.

    Raises:
        SpsError: it does, and it is broken.
    """
    for unit in nal_units(access_unit):
        if nal_type(unit) == NAL_SPS:
            return parse_sps(unit)
    return None


def parse_sps(unit: bytes) -> Sps:
    """Read one NAL unit of type 7.

    Raises:
        SpsError: another type, cut short, or a form never made here.
    """
    if len(unit) < 4 or nal_type(unit) != NAL_SPS:
        raise SpsError("not a sequence parameter set")
    bits = _Bits(unit[1:].replace(b"\0\0\3", b"\0\0"))
    profile, constraints, level = bits.u(8), bits.u(8), bits.u(8)
    bits.ue()  # seq_parameter_set_id
    if profile in _HIGH_PROFILES:
        _skip_high_profile(bits)
    bits.ue()  # log2_max_frame_num_minus4
    _skip_picture_order(bits)
    max_ref_frames = bits.ue()
    bits.u(1)  # gaps_in_frame_num_value_allowed_flag
    width, height = _picture_size(bits)
    colour, reorder = _vui(bits) if bits.u(1) else (None, None)
    return Sps(profile, constraints, level, max_ref_frames, width, height, colour, reorder)


class _Bits:
    """A bit reader with Exp-Golomb codes (H.264 §9.1)."""

    def __init__(self, payload: bytes) -> None:
        self._value = int.from_bytes(payload, "big")
        self._left = len(payload) * 8

    def u(self, count: int) -> int:
        if count > self._left:
            raise SpsError("cut short")
        self._left -= count
        return (self._value >> self._left) & ((1 << count) - 1)

    def ue(self) -> int:
        zeros = 0
        while not self.u(1):
            zeros += 1
            if zeros > 32:
                raise SpsError("an Exp-Golomb code of more than 32 bits")
        return (1 << zeros) - 1 + self.u(zeros)


def _skip_high_profile(bits: _Bits) -> None:
    if bits.ue() != 1:  # chroma_format_idc
        raise SpsError("only 4:2:0 is known")
    bits.ue()  # bit_depth_luma_minus8
    bits.ue()  # bit_depth_chroma_minus8
    bits.u(1)  # qpprime_y_zero_transform_bypass_flag
    if bits.u(1):
        raise SpsError("scaling lists are not known")


def _skip_picture_order(bits: _Bits) -> None:
    kind = bits.ue()  # pic_order_cnt_type
    if kind == 0:
        bits.ue()  # log2_max_pic_order_cnt_lsb_minus4
    elif kind == 1:
        bits.u(1)  # delta_pic_order_always_zero_flag
        bits.ue()  # offset_for_non_ref_pic (signed, same length)
        bits.ue()  # offset_for_top_to_bottom_field
        for _ in range(min(bits.ue(), 255)):
            bits.ue()


def _picture_size(bits: _Bits) -> tuple[int, int]:
    width, map_units = (bits.ue() + 1) * 16, bits.ue() + 1
    frame_mbs_only = bits.u(1)
    if not frame_mbs_only:
        bits.u(1)  # mb_adaptive_frame_field_flag
    height = map_units * 16 * (2 - frame_mbs_only)
    bits.u(1)  # direct_8x8_inference_flag
    if bits.u(1):  # frame_cropping_flag, in chroma samples
        width -= 2 * (bits.ue() + bits.ue())
        height -= 2 * (2 - frame_mbs_only) * (bits.ue() + bits.ue())
    return width, height


def _vui(bits: _Bits) -> tuple[Colour | None, int | None]:
    if bits.u(1) and bits.u(8) == _EXTENDED_SAR:  # aspect_ratio_idc
        bits.u(32)
    if bits.u(1):
        bits.u(1)  # overscan_appropriate_flag
    colour = _colour(bits) if bits.u(1) else None
    if bits.u(1):  # chroma_loc_info_present_flag
        bits.ue()
        bits.ue()
    if bits.u(1):
        bits.u(65)  # timing: num_units_in_tick, time_scale, fixed_frame_rate_flag
    has_nal, has_vcl = _skip_hrd(bits), _skip_hrd(bits)
    if has_nal or has_vcl:
        bits.u(1)  # low_delay_hrd_flag
    bits.u(1)  # pic_struct_present_flag
    return colour, _max_reorder_frames(bits) if bits.u(1) else None


def _colour(bits: _Bits) -> Colour:
    bits.u(3)  # video_format
    full_range = bool(bits.u(1))
    if not bits.u(1):
        return Colour(full_range, 2, 2, 2)
    return Colour(full_range, bits.u(8), bits.u(8), bits.u(8))


def _skip_hrd(bits: _Bits) -> bool:
    if not bits.u(1):
        return False
    count = bits.ue() + 1
    bits.u(8)  # bit_rate_scale, cpb_size_scale
    for _ in range(min(count, 32)):
        bits.ue()
        bits.ue()
        bits.u(1)
    bits.u(20)  # four lengths of 5 bits
    return True


def _max_reorder_frames(bits: _Bits) -> int:
    """bitstream_restriction, up to max_num_reorder_frames."""
    bits.u(1)  # motion_vectors_over_pic_boundaries_flag
    for _ in range(4):  # max bytes and bits, log2_max_mv_length horizontal and vertical
        bits.ue()
    return bits.ue()
