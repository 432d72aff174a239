"""A source and encoders that a test scripts: they make what it says, and count what is asked."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from samescreen.capture.base import Source
from samescreen.clock import clock_us
from samescreen.encode.base import EncodeRequest, EncoderSpec, StillCodec, VideoEncoder
from samescreen.errors import EncodeError
from samescreen.media import Damage, Frame, Packet, PacketKind, Pixels, Rendition, TrackConfig
from tests.fakes import config


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
