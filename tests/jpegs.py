"""Pictures and frames as a camera delivers them: JPEG files."""

from __future__ import annotations

from samescreen.encode.still import encode_jpeg
from samescreen.media import Damage, EncodedPicture, Frame, Pixels, Region
from tests.fakes import flat

UNREADABLE = b"a whole file, by the camera"
"""What no decoder accepts: if anything decoded it, the picture would be black."""


def encoded(pixels: Pixels | None = None, quality: int = 95) -> EncodedPicture:
    """This picture as a JPEG file; without pixels, a black one of 64×48."""
    shown = flat(64, 48) if pixels is None else pixels
    height, width = shown.shape[:2]
    return EncodedPicture(encode_jpeg(Frame(shown, 0, Damage.ALL), quality=quality), width, height)


def delivered(picture: EncodedPicture, pts_us: int = 7) -> Frame:
    """A frame that nobody has decoded."""
    return Frame(None, pts_us, Damage.of(Region(0, 0, *picture.size)), picture)
