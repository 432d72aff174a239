"""A file in pieces: each as long as wished, and a source that is closed whoever reads it then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.relay.file_bodies import Pieces


async def source(chunks: list[bytes]) -> AsyncGenerator[bytes]:
    for chunk in chunks:
        yield chunk


@given(st.lists(st.binary(min_size=1, max_size=9), min_size=1), st.integers(1, 12))
def test_pieces_are_as_long_as_wished(chunks: list[bytes], length: int) -> None:
    whole = b"".join(chunks)

    async def run() -> list[bytes]:
        pieces, cut = Pieces(source(chunks)), []
        for at in range(0, len(whole), length):
            wished = min(length, len(whole) - at)
            cut.append(b"".join([part async for part in pieces.next(wished)]))
        with pytest.raises(ConnectionError):
            await anext(pieces.next(1))
        return cut

    assert asyncio.run(run()) == [
        whole[at : at + length] for at in range(0, len(whole), length)
    ]


async def test_a_source_is_closed_once_nobody_waits_for_it() -> None:
    begun, go_on, closed = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncGenerator[bytes]:
        try:
            yield b"a"
            begun.set()
            await go_on.wait()
            yield b"b"
        finally:
            closed.set()

    async def read() -> list[bytes]:
        return [part async for part in pieces.next(3)]

    pieces = Pieces(slow())
    reading = asyncio.ensure_future(read())
    await begun.wait()
    await pieces.aclose()
    assert not closed.is_set(), "the reader is inside it"
    go_on.set()
    with pytest.raises(ConnectionError):
        await reading
    assert closed.is_set()
    await pieces.aclose()
