"""PNG files at the gate: only what a host makes of a page of text."""

from __future__ import annotations

import random
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.mutated import mutated
from samescreen.encode.few_colours import few_colours_png
from samescreen.encode.png import SIGNATURE, ColourType, png_file
from samescreen.gate.png import Png, read_png
from samescreen.gate.refusal import Reason, Unfit
from samescreen.media import Damage, Frame
from tests.fakes import flat

ROWS = zlib.compress(bytes(48 * 33))
PALETTE = bytes(range(48))
FILE = png_file(64, 48, 4, ColourType.PALETTE, ROWS, PALETTE)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def header(width: int = 64, height: int = 48, *rest: int) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, *(rest or (4, 3, 0, 0, 0))))


PLTE, IDAT, IEND = chunk(b"PLTE", PALETTE), chunk(b"IDAT", ROWS), chunk(b"IEND", b"")


def file(*chunks: bytes) -> bytes:
    return SIGNATURE + b"".join(chunks)


def test_our_files_pass_byte_by_byte() -> None:
    made = few_colours_png(Frame(flat(64, 48, (9, 8, 7)), 0, Damage.ALL), 10_000)
    assert made is not None
    assert read_png(made) == Png(made, 64, 48)
    noisy = np.random.default_rng(1).integers(0, 2, (48, 64, 4), np.uint8) * 255
    made = few_colours_png(Frame(noisy, 0, Damage.ALL), 10_000)
    assert made is None or read_png(made).payload == made


@pytest.mark.parametrize(
    "content",
    [
        file(header(), chunk(b"tEXt", b"by\0me"), PLTE, IDAT, chunk(b"tIME", b"1234567"), IEND),
        file(header(), PLTE, chunk(b"IDAT", ROWS[:5]), chunk(b"IDAT", ROWS[5:]), IEND),
        FILE + b"behind the end",
    ],
    ids=["texts", "two parts", "trailing bytes"],
)
def test_what_passes_has_one_form(content: bytes) -> None:
    assert read_png(content).payload == FILE


REFUSED = {
    "empty": (b"", Reason.MALFORMED),
    "signature": (SIGNATURE, Reason.MALFORMED),
    "no rows": (file(header(), PLTE, IEND), Reason.MALFORMED),
    "no palette": (file(header(), IDAT, IEND), Reason.MALFORMED),
    "two headers": (file(header(), header(), PLTE, IDAT, IEND), Reason.MALFORMED),
    "no header": (file(PLTE, IDAT, IEND), Reason.MALFORMED),
    "rows first": (file(IDAT, header(), PLTE, IEND), Reason.MALFORMED),
    "text first": (file(chunk(b"tEXt", b"a"), header(), PLTE, IDAT, IEND), Reason.UNSUPPORTED),
    "no width": (file(header(0), PLTE, IDAT, IEND), Reason.MALFORMED),
    "a large side": (file(header(2**15), PLTE, IDAT, IEND), Reason.MALFORMED),
    "a short header": (file(chunk(b"IHDR", b"x"), PLTE, IDAT, IEND), Reason.MALFORMED),
    "RGBA": (file(header(64, 48, 8, 6, 0, 0, 0), PLTE, IDAT, IEND), Reason.UNSUPPORTED),
    "interlaced": (file(header(64, 48, 4, 3, 0, 0, 1), PLTE, IDAT, IEND), Reason.UNSUPPORTED),
    "17 colours": (file(header(), chunk(b"PLTE", bytes(51)), IDAT, IEND), Reason.MALFORMED),
    "half a colour": (file(header(), chunk(b"PLTE", bytes(4)), IDAT, IEND), Reason.MALFORMED),
    "animated": (file(header(), PLTE, chunk(b"acTL", bytes(8)), IDAT, IEND), Reason.UNSUPPORTED),
    "wrong check": (FILE[:-1] + b"x", Reason.MALFORMED),
    "many chunks": (file(header(), PLTE, *[chunk(b"IDAT", b"a")] * 64, IEND), Reason.MALFORMED),
}


@pytest.mark.parametrize(("content", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_file_is_refused(content: bytes, reason: Reason) -> None:
    with pytest.raises(Unfit) as caught:
        read_png(content)
    assert caught.value.refusal.reason is reason


def passed(content: bytes) -> bytes | None:
    try:
        return read_png(content).payload
    except Unfit:
        return None


def test_cut_anywhere_or_mutated_it_is_refused_or_passes_again_unchanged() -> None:
    assert all(passed(FILE[:length]) is None for length in range(len(FILE)))
    chance = random.Random(3)
    for _ in range(500):
        result = passed(mutated(FILE, [FILE], chance))
        assert result is None or passed(result) == result


@given(st.binary(max_size=80))
def test_garbage_is_refused_or_passes_again(garbage: bytes) -> None:
    for content in (SIGNATURE + garbage, file(header(), PLTE) + garbage):
        result = passed(content)
        assert result is None or passed(result) == result
