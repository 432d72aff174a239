"""Makes the encoders of one track. Runs on the track's thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from samescreen.errors import EncodeError
from samescreen.media import Frame, Packet, Rendition

from .base import EncodeRequest, EncoderSpec, VideoEncoder
from .h264 import X264, H264Encoder, H264Settings
from .probe import EncoderChoice
from .still import StillEncoder


class EncoderFactory:
    """Makes encoders of `quality` (1…100); the main one with `choice`, for as long as that works.

    When the chosen encoder fails, this track goes on with libx264. Every track has a factory of
    its own, so the failure changes nothing for the others.
    """

    def __init__(self, choice: EncoderChoice, *, track: int, quality: int) -> None:
        self._choice = choice
        self._track = track
        self._quality = quality

    def make(self, spec: EncoderSpec) -> VideoEncoder:
        """The encoder that `spec` describes.

        Raises:
            EncodeError: libx264 refuses, too.
        """
        return _MAKE[spec.rendition](self, spec)

    def _main(self, spec: EncoderSpec) -> VideoEncoder:
        settings = self._settings(spec, is_capped=spec.is_capped)
        if self._choice.dialect is not X264:
            try:
                return _Hardware(self._choice, self._give_up, settings, **self._place(spec))
            except EncodeError as error:
                self._give_up(error)
        encoder = H264Encoder(settings, **self._place(spec))
        encoder.note = self._choice.note
        return encoder

    def _low(self, spec: EncoderSpec) -> VideoEncoder:
        # Low is for thin paths: its bitrate is always the limit.
        return H264Encoder(self._settings(spec, is_capped=True), **self._place(spec))

    def _still(self, spec: EncoderSpec) -> VideoEncoder:
        return StillEncoder(
            track=self._track,
            width=spec.width,
            height=spec.height,
            fps=spec.fps,
            quality=self._quality,
            sequence=spec.sequence,
        )

    def _settings(self, spec: EncoderSpec, *, is_capped: bool) -> H264Settings:
        return H264Settings(
            fps=spec.fps,
            quality=self._quality,
            max_bitrate_bps=spec.bitrate_bps,
            is_capped=is_capped,
            wide_motion_search=spec.wide_motion_search,
        )

    def _place(self, spec: EncoderSpec) -> dict[str, Any]:
        """The arguments of H264Encoder that say which stream of packets it goes on with."""
        return {
            "track": self._track,
            "width": spec.width,
            "height": spec.height,
            "sequence": spec.sequence,
            "rendition": spec.rendition,
        }

    def _give_up(self, error: EncodeError) -> None:
        self._choice = EncoderChoice(note=f"encoding with libx264, because {error}")


_MAKE: Final = {
    Rendition.MAIN: EncoderFactory._main,
    Rendition.LOW: EncoderFactory._low,
    Rendition.JPEG: EncoderFactory._still,
}


class _Hardware(H264Encoder):
    """The chosen encoder; when it fails, it calls `give_up`, so that the next one is libx264's."""

    def __init__(
        self,
        choice: EncoderChoice,
        give_up: Callable[[EncodeError], None],
        settings: H264Settings,
        **place: Any,
    ) -> None:
        super().__init__(settings, dialect=choice.dialect, **place)
        self._give_up = give_up

    def encode(self, frame: Frame, request: EncodeRequest) -> Packet:
        try:
            return super().encode(frame, request)
        except EncodeError as error:
            self._give_up(error)
            raise
