"""Writes parameter sets of any form from their fields."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.encode.h264_tools import BitWriter


@dataclass(frozen=True, kw_only=True)
class Vui:
    """VUI parameters; by default all are absent."""

    sar: int | None = None
    overscan: int | None = None
    signal: tuple[int, int, tuple[int, int, int] | None] | None = None
    """video_format, full range, and primaries, transfer, matrix."""
    chroma: tuple[int, int] | None = None
    timing: tuple[int, int, int] | None = None
    hrds: int = 0
    pic_struct: int = 0
    restriction: tuple[int, int, int, int, int, int, int] | None = None
    """Its seven fields; the last two are reorder and dec_frame_buffering."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A parameter set to write; the defaults are 1280×720, Constrained Baseline, no VUI."""

    profile: int = 66
    constraints: int = 0xC0
    level: int = 31
    chroma: int = 1
    depths: tuple[int, int] = (0, 0)
    scaling: tuple[tuple[int, ...] | None, ...] = ()
    """The coded differences of each scaling list; None: list absent; empty: no matrix."""
    order: int = 2
    ref_frames: int = 1
    interlaced: bool = False
    size_mbs: tuple[int, int] = (80, 45)
    crop: tuple[int, int, int, int] = (0, 0, 0, 0)
    vui: Vui | None = None


BT709 = (1, 1, 1)
RICH = Vui(
    sar=255,
    overscan=1,
    signal=(5, 0, BT709),
    chroma=(0, 2),
    timing=(1001, 120_000, 1),
    hrds=2,
    pic_struct=1,
    restriction=(1, 2, 1, 16, 16, 3, 4),
)
"""BT.709 limited, reorder 3, with every optional field before it."""


def write(wanted: Wanted) -> bytes:
    bits = BitWriter().u(8, wanted.profile).u(8, wanted.constraints).u(8, wanted.level).ue(0)
    if wanted.profile >= 100:
        _write_high(bits, wanted)
    bits.ue(4, wanted.order)
    if wanted.order == 0:
        bits.ue(2)
    elif wanted.order == 1:
        bits.u(1, 0).se(-3, 5).ue(2).se(-7, 9)
    width, height = wanted.size_mbs
    bits.ue(wanted.ref_frames).u(1, 0).ue(width - 1, height - 1).u(1, not wanted.interlaced)
    if wanted.interlaced:
        bits.u(1, 1)
    bits.u(1, 1).u(1, any(wanted.crop))
    if any(wanted.crop):
        bits.ue(*wanted.crop)
    bits.u(1, wanted.vui is not None)
    if wanted.vui is not None:
        _write_vui(bits, wanted.vui)
    return bits.nal()


def _write_high(bits: BitWriter, wanted: Wanted) -> None:
    bits.ue(wanted.chroma)
    if wanted.chroma == 3:
        bits.u(1, 0)
    bits.ue(*wanted.depths).u(1, 0).u(1, bool(wanted.scaling))
    for differences in wanted.scaling:
        bits.u(1, differences is not None).se(*(differences or ()))


def _write_vui(bits: BitWriter, vui: Vui) -> None:
    bits.u(1, vui.sar is not None)
    if vui.sar is not None:
        bits.u(8, vui.sar)
    if vui.sar == 255:
        bits.u(16, 4).u(16, 3)
    bits.u(1, vui.overscan is not None)
    if vui.overscan is not None:
        bits.u(1, vui.overscan)
    bits.u(1, vui.signal is not None)
    if vui.signal is not None:
        video_format, full_range, codes = vui.signal
        bits.u(3, video_format).u(1, full_range).u(1, codes is not None)
        for code in codes or ():
            bits.u(8, code)
    bits.u(1, vui.chroma is not None).ue(*(vui.chroma or ()))
    bits.u(1, vui.timing is not None)
    if vui.timing is not None:
        bits.u(32, vui.timing[0]).u(32, vui.timing[1]).u(1, vui.timing[2])
    for number in (1, 2):
        bits.u(1, vui.hrds >= number)
        if vui.hrds >= number:
            bits.ue(1).u(8, 0x34).ue(999, 77).u(1, 1).ue(5, 0).u(1, 0).u(20, 0xABCDE)
    if vui.hrds:
        bits.u(1, 0)
    bits.u(1, vui.pic_struct).u(1, vui.restriction is not None)
    if vui.restriction is not None:
        bits.u(1, vui.restriction[0]).ue(*vui.restriction[1:])


def mended(wanted: Wanted, level: int) -> Wanted:
    """The set that rewriting must produce."""
    vui = wanted.vui or Vui()
    signal = vui.signal or (5, 0, None)
    if signal[2] is None or signal[2][2] == 2:
        signal = (*signal[:2], BT709)
    restriction = vui.restriction or (1, 2, 1, 15, 15, 0, 0)
    limits = (0, max(1, wanted.ref_frames))
    vui = replace(vui, signal=signal, restriction=(*restriction[:5], *limits))
    return replace(wanted, level=level, vui=vui)
