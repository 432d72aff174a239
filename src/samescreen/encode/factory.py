"""Makes the encoders of one track from their specs. Runs on the track's thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from samescreen.errors import EncodeError
from samescreen.media import Frame, Packet, Rendition

from .base import EncodeRequest, EncoderSpec, VideoEncoder
from .h264 import X264, H264Encoder, H264Settings
from .probe import SelectedEncoder
from .still import StillEncoder
from .threads import most_slices, threads_for


class EncoderFactory:
    """Makes encoders of `quality` (1…100). The main rendition uses the `selected` encoder.

    When that fails, this track continues with libx264. Every track has a factory of its own, so
    the failure changes nothing for other tracks. `cores`: how many the encoders may use;
    `threads`: how many threads they use, None: as many as suit the cores and the size.
    """

    def __init__(
        self,
        selected: SelectedEncoder,
        *,
        track: int,
        quality: int,
        cores: int = 1,
        threads: int | None = None,
    ) -> None:
        self._selected = selected
        self._cores = cores
        self._threads = threads
        self._track = track
        self._quality = quality

    def make(self, spec: EncoderSpec) -> VideoEncoder:
        """The encoder that `spec` describes.

        Raises:
            EncodeError: libx264 refuses as well.
        """
        return _MAKE[spec.rendition](self, spec)

    def _main(self, spec: EncoderSpec) -> VideoEncoder:
        settings = self._settings(spec, is_capped=spec.is_capped)
        if self._selected.profile is not X264:
            try:
                return _Hardware(self._selected, self._give_up, settings, **self._place(spec))
            except EncodeError as error:
                self._give_up(error)
        encoder = H264Encoder(settings, **self._place(spec))
        encoder.note = self._selected.note
        return encoder

    def _low(self, spec: EncoderSpec) -> VideoEncoder:
        # Low serves slow links, so its bitrate is always enforced.
        return H264Encoder(self._settings(spec, is_capped=True), **self._place(spec))

    def _still(self, spec: EncoderSpec) -> VideoEncoder:
        return StillEncoder(
            track=self._track,
            width=spec.width,
            height=spec.height,
            fps=spec.fps,
            quality=self._quality_of(spec),
            sequence=spec.sequence,
            rendition=spec.rendition,
        )

    def _settings(self, spec: EncoderSpec, *, is_capped: bool) -> H264Settings:
        return H264Settings(
            fps=spec.fps,
            quality=self._quality_of(spec),
            max_bitrate_bps=spec.bitrate_bps,
            is_capped=is_capped,
            wide_motion_search=spec.wide_motion_search,
            threads=self._threads_for(spec),
            coarser_by=spec.coarser_by,
        )

    def _quality_of(self, spec: EncoderSpec) -> int:
        return self._quality if spec.quality is None else spec.quality

    def _threads_for(self, spec: EncoderSpec) -> int:
        scale = 2 if spec.rendition is Rendition.LOW else 1
        width, height = spec.width // scale, spec.height // scale
        if self._threads is not None:
            return min(self._threads, most_slices(height))
        return threads_for(width, height, spec.fps, self._cores)

    def _place(self, spec: EncoderSpec) -> dict[str, Any]:
        """The arguments of H264Encoder that say which sequence of packets it continues."""
        return {
            "track": self._track,
            "width": spec.width,
            "height": spec.height,
            "sequence": spec.sequence,
            "rendition": spec.rendition,
        }

    def _give_up(self, error: EncodeError) -> None:
        self._selected = SelectedEncoder(note=f"encoding with libx264, because {error}")


_MAKE: Final = {
    Rendition.MAIN: EncoderFactory._main,
    Rendition.LOW: EncoderFactory._low,
    Rendition.JPEG: EncoderFactory._still,
    Rendition.POINTED: EncoderFactory._still,
}


class _Hardware(H264Encoder):
    """The selected encoder. It calls `give_up` when it fails, and libx264 replaces it."""

    def __init__(
        self,
        selected: SelectedEncoder,
        give_up: Callable[[EncodeError], None],
        settings: H264Settings,
        **place: Any,
    ) -> None:
        super().__init__(settings, profile=selected.profile, **place)
        self._give_up = give_up

    def encode(self, frame: Frame, request: EncodeRequest) -> Packet:
        try:
            return super().encode(frame, request)
        except EncodeError as error:
            self._give_up(error)
            raise
