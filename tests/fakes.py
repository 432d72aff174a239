"""Values and stand-ins for the parts around a test's subject, without any system below.

The test decides, step by step, what a stand-in does, and reads from it what was done to it. Sources
and encoders are in `tests/stage/scripted.py`.
"""

from __future__ import annotations

import asyncio
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, Final, TypeVar, cast

import msgspec
import numpy as np

from samescreen.flow.claims import Claim, Delivery
from samescreen.flow.rate import RateTarget, ceilings
from samescreen.flow.stills import StillTarget
from samescreen.hub.events import Piece, TrackEvent
from samescreen.hub.publisher import MediaTrack
from samescreen.media import (
    Codec,
    Damage,
    Frame,
    Packet,
    PacketKind,
    Pixels,
    Region,
    Rendition,
    TrackConfig,
)
from samescreen.publish.bridge import ThreadBridge
from samescreen.wire.outgoing import Outgoing
from tests.stage.timing import MS

E = TypeVar("E")

PATIENCE_S: Final = 5000 * MS
"""How long a test waits for what must happen."""

TARGET: Final = RateTarget(bitrate_bps=20_000_000, fps=60)


def claims(*capacities: int | None) -> list[Claim]:
    """Of viewers at as many addresses, whose connections the host cannot measure."""
    return [Claim(f"v{n}", f"10.0.0.{n}", capacity) for n, capacity in enumerate(capacities)]


def flat(width: int, height: int, bgr: tuple[int, int, int] = (0, 0, 0)) -> Pixels:
    """A picture of one colour."""
    pixels = np.zeros((height, width, 4), dtype=np.uint8)
    pixels[:, :, :3] = bgr
    return pixels


def frame(
    width: int = 64, height: int = 48, pts_us: int = 0, damage: Damage | None = None
) -> Frame:
    """A black frame; without `damage` all of it is new."""
    whole = Damage.of(Region(0, 0, width, height))
    return Frame(flat(width, height), pts_us, whole if damage is None else damage)


def video(sequence: int, *, keyframe: bool = False, **changes: Any) -> Packet:
    """A video packet of the main rendition whose payload tells its number."""
    packet = Packet(
        kind=PacketKind.VIDEO,
        rendition=Rendition.MAIN,
        track=0,
        sequence=sequence % 2**32,
        pts_us=sequence * 16_667,
        is_keyframe=keyframe,
        damage=Damage.ALL,
        payload=b"video %d" % sequence,
    )
    return replace(packet, **changes)


def still(sequence: int, pts_us: int = 0) -> Packet:
    """A JPEG of the whole picture."""
    return Packet(
        kind=PacketKind.STILL,
        rendition=Rendition.JPEG,
        track=0,
        sequence=sequence,
        pts_us=pts_us,
        is_keyframe=True,
        damage=Damage.of(Region(0, 0, 64, 48)),
        payload=b"still %d" % sequence,
    )


def piece(sequence: int, *regions: Region, is_repair: bool = False, size_bytes: int = 9) -> Piece:
    """A part of the picture that rests."""
    damage = Damage.of(*(regions or (Region(0, 0, 32, 32),)))
    packet = replace(
        still(sequence), is_keyframe=False, damage=damage, payload=bytes(size_bytes)
    )
    return Piece(packet, is_repair=is_repair)


def config(rendition: Rendition = Rendition.MAIN, width: int = 64, height: int = 48) -> TrackConfig:
    """What a decoder would be told."""
    is_main = rendition is Rendition.MAIN
    return TrackConfig(
        track=0,
        rendition=rendition,
        codec=Codec.H264 if is_main else Codec.JPEG,
        codec_string="avc1.42C020" if is_main else "",
        width=width,
        height=height,
        coded_width=width,
        coded_height=height,
        fps=60,
    )


def read_frames(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """(opcode, payload) of each server-to-client WebSocket frame (RFC 6455 §5.2)."""
    while stream:
        first, length = stream[0], stream[1]
        assert first & 0x80, "not fragmented"
        assert not length & 0x80, "a server does not mask"
        start = 2
        if length == 126:
            (length,), start = struct.unpack(">H", stream[2:4]), 4
        elif length == 127:
            (length,), start = struct.unpack(">Q", stream[2:10]), 10
        assert len(stream) >= start + length, "cut short"
        yield first & 0x0F, stream[start : start + length]
        stream = stream[start + length :]


class FakeTransport:
    """A viewer's end of the line: keeps what was written; `buffered` is the test's to set."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.buffered = 0
        self.measured: Delivery | None = None
        self.closed: tuple[int, str] | None = None

    def write(self, outgoing: Outgoing) -> None:
        assert self.closed is None, "written after the goodbye"
        self.frames.append(outgoing.frame)

    def buffered_bytes(self) -> int:
        return self.buffered

    def delivery(self) -> Delivery | None:
        return self.measured

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)

    def clear(self) -> None:
        self.frames.clear()

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The control messages written, in order."""
        return [
            msgspec.json.decode(payload)
            for opcode, payload in read_frames(b"".join(self.frames))
            if opcode == 1
        ]

    @property
    def media(self) -> list[bytes]:
        """The media messages written, in order."""
        return [payload for op, payload in read_frames(b"".join(self.frames)) if op == 2]


class DrivenBridge(ThreadBridge):
    """A bridge whose demand a test changes step by step."""

    def demand(self, **changes: Any) -> None:
        """Change these fields of the last demand."""
        with self._changed:
            last = self._demand.lasting()
        self.set_demand(replace(last, **changes))

    def watch(self, *renditions: Rendition) -> None:
        self.demand(renditions=frozenset(renditions))

    def ask(self, *renditions: Rendition) -> None:
        self.demand(keyframes=frozenset(renditions))

    def pause(self, paused: bool) -> None:
        self.demand(paused=paused)


class DeafBridge(DrivenBridge):
    """A bridge nobody posts through: `take` tells what the loop's side demanded."""

    def __init__(self) -> None:
        super().__init__(cast(asyncio.AbstractEventLoop, None), lambda event: None, TARGET)

    @property
    def renditions(self) -> frozenset[Rendition]:
        return self._demand.renditions


class FakePublisher(DeafBridge):
    """A publisher that makes nothing: `take` tells what the hub demanded of it."""

    control = None
    clipboard = None
    hosts = ()

    def __init__(self, track: int = 0) -> None:
        super().__init__()
        self.tracks = (MediaTrack("video", track, ceilings(TARGET), StillTarget()),)
        self.closed = False

    def start(self, deliver: Callable[[TrackEvent], None]) -> None:
        """It delivers nothing of its own."""

    async def close(self) -> None:
        self.closed = True


class Events:
    """What a track posted, in order; awaited with a bound, never slept for."""

    def __init__(self) -> None:
        self.all: list[TrackEvent] = []
        self._more = asyncio.Event()

    def add(self, event: TrackEvent) -> None:
        self.all.append(event)
        self._more.set()

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.all if isinstance(event, kind)]

    @property
    def packets(self) -> list[Packet]:
        return [event for event in self.all if isinstance(event, Packet)]

    async def until(self, probe: Callable[[], object], what: str) -> None:
        """Return once `probe` holds, asked again after each event."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not probe():
                    self._more.clear()
                    await self._more.wait()
        except TimeoutError:
            raise AssertionError(f"never came: {what}; there is {self.all}") from None

    async def until_packets(self, count: int) -> None:
        await self.until(lambda: len(self.packets) >= count, f"{count} packets")


async def soon(probe: Callable[[], object], what: str, within_s: float = PATIENCE_S) -> None:
    """Return once `probe` holds; for conditions that no event announces."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    while not probe():
        assert loop.time() < deadline, f"not within {within_s:.1f} s: {what}"
        await asyncio.sleep(2 * MS)


def thread_names() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


def union_mask(height: int, width: int, regions: Iterable[Region]) -> np.ndarray[Any, Any]:
    """Which pixels the regions cover."""
    mask = np.zeros((height, width), dtype=np.bool_)
    for region in regions:
        mask[max(0, region.y) : max(0, region.bottom), max(0, region.x) : max(0, region.right)] = (
            True
        )
    return mask
