"""Parameter sets: parsed in full, bounded, and written anew. Pure.

Only Constrained Baseline passes: every decoder of ours takes it (H.264 §7.3.2.1, §7.3.2.2, Annexes
A and E). What is written has one form for the same values. It says what decoders need to show each
picture at once, as `encode/sps/rewrite.py` does for our own encoders, and nothing that they do not
need: aspect ratios, buffering models and picture structures are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from samescreen.encode.sps.nal import nal_of, u, ue

from .bits import Bits, bits_of_payload
from .refusal import malformed, unsupported

LONGEST_BYTES: Final = 256
"""Ours have about 30; with a list of bit rates a set has less than 200."""

SPS_HEADER: Final = 0x67
PPS_HEADER: Final = 0x68
_BASELINE: Final = 66
_CONSTRAINED: Final = 0x40
_EXTENDED_TOO: Final = 0x20
_RESERVED: Final = 0x03
_EXTENDED_SAR: Final = 255
_UNSPECIFIED: Final = 2
_BT709: Final = (1, 1, 1)
_FORMAT_UNSPECIFIED: Final = 5
_U32: Final = 2**32 - 2
MOST_MACROBLOCKS_A_SIDE: Final = 1056
"""Level 6.2 allows √(8 · 139264) macroblocks in a row (§A.3.1)."""


@dataclass(frozen=True, slots=True)
class Signal:
    """video_signal_type of the VUI."""

    video_format: int = _FORMAT_UNSPECIFIED
    full_range: bool = False
    colours: tuple[int, int, int] = _BT709


@dataclass(frozen=True, slots=True)
class Vui:
    """What is kept of the VUI.

    `timing`: units in a tick, time scale, fixed rate. `motion`: vectors over the edges, the two
    size denominators, the longest vectors, as bitstream_restriction has them.
    """

    signal: Signal = Signal()
    timing: tuple[int, int, int] | None = None
    motion: tuple[int, int, int, int, int] = (1, 2, 1, 15, 15)


@dataclass(frozen=True, slots=True)
class SequenceSet:
    """A sequence parameter set. `across`, `down`: in macroblocks. `crop`: left, right, top, bottom,
    in units of two pixels. `order_bits`: of pic_order_cnt_lsb; 0: pictures come in order (type 2).
    """

    number: int
    extended_too: bool
    level_idc: int
    frame_num_bits: int
    order_bits: int
    ref_frames: int
    across: int
    down: int
    direct_8x8: bool
    crop: tuple[int, int, int, int]
    vui: Vui

    @property
    def macroblocks(self) -> int:
        return self.across * self.down

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the coded picture that is shown."""
        left, right, top, bottom = self.crop
        return 16 * self.across - 2 * (left + right), 16 * self.down - 2 * (top + bottom)

    @property
    def constraint_flags(self) -> int:
        return 0xC0 | (_EXTENDED_TOO if self.extended_too else 0)

    @property
    def codec_string(self) -> str:
        """RFC 6381: "avc1.42C020"."""
        return f"avc1.{_BASELINE:02X}{self.constraint_flags:02X}{self.level_idc:02X}"

    def written(self) -> bytes:
        """The NAL unit of these values."""
        bits = u(8, _BASELINE) + u(8, self.constraint_flags) + u(8, self.level_idc)
        bits += ue(self.number, self.frame_num_bits - 4)
        bits += ue(0, self.order_bits - 4) if self.order_bits else ue(2)
        bits += ue(self.ref_frames) + "0" + ue(self.across - 1, self.down - 1) + "1"
        bits += _bit(self.direct_8x8)
        bits += "1" + ue(*self.crop) if any(self.crop) else "0"
        return nal_of(SPS_HEADER, bits + "1" + _vui_bits(self.vui, max(1, self.ref_frames)))


@dataclass(frozen=True, slots=True)
class PictureSet:
    """A picture parameter set. `bottom_order`: slices have delta_pic_order_cnt_bottom. `refs`: the
    default numbers of references, of which P slices use the first. `qp`, `qs`: the first ones.
    """

    number: int
    sequence: int
    bottom_order: bool
    refs: tuple[int, int]
    qp: int
    qs: int
    chroma_offset: int
    deblocking_control: bool
    constrained_intra: bool

    def written(self) -> bytes:
        """The NAL unit of these values."""
        bits = ue(self.number, self.sequence) + "0" + _bit(self.bottom_order) + ue(0)
        bits += ue(*(count - 1 for count in self.refs)) + "0" + u(2, 0)
        bits += _se(self.qp - 26, self.qs - 26, self.chroma_offset)
        bits += _bit(self.deblocking_control) + _bit(self.constrained_intra) + "0"
        return nal_of(PPS_HEADER, bits)


def read_sequence(unit: bytes) -> SequenceSet:
    """Parse a NAL unit of type 7. Raises Unfit."""
    bits = _bits(unit)
    extended_too, level_idc = _profile(bits)
    number = bits.ue(31, "seq_parameter_set_id")
    frame_num_bits = 4 + bits.ue(12, "log2_max_frame_num_minus4")
    order_bits = _order_bits(bits)
    ref_frames = bits.ue(16, "max_num_ref_frames")
    bits.flag()  # gaps_in_frame_num_value_allowed_flag: the gate lets no gap pass
    across = 1 + bits.ue(MOST_MACROBLOCKS_A_SIDE - 1, "pic_width_in_mbs_minus1")
    down = 1 + bits.ue(MOST_MACROBLOCKS_A_SIDE - 1, "pic_height_in_map_units_minus1")
    if not bits.flag():
        raise unsupported("interlaced pictures")
    direct_8x8 = bits.flag()
    crop = _crop(bits) if bits.flag() else (0, 0, 0, 0)
    vui = _read_vui(bits) if bits.flag() else Vui()
    _end(bits)
    return SequenceSet(
        number,
        extended_too,
        level_idc,
        frame_num_bits,
        order_bits,
        ref_frames,
        across,
        down,
        direct_8x8,
        crop,
        vui,
    )


def read_picture(unit: bytes) -> PictureSet:
    """Parse a NAL unit of type 8. Raises Unfit."""
    bits = _bits(unit)
    number = bits.ue(255, "pic_parameter_set_id")
    sequence = bits.ue(31, "seq_parameter_set_id")
    if bits.flag():
        raise unsupported("CABAC")
    bottom_order = bits.flag()
    if bits.ue(7, "num_slice_groups_minus1"):
        raise unsupported("slice groups")
    refs = 1 + bits.ue(31, "num_ref_idx_l0"), 1 + bits.ue(31, "num_ref_idx_l1")
    if bits.flag() or bits.u(2):
        raise unsupported("weighted prediction")
    qp = 26 + bits.se(-26, 25, "pic_init_qp_minus26")
    qs = 26 + bits.se(-26, 25, "pic_init_qs_minus26")
    chroma_offset = bits.se(-12, 12, "chroma_qp_index_offset")
    deblocking_control, constrained_intra = bits.flag(), bits.flag()
    if bits.flag():
        raise unsupported("redundant pictures")
    if bits.text[bits.at :].rstrip("0") != "1":
        raise unsupported("a picture parameter set of the High profile")
    return PictureSet(
        number,
        sequence,
        bottom_order,
        refs,
        qp,
        qs,
        chroma_offset,
        deblocking_control,
        constrained_intra,
    )


def _bits(unit: bytes) -> Bits:
    if len(unit) > LONGEST_BYTES:
        raise malformed(f"a parameter set of {len(unit)} bytes")
    if not unit[0] & 0x60:
        raise malformed("a parameter set with nal_ref_idc 0")
    return bits_of_payload(unit[1:])


def _end(bits: Bits) -> None:
    if bits.text[bits.at :].rstrip("0") != "1":
        raise malformed("a parameter set goes on after its end")


def _profile(bits: Bits) -> tuple[bool, int]:
    profile, constraints, level_idc = bits.u(8), bits.u(8), bits.u(8)
    if profile != _BASELINE or not constraints & _CONSTRAINED or constraints & _RESERVED:
        raise unsupported(f"profile {profile} with constraints {constraints:#04x}")
    return bool(constraints & _EXTENDED_TOO), level_idc


def _order_bits(bits: Bits) -> int:
    kind = bits.ue(2, "pic_order_cnt_type")
    if kind == 1:
        raise unsupported("picture order of type 1")
    return 4 + bits.ue(12, "log2_max_pic_order_cnt_lsb_minus4") if kind == 0 else 0


def _crop(bits: Bits) -> tuple[int, int, int, int]:
    left, right, top, bottom = (bits.ue(7, "cropping") for _ in range(4))
    if left + right > 7 or top + bottom > 7:
        raise malformed("whole macroblocks are cropped")
    return left, right, top, bottom


def _read_vui(bits: Bits) -> Vui:
    if bits.flag() and bits.u(8) == _EXTENDED_SAR:
        bits.u(32)
    if bits.flag():
        bits.flag()  # overscan_appropriate_flag
    signal = _read_signal(bits) if bits.flag() else Signal()
    if bits.flag():
        bits.ue(5, "chroma_sample_loc_type")
        bits.ue(5, "chroma_sample_loc_type")
    timing = (bits.u(32), bits.u(32), bits.u(1)) if bits.flag() else None
    has_nal, has_vcl = _skip_buffering(bits), _skip_buffering(bits)
    if has_nal or has_vcl:
        bits.flag()  # low_delay_hrd_flag
    bits.flag()  # pic_struct_present_flag
    return Vui(signal, timing, _read_motion(bits)) if bits.flag() else Vui(signal, timing)


def _read_signal(bits: Bits) -> Signal:
    video_format, full_range = bits.u(3), bits.flag()
    if not bits.flag():
        return Signal(video_format, full_range)
    colours = bits.u(8), bits.u(8), bits.u(8)
    return Signal(video_format, full_range, _BT709 if colours[2] == _UNSPECIFIED else colours)


def _read_motion(bits: Bits) -> tuple[int, int, int, int, int]:
    over_edges = bits.u(1)
    sizes = bits.ue(16, "max_bytes_per_pic_denom"), bits.ue(16, "max_bits_per_mb_denom")
    vectors = bits.ue(16, "log2_max_mv_length"), bits.ue(16, "log2_max_mv_length")
    if bits.ue(16, "max_num_reorder_frames"):
        raise unsupported("pictures out of order")
    bits.ue(16, "max_dec_frame_buffering")
    return over_edges, *sizes, *vectors


def _skip_buffering(bits: Bits) -> bool:
    """hrd_parameters with its flag (§E.1.2)."""
    if not bits.flag():
        return False
    count = 1 + bits.ue(31, "cpb_cnt_minus1")
    bits.u(8)  # bit_rate_scale, cpb_size_scale
    for _ in range(count):
        bits.ue(_U32, "bit_rate_value_minus1")
        bits.ue(_U32, "cpb_size_value_minus1")
        bits.flag()
    bits.u(20)  # four lengths of 5 bits
    return True


def _vui_bits(vui: Vui, dec_frames: int) -> str:
    """No aspect ratio, no overscan, no chroma location, no buffering, no picture structure."""
    signal, (over_edges, *limits) = vui.signal, vui.motion
    described = "1" + "".join(u(8, each) for each in signal.colours)
    bits = "00" + "1" + u(3, signal.video_format) + _bit(signal.full_range) + described + "0"
    if vui.timing is None:
        bits += "0"
    else:
        bits += "1" + u(32, vui.timing[0]) + u(32, vui.timing[1]) + u(1, vui.timing[2])
    return bits + "000" + "1" + u(1, over_edges) + ue(*limits, 0, dec_frames)


def _bit(is_set: bool) -> str:
    return "1" if is_set else "0"


def _se(*values: int) -> str:
    """Signed Exp-Golomb codes (§9.1.1)."""
    return ue(*(2 * abs(value) - (value > 0) for value in values))
