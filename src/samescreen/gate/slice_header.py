"""The header of a slice (H.264 §7.3.3), bounded. Pure. What follows it is not read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .bits import Bits, bits_of_payload
from .parameter_sets import PictureSet, SequenceSet
from .refusal import malformed, unsupported

_LONGEST_BYTES: Final = 64
"""Ours have up to eight. With 32 reordered references a header has less."""

_INTER: Final = (0, 5)
_INTRA: Final = (2, 7)
_MOST_COMMANDS: Final = 16
_RESET: Final = 5
_MOST_LONG_TERM: Final = 15


@dataclass(frozen=True, slots=True)
class SliceHeader:
    """`first`: its first macroblock. `order`: pic_order_cnt_lsb, 0 if it has none."""

    first: int
    picture_set: int
    frame_num: int
    order: int
    is_idr: bool
    is_reference: bool


def read_picture_set(unit: bytes) -> int:
    """The number of the picture parameter set that a slice uses. Raises Unfit."""
    bits = bits_of_payload(unit[1:_LONGEST_BYTES])
    bits.ue(2**20, "first_mb_in_slice")
    bits.ue(9, "slice_type")
    return bits.ue(255, "pic_parameter_set_id")


def read_slice(unit: bytes, sequence: SequenceSet, picture: PictureSet) -> SliceHeader:
    """The header of a NAL unit of type 1 or 5 that uses these sets. Raises Unfit."""
    ref_idc, is_idr = unit[0] >> 5, unit[0] & 0x1F == 5
    if is_idr and not ref_idc:
        raise malformed("an IDR picture with nal_ref_idc 0")
    bits = bits_of_payload(unit[1:_LONGEST_BYTES])
    first = bits.ue(sequence.macroblocks - 1, "first_mb_in_slice")
    is_inter = _is_inter(bits, is_idr=is_idr)
    picture_set = bits.ue(255, "pic_parameter_set_id")
    if picture_set != picture.number:
        raise malformed("slices of one picture use several picture parameter sets")
    frame_num = bits.u(sequence.frame_num_bits)
    if is_idr:
        bits.ue(65535, "idr_pic_id")
    order = _order(bits, sequence, picture)
    if is_inter:
        _references(bits, sequence, picture)
    if ref_idc:
        _marking(bits, sequence, is_idr=is_idr)
    bits_qp = bits.se(-51, 51, "slice_qp_delta")
    if not 0 <= picture.qp + bits_qp <= 51:
        raise malformed(f"a quantiser of {picture.qp + bits_qp}")
    if picture.deblocking_control and bits.ue(2, "disable_deblocking_filter_idc") != 1:
        bits.se(-6, 6, "slice_alpha_c0_offset_div2")
        bits.se(-6, 6, "slice_beta_offset_div2")
    _has_macroblocks(unit, bits)
    return SliceHeader(first, picture_set, frame_num, order, is_idr, ref_idc > 0)


def _is_inter(bits: Bits, *, is_idr: bool) -> bool:
    kind = bits.ue(9, "slice_type")
    if kind not in _INTER and kind not in _INTRA:
        raise unsupported(f"slices of type {kind}")
    if is_idr and kind in _INTER:
        raise malformed("an IDR picture that refers to another")
    return kind in _INTER


def _order(bits: Bits, sequence: SequenceSet, picture: PictureSet) -> int:
    if not sequence.order_bits:
        return 0
    order = bits.u(sequence.order_bits)
    if picture.bottom_order:
        bits.se(-2, 2, "delta_pic_order_cnt_bottom")
    return order


def _references(bits: Bits, sequence: SequenceSet, picture: PictureSet) -> None:
    count = picture.refs[0]
    if bits.flag():  # num_ref_idx_active_override_flag
        count = 1 + bits.ue(31, "num_ref_idx_l0_active_minus1")
    if count > max(1, sequence.ref_frames):
        raise malformed(f"{count} references, but {sequence.ref_frames} pictures are stored")
    if not bits.flag():  # ref_pic_list_modification_flag_l0
        return
    for _ in range(count + 1):
        kind = bits.ue(3, "modification_of_pic_nums_idc")
        if kind == 3:
            return
        bits.ue(2**17, "a number of a reference")
    raise malformed("more reordered references than there are")


def _marking(bits: Bits, sequence: SequenceSet, *, is_idr: bool) -> None:
    """dec_ref_pic_marking (§7.3.3.3)."""
    if is_idr:
        bits.flag()  # no_output_of_prior_pics_flag
        bits.flag()  # long_term_reference_flag
        return
    if not bits.flag():  # adaptive_ref_pic_marking_mode_flag
        return
    for _ in range(_MOST_COMMANDS):
        command = bits.ue(6, "memory_management_control_operation")
        if command == 0:
            return
        if command == _RESET:
            raise unsupported("a picture that resets the numbers without being an IDR picture")
        if command in (1, 3):
            bits.ue(2**17, "difference_of_pic_nums_minus1")
        if command == 2:
            bits.ue(2**17, "long_term_pic_num")
        if command in (3, 4, 6):
            most = min(sequence.ref_frames, _MOST_LONG_TERM)
            bits.ue(most, "a number of a long-term reference")
    raise malformed(f"more than {_MOST_COMMANDS} commands about references")


def _has_macroblocks(unit: bytes, bits: Bits) -> None:
    """Something follows the header besides the stop bit."""
    if len(unit) < _LONGEST_BYTES and bits.text.rfind("1") <= bits.at:
        raise malformed("a slice without macroblocks")
