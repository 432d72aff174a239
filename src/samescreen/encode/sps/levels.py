"""The lowest H.264 level that allows a stream. Pure."""

from __future__ import annotations

from typing import Final, NamedTuple

_MACROBLOCK: Final = 16
_HIGH: Final = 100


class _Level(NamedTuple):
    idc: int
    macroblocks_per_s: int
    frame_size: int
    dpb_size: int
    bitrate_kbps: int
    buffer_kbit: int


# ITU-T H.264 (08/2021) Table A-1: MaxMBPS, MaxFS, MaxDpbMbs, MaxBR, MaxCPB. Level 1b is left out:
# it can be signalled in two ways, and level 1.1 allows everything that it allows.
LEVELS: Final = (
    _Level(10, 1_485, 99, 396, 64, 175),
    _Level(11, 3_000, 396, 900, 192, 500),
    _Level(12, 6_000, 396, 2_376, 384, 1_000),
    _Level(13, 11_880, 396, 2_376, 768, 2_000),
    _Level(20, 11_880, 396, 2_376, 2_000, 2_000),
    _Level(21, 19_800, 792, 4_752, 4_000, 4_000),
    _Level(22, 20_250, 1_620, 8_100, 4_000, 4_000),
    _Level(30, 40_500, 1_620, 8_100, 10_000, 10_000),
    _Level(31, 108_000, 3_600, 18_000, 14_000, 14_000),
    _Level(32, 216_000, 5_120, 20_480, 20_000, 20_000),
    _Level(40, 245_760, 8_192, 32_768, 20_000, 25_000),
    _Level(41, 245_760, 8_192, 32_768, 50_000, 62_500),
    _Level(42, 522_240, 8_704, 34_816, 50_000, 62_500),
    _Level(50, 589_824, 22_080, 110_400, 135_000, 135_000),
    _Level(51, 983_040, 36_864, 184_320, 240_000, 240_000),
    _Level(52, 2_073_600, 36_864, 184_320, 240_000, 240_000),
    _Level(60, 4_177_920, 139_264, 696_320, 240_000, 240_000),
    _Level(61, 8_355_840, 139_264, 696_320, 480_000, 480_000),
    _Level(62, 16_711_680, 139_264, 696_320, 800_000, 800_000),
)


def level_for(
    width: int,
    height: int,
    fps: int,
    bitrate_bps: int = 0,
    *,
    buffer_bits: int = 0,
    ref_frames: int = 1,
    profile_idc: int = 66,
) -> int:
    """level_idc (10…62) of the lowest level for this size and frame rate.

    `bitrate_bps`, `buffer_bits`: of the VBV; 0: no bound. `ref_frames`: how many pictures a decoder
    must store. A stream beyond the highest level gets the highest level.
    """
    across, down = -(-width // _MACROBLOCK), -(-height // _MACROBLOCK)
    size, factor = across * down, _bits_per_kbit(profile_idc)
    for level in LEVELS:
        is_shaped = max(across, down) ** 2 <= 8 * level.frame_size  # §A.3.1, f and g
        if (
            is_shaped
            and size <= level.frame_size
            and size * fps <= level.macroblocks_per_s
            and size * ref_frames <= level.dpb_size
            and bitrate_bps <= level.bitrate_kbps * factor
            and buffer_bits <= level.buffer_kbit * factor
        ):
            return level.idc
    return LEVELS[-1].idc


def _bits_per_kbit(profile_idc: int) -> int:
    """cpbBrVclFactor (Table A-2, §A.3.1): the High profile may use a quarter more."""
    return 1_250 if profile_idc == _HIGH else 1_000
