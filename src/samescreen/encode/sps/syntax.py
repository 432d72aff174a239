"""Parses sequence parameter sets, and locates the parts that may be rewritten. Pure.

The parser covers all of H.264 §7.3.2.1.1 and Annex E: profiles with scaling lists, chroma formats
other than 4:2:0, fields, timing, HRD parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .nal import NAL_SPS, BitReader, SpsError, bits_of, nal_type, nal_units

_HIGH_PROFILES: Final = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
_CHROMA_444: Final = 3
_CROP_UNITS: Final = {0: (1, 1), 1: (2, 2), 2: (2, 1), 3: (1, 1)}  # by ChromaArrayType, §7.4.2.1.1
_EXTENDED_SAR: Final = 255
_UNSPECIFIED: Final = 2


@dataclass(frozen=True, slots=True)
class Colour:
    """video_signal_type of the VUI; code points of ITU-T H.273."""

    full_range: bool
    primaries: int
    transfer: int
    matrix: int


@dataclass(frozen=True, slots=True)
class Sps:
    """The fields of a parameter set; None for those that it lacks.

    `max_reorder_frames`: by how many pictures a decoder may have to delay output.
    `max_dec_frames`: how many it must be able to store (max_dec_frame_buffering).
    """

    profile_idc: int
    constraint_flags: int
    level_idc: int
    max_ref_frames: int
    width: int
    height: int
    colour: Colour | None
    max_reorder_frames: int | None
    max_dec_frames: int | None

    @property
    def codec_string(self) -> str:
        """RFC 6381, as WebCodecs expects it: "avc1.42C020"."""
        return f"avc1.{self.profile_idc:02X}{self.constraint_flags:02X}{self.level_idc:02X}"


Span = tuple[int, int]
"""The index of the first bit, and the index after the last."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the rewritable fields are in `bits`.

    `vui_flag`: the index of vui_parameters_present_flag. `colour`: video_signal_type with its flag.
    `restriction`: bitstream_restriction with its flag; `limits`: its last two numbers, if that flag
    is 1. Where a flag is 0, the span holds the flag alone. Without a VUI all three are empty.
    `end`: the index after the last bit before the trailing bits.
    """

    bits: str
    vui_flag: int
    colour: Span
    restriction: Span
    limits: Span
    end: int


@dataclass(frozen=True, slots=True)
class _Vui:
    colour: Colour | None
    reorder: int | None
    dec_frames: int | None
    spans: tuple[Span, Span, Span]


def find_sps(access_unit: bytes) -> Sps | None:
    """The first parameter set of an access unit; None if there is none.

    Raises:
        SpsError: the parameter set is broken.
    """
    for unit in nal_units(access_unit):
        if nal_type(unit) == NAL_SPS:
            return parse_sps(unit)
    return None


def parse_sps(unit: bytes) -> Sps:
    """Parse one NAL unit of type 7.

    Raises:
        SpsError: another type, or cut short.
    """
    return read_sps(unit)[0]


def read_sps(unit: bytes) -> tuple[Sps, Layout]:
    """The same, with the layout of its bits."""
    if len(unit) < 4 or nal_type(unit) != NAL_SPS:
        raise SpsError("not a sequence parameter set")
    bits = BitReader(bits_of(unit))
    profile, constraints, level = bits.u(8), bits.u(8), bits.u(8)
    bits.ue()  # seq_parameter_set_id
    chroma = _chroma_array_type(bits) if profile in _HIGH_PROFILES else 1
    bits.ue()  # log2_max_frame_num_minus4
    _skip_picture_order(bits)
    max_ref_frames = bits.ue()
    bits.u(1)  # gaps_in_frame_num_value_allowed_flag
    width, height = _picture_size(bits, chroma)
    vui_flag = bits.at
    nowhere = (vui_flag, vui_flag)
    vui = _vui(bits) if bits.u(1) else _Vui(None, None, None, (nowhere, nowhere, nowhere))
    sps = Sps(
        profile,
        constraints,
        level,
        max_ref_frames,
        width,
        height,
        vui.colour,
        vui.reorder,
        vui.dec_frames,
    )
    return sps, Layout(bits.bits, vui_flag, *vui.spans, bits.at)


def _chroma_array_type(bits: BitReader) -> int:
    chroma = bits.ue()  # chroma_format_idc
    if chroma not in _CROP_UNITS:
        raise SpsError(f"there is no chroma format {chroma}")
    is_separate = chroma == _CHROMA_444 and bits.u(1)
    bits.ue()  # bit_depth_luma_minus8
    bits.ue()  # bit_depth_chroma_minus8
    bits.u(1)  # qpprime_y_zero_transform_bypass_flag
    if bits.u(1):  # seq_scaling_matrix_present_flag
        for index in range(12 if chroma == _CHROMA_444 else 8):
            if bits.u(1):
                _skip_scaling_list(bits, 16 if index < 6 else 64)
    return 0 if is_separate else chroma


def _skip_scaling_list(bits: BitReader, length: int) -> None:
    """§7.3.2.1.1.1: differences, until the scale is 0."""
    scale = 8
    for _ in range(length):
        scale = (scale + bits.se()) % 256
        if scale == 0:
            return


def _skip_picture_order(bits: BitReader) -> None:
    kind = bits.ue()  # pic_order_cnt_type
    if kind == 0:
        bits.ue()  # log2_max_pic_order_cnt_lsb_minus4
    elif kind == 1:
        bits.u(1)  # delta_pic_order_always_zero_flag
        bits.se()  # offset_for_non_ref_pic
        bits.se()  # offset_for_top_to_bottom_field
        for _ in range(min(bits.ue(), 255)):
            bits.se()


def _picture_size(bits: BitReader, chroma: int) -> tuple[int, int]:
    width, map_units = (bits.ue() + 1) * 16, bits.ue() + 1
    frame_mbs_only = bits.u(1)
    if not frame_mbs_only:
        bits.u(1)  # mb_adaptive_frame_field_flag
    height = map_units * 16 * (2 - frame_mbs_only)
    bits.u(1)  # direct_8x8_inference_flag
    if bits.u(1):  # frame_cropping_flag
        across, down = _CROP_UNITS[chroma]
        width -= across * (bits.ue() + bits.ue())
        height -= down * (2 - frame_mbs_only) * (bits.ue() + bits.ue())
    return width, height


def _vui(bits: BitReader) -> _Vui:
    if bits.u(1) and bits.u(8) == _EXTENDED_SAR:  # aspect_ratio_idc
        bits.u(32)
    if bits.u(1):
        bits.u(1)  # overscan_appropriate_flag
    colour_at = bits.at
    colour = _colour(bits) if bits.u(1) else None
    colour_span = colour_at, bits.at
    if bits.u(1):  # chroma_loc_info_present_flag
        bits.ue()
        bits.ue()
    if bits.u(1):
        bits.u(65)  # timing: num_units_in_tick, time_scale, fixed_frame_rate_flag
    has_nal, has_vcl = _skip_hrd(bits), _skip_hrd(bits)
    if has_nal or has_vcl:
        bits.u(1)  # low_delay_hrd_flag
    bits.u(1)  # pic_struct_present_flag
    restriction_at = limits_at = bits.at
    reorder = dec_frames = None
    if bits.u(1):
        bits.u(1)  # motion_vectors_over_pic_boundaries_flag
        for _ in range(4):  # max bytes and bits, log2_max_mv_length horizontal and vertical
            bits.ue()
        limits_at = bits.at
        reorder, dec_frames = bits.ue(), bits.ue()
    spans = colour_span, (restriction_at, bits.at), (limits_at, bits.at)
    return _Vui(colour, reorder, dec_frames, spans)


def _colour(bits: BitReader) -> Colour:
    bits.u(3)  # video_format
    full_range = bool(bits.u(1))
    if not bits.u(1):
        return Colour(full_range, _UNSPECIFIED, _UNSPECIFIED, _UNSPECIFIED)
    return Colour(full_range, bits.u(8), bits.u(8), bits.u(8))


def _skip_hrd(bits: BitReader) -> bool:
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
