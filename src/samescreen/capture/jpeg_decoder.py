"""Decodes the JPEG files of sources with libjpeg-turbo, the library that browsers use.

Runs on the track's thread, and only when somebody needs the pixels.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import simplejpeg

from samescreen.media import EncodedPicture, Frame, Pixels


class JpegDecoder:
    """Decodes the JPEG pictures of one source on request, and keeps the newest result."""

    def __init__(self) -> None:
        self._picture: EncodedPicture | None = None
        self._pixels: Pixels | None = None

    def decoded(self, frame: Frame) -> Frame:
        """The frame with its pixels; black where libjpeg-turbo cannot decode its file."""
        picture = frame.encoded
        if frame.decoded is not None or picture is None:
            return frame
        if picture is not self._picture:
            pixels = decode_jpeg(picture)
            black = np.zeros((picture.height, picture.width, 4), dtype=np.uint8)
            self._picture, self._pixels = picture, black if pixels is None else pixels
        return replace(frame, decoded=self._pixels)


def decode_jpeg(picture: EncodedPicture) -> Pixels | None:
    """A picture's pixels, as far as its file goes; None: the file cannot be decoded at all."""
    try:
        pixels: Pixels = simplejpeg.decode_jpeg(picture.jpeg, colorspace="BGRA", strict=False)
    except ValueError:
        return None
    return pixels
