"""Stand-ins for the parts around a test's subject: scripted, counted, without any system below.

What they do is decided by the test, step by step; what was done to them is theirs to tell.
"""

from __future__ import annotations

import asyncio
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar, cast

import msgspec
import numpy as np

from samescreen.capture.base import Source
from samescreen.clock import clock_us
from samescreen.encode.base import EncodeRequest, EncoderSpec, StillCodec, VideoEncoder
from samescreen.errors import EncodeError
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


# --- values ---------------------------------------------------------------------------------------


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


# --- the wire, read independently -----------------------------------------------------------------


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


# --- source and encoder ---------------------------------------------------------------------------


class ScriptedSource(Source):
    """Gives what the test pushes: frames, or exceptions to raise. Any thread may push."""

    label = "a script 64×48"
    backend = "scripted"

    def __init__(self) -> None:
        super().__init__()
        self.opened = self.closed = self.grabs = self.rests = 0
        self.is_disposed = False
        self.needed_pixels = True
        """What the newest grab was told."""
        self.refusals: deque[Exception] = deque()
        self._steps: deque[Frame | Exception] = deque()

    def push(self, *steps: Frame | Exception) -> None:
        self._steps.extend(steps)
        self.wake()

    def refuse(self, *errors: Exception) -> None:
        """The next opens fail."""
        self.refusals.extend(errors)

    def open(self) -> None:
        self.opened += 1
        if self.refusals:
            raise self.refusals.popleft()

    def grab(self, deadline_us: int, *, needs_pixels: bool = True) -> Frame | None:
        self.grabs += 1
        self.needed_pixels = needs_pixels
        while not self._steps:
            remaining_us = deadline_us - clock_us()
            if remaining_us <= 0 or (self._waker.wait(remaining_us) and not self._steps):
                return None
        step = self._steps.popleft()
        if isinstance(step, Exception):
            raise step
        return step

    def rest(self) -> None:
        self.rests += 1

    def close(self) -> None:
        self.closed += 1

    def dispose(self) -> None:
        self.is_disposed = True
        super().dispose()


@dataclass(frozen=True, slots=True)
class Encoded:
    """One call of an encoder."""

    rendition: Rendition
    maker: int
    sequence: int
    is_keyframe: bool
    damage: Damage
    size: tuple[int, int]


@dataclass(slots=True)
class EncoderScript:
    """Makes scripted encoders and remembers every call; the track's thread writes, tests read."""

    failures: deque[str] = field(default_factory=deque)
    """One per encode call to come: "" succeeds, a word fails with it."""

    refusals: deque[str] = field(default_factory=deque)
    """The same for encoders to be made."""

    coarse: deque[bool] = field(default_factory=deque)
    """Of each encode of the main rendition, whether it came out coarse."""

    note: str = ""
    """Of the encoders made from here on."""

    threads: int = 1
    """How many the encoders say that they use."""

    codec: StillCodec | None = None
    """What another thread does of each still; None: nothing."""

    calls: list[Encoded] = field(default_factory=list)
    specs: list[EncoderSpec] = field(default_factory=list)
    shown: dict[Rendition, Pixels] = field(default_factory=dict)
    """The newest picture that was encoded of each rendition."""

    made: int = 0
    closed: int = 0

    def make(self, spec: EncoderSpec) -> VideoEncoder:
        self.specs.append(spec)
        self.made += 1
        if self.refusals and (word := self.refusals.popleft()):
            raise EncodeError(word)
        encoder = ScriptedEncoder(self, self.made, spec)
        encoder.note = self.note
        return encoder

    def of(self, rendition: Rendition) -> list[Encoded]:
        return [call for call in self.calls if call.rendition is rendition]


class ScriptedEncoder(VideoEncoder):
    """Turns every frame into a few bytes, or fails as its script says."""

    name = "scripted"

    def __init__(self, script: EncoderScript, number: int, spec: EncoderSpec) -> None:
        self._script = script
        self._number = number
        self._rendition = spec.rendition
        self._size = (spec.width, spec.height)
        self._sequence = spec.sequence

    @property
    def next_sequence(self) -> int:
        return self._sequence

    @property
    def config(self) -> TrackConfig:
        return config(self._rendition, *self._size)

    @property
    def threads(self) -> int:
        return self._script.threads

    def needs_pixels(self, frame: Frame, request: EncodeRequest) -> bool:
        return self._rendition is not Rendition.JPEG or not request.may_forward

    def apart(self, frame: Frame, request: EncodeRequest) -> StillCodec | None:
        is_still = self._rendition in (Rendition.JPEG, Rendition.POINTED)
        return self._script.codec if is_still else None

    def encode(self, frame: Frame, request: EncodeRequest) -> Packet:
        assert frame.decoded is not None or not self.needs_pixels(frame, request)
        if frame.decoded is not None:
            self._script.shown[self._rendition] = frame.decoded.copy()
        script = self._script
        if script.failures and (word := script.failures.popleft()):
            raise EncodeError(word)
        assert (frame.width, frame.height) == self._size
        is_still = self._rendition in (Rendition.JPEG, Rendition.POINTED)
        call = Encoded(
            self._rendition,
            self._number,
            self._sequence,
            request.region is None and (request.keyframe or is_still),
            frame.damage,
            self._size,
        )
        script.calls.append(call)
        if not is_still:
            self.below_target_quality = script.coarse.popleft() if script.coarse else False
        self._sequence += 1
        return Packet(
            kind=PacketKind.STILL if is_still else PacketKind.VIDEO,
            rendition=self._rendition,
            track=0,
            sequence=call.sequence,
            pts_us=frame.pts_us,
            is_keyframe=call.is_keyframe,
            damage=Damage.of(request.region or frame.bounds) if is_still else frame.damage,
            payload=request.made or b"%s %d" % (self._rendition.name.encode(), call.sequence),
        )

    def close(self) -> None:
        self._script.closed += 1


# --- between a track and the loop -----------------------------------------------------------------


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
