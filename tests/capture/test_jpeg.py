"""A camera's JPEG becomes one that browsers show, or is refused; nothing makes this fail."""

from __future__ import annotations

import io
import struct
from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from samescreen.capture.jpeg import STANDARD_TABLES, browsers_jpeg

JFIF: Final = b"\xff\xe0\x00\x10JFIF\x00"


def encoded(
    width: int = 40, height: int = 24, seed: int = 0, subsampling: int = 1, **options: object
) -> bytes:
    """A JPEG with the standard tables (unless `optimize`), of noise on a ramp."""
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    noise[:, : width // 2] //= 8
    out = io.BytesIO()
    Image.fromarray(noise).save(out, "JPEG", subsampling=subsampling, **options)
    return out.getvalue()


def segments(picture: bytes) -> list[tuple[int, bytes]]:
    """Each segment before the scan, and last the scan with its header."""
    found, at = [], 2
    while picture[at + 1] != 0xDA:
        end = at + 2 + struct.unpack_from(">H", picture, at + 2)[0]
        found.append((picture[at + 1], picture[at:end]))
        at = end
    return [*found, (0xDA, picture[at:])]


def without(picture: bytes, *markers: int) -> bytes:
    return b"\xff\xd8" + b"".join(s for marker, s in segments(picture) if marker not in markers)


def with_segment(picture: bytes, marker: int, body: bytes) -> bytes:
    return picture[:2] + struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body + picture[2:]


def pixels(picture: bytes) -> bytes:
    return Image.open(io.BytesIO(picture)).convert("RGB").tobytes()


@given(
    width=st.integers(1, 70),
    height=st.integers(1, 70),
    seed=st.integers(0, 2**32 - 1),
    subsampling=st.integers(0, 2),
    quality=st.integers(5, 98),
    restarts=st.integers(0, 3),
)
def test_without_its_tables_it_decodes_to_the_same_bits(
    width: int, height: int, seed: int, subsampling: int, quality: int, restarts: int
) -> None:
    whole = encoded(
        width, height, seed, subsampling, quality=quality, restart_marker_blocks=restarts
    )
    bare = without(whole, 0xC4, 0xE0)
    file = browsers_jpeg(bare)
    assert file is not None
    assert (file.width, file.height) == (width, height)
    assert file.jpeg[2:].startswith(JFIF)
    assert [s for marker, s in segments(file.jpeg) if marker == 0xC4] == [
        s for marker, s in segments(b"\xff\xd8" + STANDARD_TABLES + b"\xff\xda") if marker == 0xC4
    ]
    assert pixels(file.jpeg) == pixels(whole)
    assert segments(file.jpeg)[-1] == segments(whole)[-1], "the scan itself is untouched"


def test_the_tables_are_those_that_encoders_write() -> None:
    """libjpeg writes the tables; each of its definitions is among ours."""
    theirs = b"".join(s for marker, s in segments(encoded()) if marker == 0xC4)
    ours = [s[4:] for marker, s in segments(b"\xff\xd8" + STANDARD_TABLES + b"\xff\xda")[:-1]]
    assert len(ours) == 4
    assert all(table in theirs for table in ours)


def test_tables_of_its_own_are_kept() -> None:
    whole = encoded(optimize=True)
    file = browsers_jpeg(whole)
    assert file is not None
    assert STANDARD_TABLES not in file.jpeg
    assert pixels(file.jpeg) == pixels(whole)


def test_a_grey_picture_is_accepted() -> None:
    out = io.BytesIO()
    Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16)).save(out, "JPEG")
    file = browsers_jpeg(without(out.getvalue(), 0xC4))
    assert file is not None
    assert pixels(file.jpeg) == pixels(out.getvalue())


def test_comments_and_exif_are_left_out() -> None:
    whole = encoded()
    turned = with_segment(with_segment(whole, 0xE1, b"Exif\x00\x00MM"), 0xFE, b"a webcam")
    file, plain = browsers_jpeg(turned), browsers_jpeg(whole)
    assert file is not None
    assert file == plain


@pytest.mark.parametrize("padding", [b"\x00" * 500, b"\x00", b""])
def test_bytes_that_a_driver_appends_are_left_out(padding: bytes) -> None:
    file = browsers_jpeg(encoded() + padding)
    assert file is not None
    assert file == browsers_jpeg(encoded())
    assert file.jpeg.endswith(b"\xff\xd9")


def test_fill_bytes_before_a_marker_are_allowed() -> None:
    whole = encoded()
    file = browsers_jpeg(whole[:2] + b"\xff\xff" + whole[2:])
    assert file == browsers_jpeg(whole)
    assert file is not None


WHOLE: Final = encoded()
SOF_AT: Final = WHOLE.index(b"\xff\xc0")
REFUSED: Final = {
    "two fields": WHOLE + WHOLE,
    "one field of two": with_segment(WHOLE, 0xE0, b"AVI1\x01"),
    "limited range": with_segment(WHOLE, 0xFE, b"CS=ITU601"),
    "Adobe's colours": with_segment(WHOLE, 0xEE, b"Adobe\x00d\x00\x00\x00\x00\x00"),
    "RGB": WHOLE.replace(b"\x01\x21\x00\x02\x11\x01\x03\x11\x01", b"R\x21\x00G\x11\x01B\x11\x01"),
    "progressive": encoded(progressive=True),
    "12 bits": WHOLE[: SOF_AT + 4] + b"\x0c" + WHOLE[SOF_AT + 5 :],
    "no quantisers": without(WHOLE, 0xDB),
    "no size": WHOLE[: SOF_AT + 5] + b"\x00\x00" + WHOLE[SOF_AT + 7 :],
    "too wide": WHOLE[: SOF_AT + 7] + struct.pack(">H", 3841) + WHOLE[SOF_AT + 9 :],
    "not a JPEG": b"RIFF" + WHOLE,
    "no frame": without(WHOLE, 0xC0),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_file_that_browsers_show_differently_is_refused(what: str) -> None:
    assert REFUSED[what] != WHOLE
    assert browsers_jpeg(REFUSED[what]) is None


def test_a_truncated_file_is_refused() -> None:
    for length in range(len(WHOLE)):
        assert browsers_jpeg(WHOLE[:length]) is None, length
    assert browsers_jpeg(WHOLE) is not None


@given(st.binary(max_size=200), st.booleans())
def test_garbage_is_refused(garbage: bytes, begins_well: bool) -> None:
    assert browsers_jpeg(b"\xff\xd8" * begins_well + garbage) is None


@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=4))
def test_a_damaged_file_is_refused_or_still_well_formed(at: int, damage: bytes) -> None:
    file = browsers_jpeg(WHOLE[:at] + damage + WHOLE[at + len(damage) :])
    if file is not None:
        assert file.jpeg[2:].startswith(JFIF)
        assert browsers_jpeg(file.jpeg) == file, "once more changes nothing"
