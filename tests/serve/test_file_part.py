"""Ranges of a file, and the bytes that are sent for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.serve.file_part import FilePart, range_in


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (None, None),
        ("bytes=0-", (0, 100)),
        ("bytes=10-19", (10, 10)),
        ("bytes=90-500", (90, 10)),
        ("bytes=-10", (90, 10)),
        ("bytes=-500", (0, 100)),
        ("bytes=99-", (99, 1)),
        ("bytes=100-", (100, 0)),
        ("bytes=-0", (100, 0)),
        ("bytes=20-10", None),
        ("bytes=-", None),
        ("bytes=0-1,5-6", None),
        ("items=0-1", None),
        ("bytes=٣-٤", None),
        ("bytes=" + "9" * 5000 + "-", None),
    ],
)
def test_what_a_range_means(header: str | None, found: tuple[int, int] | None) -> None:
    assert range_in(header, 100) == found


@given(st.text(), st.integers(0, 2**40))
def test_no_header_names_bytes_that_are_not_there(text: str, size: int) -> None:
    found = range_in("bytes=" + text, size)
    assert found is None or 0 <= found[0] + found[1] <= max(size, found[0])


async def test_the_bytes_are_those_of_the_file(tmp_path: Path) -> None:
    content = bytes(range(256)) * 3000
    path = tmp_path / "a"
    path.write_bytes(content)

    async def read(start: int, length: int) -> bytes:
        return b"".join([chunk async for chunk in FilePart(path, start, length).chunks()])

    assert await read(0, len(content)) == content
    assert await read(300_001, 299_999) == content[300_001:600_000]
    assert await read(len(content) - 5, 500) == content[-5:], "it became shorter meanwhile"
