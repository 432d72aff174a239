"""Reads and rewrites H.264 sequence parameter sets, and computes their level. Pure.

Syntax: ITU-T H.264 (08/2021) §7.3.2.1.1 and Annexes A and E.
"""

from .levels import level_for
from .nal import NAL_IDR, NAL_PPS, NAL_SPS, SpsError, nal_type, nal_units
from .rewrite import SpsRewriter, rewritten
from .syntax import Colour, Sps, find_sps, parse_sps

__all__ = [
    "NAL_IDR",
    "NAL_PPS",
    "NAL_SPS",
    "Colour",
    "Sps",
    "SpsError",
    "SpsRewriter",
    "find_sps",
    "level_for",
    "nal_type",
    "nal_units",
    "parse_sps",
    "rewritten",
]
