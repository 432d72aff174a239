"""Bytes from one request to another: bounded, in order, and neither end waits for ever."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.flow.token_bucket import TokenBucket
from samescreen.hub import pipes
from samescreen.hub.pipes import MOST_AHEAD_BYTES, Pipe, Pipes

CHUNK = bytes(64 * 1024)


def pipe() -> Pipe:
    return Pipe(is_up=True, pace=TokenBucket(1, 1, 0))


async def _put_all(to: Pipe, chunks: list[bytes]) -> None:
    for chunk in chunks:
        await to.put(chunk)
    to.finish()


@given(st.lists(st.binary(min_size=1, max_size=3 * MOST_AHEAD_BYTES // 2), max_size=8))
def test_all_bytes_come_in_order_and_few_wait(chunks: list[bytes]) -> None:
    async def run() -> bytes:
        it, came = pipe(), bytearray()
        putting = asyncio.ensure_future(_put_all(it, chunks))
        async for chunk in it.chunks():
            assert it.ahead_bytes <= max(MOST_AHEAD_BYTES, *map(len, chunks))
            came += chunk
            await asyncio.sleep(0)
        await putting
        return bytes(came)

    assert asyncio.run(run()) == b"".join(chunks)


async def test_who_puts_waits_for_room() -> None:
    it = pipe()
    putting = asyncio.ensure_future(_put_all(it, [CHUNK] * 5))
    for _ in range(10):
        await asyncio.sleep(0)
    assert (it.ahead_bytes, putting.done()) == (MOST_AHEAD_BYTES, False)
    assert [len(chunk) async for chunk in it.chunks()] == [len(CHUNK)] * 5
    await putting


async def test_an_end_that_is_gone_is_noticed_at_the_other() -> None:
    ended: list[bool] = []
    it = pipe()
    it.on_end = lambda: ended.append(True)
    chunks = it.chunks()
    await it.put(CHUNK)
    assert await anext(chunks) == CHUNK
    await chunks.aclose()
    assert ended == [True]
    with pytest.raises(ConnectionError):
        await it.put(CHUNK)
    other = pipe()
    await other.put(CHUNK)
    other.break_off()
    with pytest.raises(ConnectionError):
        await anext(other.chunks())


async def test_neither_end_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipes, "PATIENCE_S", 0.01)
    with pytest.raises(TimeoutError):
        await anext(pipe().chunks())
    with pytest.raises(TimeoutError):
        await _put_all(pipe(), [CHUNK] * 5)


async def test_what_was_announced_ends_it() -> None:
    early, late, over = pipe(), pipe(), pipe()
    await early.put(b"abc")
    early.announce(3)
    late.announce(3)
    await late.put(b"abc")
    for whole in (early, late):
        whole.break_off()  # everything is there already
        assert [chunk async for chunk in whole.chunks()] == [b"abc"]
    over.announce(2)
    with pytest.raises(ConnectionError):
        await over.put(b"abc")
    with pytest.raises(ConnectionError):
        await anext(over.chunks())


def test_a_name_leads_to_one_end_only() -> None:
    it, all_of_them = pipe(), Pipes()
    name = all_of_them.new_id()
    all_of_them.open(name, it)
    assert all_of_them.find(name, is_up=True) is it
    assert all_of_them.find(name, is_up=False) is None
    all_of_them.close(name)
    all_of_them.close(name)
    assert all_of_them.find(name, is_up=True) is None
