"""A black picture for a recording of a stream that the host has blanked. Any thread."""

from __future__ import annotations

import numpy as np

from samescreen.encode.base import EncodeRequest
from samescreen.encode.h264 import H264Settings, X264Encoder
from samescreen.media import Damage, Frame


def black_picture(width: int, height: int) -> bytes:
    """One keyframe of H.264 in Annex B, with its parameter sets; both sides are even.

    Raises:
        EncodeError: libx264 refuses.
    """
    encoder = X264Encoder(H264Settings(), track=0, width=width, height=height)
    try:
        frame = Frame(np.zeros((height, width, 4), dtype=np.uint8), 0, Damage.ALL)
        return encoder.encode(frame, EncodeRequest(keyframe=True)).payload
    finally:
        encoder.close()
