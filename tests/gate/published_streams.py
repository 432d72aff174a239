"""Access units as publishers make them: by our encoder, and bit by bit in the form of others."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from samescreen.encode.base import EncodeRequest
from samescreen.encode.h264 import H264Settings, X264Encoder
from samescreen.gate.access_unit import AccessUnits
from samescreen.gate.profiles import HOST
from samescreen.media import Packet
from tests.encode.h264_tools import BitWriter, noise, picture
from tests.encode.sps.written import Wanted, write

START = b"\0\0\0\1"
SIZE = (64, 48)
PLAIN = H264Settings()


def gate(fps: int = 60, bitrate_bps: int = 20_000_000) -> AccessUnits:
    return AccessUnits(HOST.picture, fps, bitrate_bps)


@lru_cache(maxsize=16)
def encoded(
    count: int,
    width: int = SIZE[0],
    height: int = SIZE[1],
    settings: H264Settings = PLAIN,
    every: int = 10**6,
) -> tuple[Packet, ...]:
    """Packets of our encoder; each `every`th is a keyframe."""
    encoder = X264Encoder(settings, track=0, width=width, height=height)
    packets = tuple(
        encoder.encode(
            picture(noise(width, height, at % 4), at * 16_667),
            EncodeRequest(keyframe=at % every == 0),
        )
        for at in range(count)
    )
    encoder.close()
    return packets


def sps(wanted: Wanted | None = None, **changes: object) -> bytes:
    """A parameter set for 64×48, four macroblocks across and three down."""
    base = wanted or Wanted(level=10, size_mbs=(4, 3))
    return START + write(replace(base, **changes))  # type: ignore[arg-type]


def pps(
    *,
    number: int = 0,
    sequence: int = 0,
    cabac: int = 0,
    bottom: int = 0,
    groups: int = 0,
    refs: int = 0,
    weighted: int = 0,
    bipred: int = 0,
    qp: int = 0,
    control: int = 1,
    redundant: int = 0,
    more: str = "",
    header: int = 0x68,
) -> bytes:
    bits = BitWriter().ue(number, sequence).u(1, cabac).u(1, bottom).ue(groups)
    bits.ue(refs, 0).u(1, weighted).u(2, bipred).se(qp, 0, 0)
    bits.u(1, control).u(1, 0).u(1, redundant)
    for bit in more:
        bits.u(1, int(bit))
    return START + bits.nal(header)


def a_slice(
    *,
    idr: bool = False,
    first: int = 0,
    kind: int | None = None,
    picture_set: int = 0,
    frame_num: int = 0,
    frame_num_bits: int = 8,
    order: tuple[int, int] | None = None,
    refs: int | None = None,
    reordered: tuple[int, ...] = (),
    marking: tuple[int, ...] = (),
    qp: int = 0,
    deblocking: tuple[int, ...] = (1,),
    body: str = "1011",
    header: int | None = None,
) -> bytes:
    """A slice whose macroblocks are `body`. `order`: the number and its bits."""
    ref_idc_and_type = header if header is not None else (0x65 if idr else 0x41)
    bits = BitWriter().ue(first, kind if kind is not None else (7 if idr else 5), picture_set)
    bits.u(frame_num_bits, frame_num)
    if idr:
        bits.ue(0)
    if order is not None:
        bits.u(order[1], order[0])
    is_inter = (kind if kind is not None else (7 if idr else 5)) in (0, 5)
    if is_inter:
        bits.u(1, int(refs is not None))
        if refs is not None:
            bits.ue(refs - 1)
        bits.u(1, int(bool(reordered)))
        if reordered:
            bits.ue(*reordered)
    if ref_idc_and_type >> 5:
        if idr:
            bits.u(2, 0)
        else:
            bits.u(1, int(bool(marking)))
            if marking:
                bits.ue(*marking)
    bits.se(qp)
    if deblocking:
        bits.ue(deblocking[0]).se(*deblocking[1:])
    for bit in body:
        bits.u(1, int(bit))
    return START + bits.nal(ref_idc_and_type)
