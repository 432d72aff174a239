"""Messages between processes: whole, in order, bounded, and refused if they are none."""

from __future__ import annotations

import asyncio
import os
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.errors import ProtocolError
from samescreen.subscribe.far_viewer import Facts
from samescreen.wire.publishing import Want
from samescreen.workers.channel import Channel, framed
from samescreen.workers.values import (
    Lagging,
    Left,
    Logged,
    Measured,
    Ready,
    Said,
    Up,
    Wanted,
    decoded_up,
    encoded_up,
)
from tests.fakes import soon

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no Unix sockets")


@given(st.lists(st.binary(max_size=50)), st.integers(1, 7))
def test_messages_come_whole_in_whatever_parts(messages: list[bytes], part: int) -> None:
    got: list[bytes] = []
    channel = Channel(got.append, lambda: None)
    stream = b"".join(map(framed, messages))
    for start in range(0, len(stream), part):
        channel.data_received(stream[start : start + part])
    assert got == messages


async def test_both_ends_and_the_end() -> None:
    ours, theirs = socket.socketpair()
    got: list[bytes] = []
    lost: list[str] = []
    one = await Channel.on(ours, lambda message: None, lambda: lost.append("one"))
    other = await Channel.on(theirs, got.append, lambda: lost.append("other"), most_bytes=1 << 20)
    large = os.urandom(1 << 20)
    for message in (b"", b"small", large):
        one.send(framed(message))
    await soon(lambda: len(got) == 3, "all messages")
    assert got == [b"", b"small", large]
    one.send(framed(large + b"!"))
    await soon(lambda: len(lost) == 2, "a message that is too long ends the channel")
    assert len(got) == 3
    other.send(framed(b"into nothing"))
    await asyncio.sleep(0)


@pytest.mark.parametrize(
    "message",
    [
        Ready(),
        Said(7, "{}"),
        Left(7, "gone"),
        Lagging(7),
        Wanted("k", Want(1)),
        Measured({3: Facts(rtt_us=5, is_stuck=True)}),
        Logged(30, "a line"),
    ],
)
def test_what_a_worker_says_comes_back(message: Up) -> None:
    assert decoded_up(encoded_up(message)) == message


@given(st.binary(max_size=200))
def test_garbage_of_a_worker_is_refused(garbage: bytes) -> None:
    try:
        decoded_up(garbage)
    except ProtocolError:
        return
    raise AssertionError("garbage was read")
