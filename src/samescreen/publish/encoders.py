"""The encoders of one track. Runs on the track's thread; posts their configs to its bridge."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from samescreen.capture.jpeg_decoder import JpegDecoder
from samescreen.encode.base import EncodeRequest, EncoderSpec, MakeEncoder, StillCodec, VideoEncoder
from samescreen.errors import EncodeError
from samescreen.flow.encoder_choice import EncodedSize, EncoderChoice, Tuning
from samescreen.flow.rate import RateTarget, ceilings
from samescreen.media import Frame, Packet, Region, Rendition, TrackConfig

from .bridge import ThreadBridge

_log = logging.getLogger(__name__)

PLAIN: Final = EncodeRequest()
SKETCH: Final = EncodeRequest(sketch=True)


class Encoders:
    """Makes each encoder when first needed, and posts its config before its first packet."""

    def __init__(
        self,
        make: MakeEncoder,
        bridge: ThreadBridge,
        ceiling: RateTarget,
        clock_us: Callable[[], int],
    ) -> None:
        self._make = make
        self._clock_us = clock_us
        self._below_target_quality = False
        self._jpegs = JpegDecoder()
        self._bridge = bridge
        self._targets = self._ceilings = ceilings(ceiling)
        self._choice = EncoderChoice(ceiling)
        self._quality: int | None = None
        self._size = (0, 0)
        self._open: dict[Rendition, VideoEncoder] = {}
        self._sequences: dict[Rendition, int] = {}

    @property
    def name(self) -> str:
        encoder = self._open.get(Rendition.MAIN) or self._open.get(Rendition.JPEG)
        return encoder.name if encoder else ""

    @property
    def threads(self) -> int:
        """How many threads encode a picture of main; 1 while main has no encoder."""
        main = self._open.get(Rendition.MAIN)
        return main.threads if main else 1

    @property
    def notes(self) -> tuple[str, ...]:
        """Why main's encoder is not the requested one; empty if it is."""
        main = self._open.get(Rendition.MAIN)
        return (main.note,) if main and main.note else ()

    def below_target_quality(self, rendition: Rendition) -> bool:
        """The rendition's last packet had less quality than requested."""
        return rendition is Rendition.MAIN and self._below_target_quality

    def resize(self, width: int, height: int) -> None:
        """All following frames have this size."""
        self.close()
        self._size = self._choice.size = (width, height)

    def retune(self, targets: Mapping[Rendition, RateTarget]) -> frozenset[Rendition]:
        """Set the targets; returns the renditions that get a new encoder for that."""
        changed = frozenset(r for r, target in targets.items() if target != self._targets[r])
        self._targets = dict(targets)
        self._choice.target = self._targets[Rendition.MAIN]
        for rendition in changed:
            self._drop(rendition)
        return changed

    def set_quality(self, quality: int | None) -> frozenset[Rendition]:
        """Encode in this quality, 1…100; None: in the one that the host started with.

        Returns the renditions that get a new encoder for that.
        """
        if quality == self._quality:
            return frozenset()
        self._quality = quality
        changed = frozenset(self._open)
        self.close()
        return changed

    def encode(
        self, rendition: Rendition, frame: Frame, request: EncodeRequest = PLAIN
    ) -> Packet:
        """One packet of this rendition. A new encoder replaces one that fails, once.

        Raises:
            EncodeError: the new one failed too, or none can be made.
        """
        started_us = self._clock_us()
        try:
            packet = self._encode(rendition, frame, request)
        except EncodeError as error:
            _log.warning("%s; starting it again", error)
            self._drop(rendition)
            packet = self._encode(rendition, frame, request)
        if rendition is Rendition.MAIN:
            self._reconsider_main(packet, started_us)
        return packet

    def piece(self, frame: Frame, region: Region) -> Packet:
        """Encode a part of a frame as an exact still.

        Raises:
            EncodeError: the encoder failed or cannot be made.
        """
        return self._encode_with(self._stills(), frame, EncodeRequest(region=region))

    def sketch(self, frame: Frame) -> Packet:
        """Encode a small, coarse still of the whole frame.

        Raises:
            EncodeError: the encoder failed or cannot be made.
        """
        return self._encode_with(self._stills(), frame, SKETCH)

    def apart(
        self, rendition: Rendition, frame: Frame, request: EncodeRequest
    ) -> tuple[Frame, StillCodec] | None:
        """The decoded frame and what makes its still on any thread; None: make it here, at once.

        Raises:
            EncodeError: the encoder cannot be made.
        """
        codec = self._stills(rendition).apart(frame, request)
        return None if codec is None else (self._jpegs.decoded(frame), codec)

    def numbered(self, rendition: Rendition, frame: Frame, request: EncodeRequest) -> Packet:
        """The packet of a still that was made apart: `request.made`."""
        return self._stills(rendition).encode(frame, request)

    def _stills(self, rendition: Rendition = Rendition.JPEG) -> VideoEncoder:
        """The encoder of this rendition of stills; its config is posted first."""
        encoder = self._open.get(rendition)
        if encoder is None:
            encoder = self._start(rendition)
            self._post_config(encoder.config)
        return encoder

    def _post_config(self, config: TrackConfig) -> None:
        if config.rendition is not Rendition.POINTED:  # its readers need none
            self._bridge.post(config)

    def _reconsider_main(self, packet: Packet, started_us: int) -> None:
        """Exchange main's encoder when another kind suits the content or the time better now."""
        main, now_us = self._open[Rendition.MAIN], self._clock_us()
        self._below_target_quality = main.below_target_quality
        size = EncodedSize(
            len(packet.payload),
            packet.is_keyframe,
            now_us - started_us,
            main.wide_motion_search,
            main.coarseness,
        )
        if self._choice.on_packet(size, now_us):
            self._drop(Rendition.MAIN)

    def close(self) -> None:
        """Close all encoders."""
        for rendition in list(self._open):
            self._drop(rendition)

    def _encode(self, rendition: Rendition, frame: Frame, request: EncodeRequest) -> Packet:
        encoder = self._open.get(rendition)
        if encoder is not None:
            return self._encode_with(encoder, frame, request)
        encoder = self._start(rendition)
        packet = self._encode_with(encoder, frame, replace(request, keyframe=True))
        self._post_config(encoder.config)
        return packet

    def _encode_with(self, encoder: VideoEncoder, frame: Frame, request: EncodeRequest) -> Packet:
        if frame.decoded is None and encoder.needs_pixels(frame, request):
            frame = self._jpegs.decoded(frame)
        return encoder.encode(frame, request)

    def _start(self, rendition: Rendition) -> VideoEncoder:
        """Make the encoder; post its config after its first picture, when it is complete."""
        sequence = self._sequences.get(rendition, 0)
        target = self._targets.get(rendition, self._ceilings[Rendition.MAIN])
        tuning = Tuning(target.bitrate_bps, target.fps, is_capped=False, wide_motion_search=False)
        if rendition is Rendition.MAIN:
            tuning = self._choice.tuning
            self._choice.on_new_encoder()
        width, height = self._size
        spec = EncoderSpec(
            rendition,
            width,
            height,
            sequence,
            tuning.bitrate_bps,
            tuning.fps,
            tuning.is_capped,
            tuning.wide_motion_search,
            tuning.coarser_by,
            self._quality,
        )
        self._open[rendition] = self._make(spec)
        return self._open[rendition]

    def _drop(self, rendition: Rendition) -> None:
        encoder = self._open.pop(rendition, None)
        if encoder is not None:
            self._sequences[rendition] = encoder.next_sequence
            encoder.close()
