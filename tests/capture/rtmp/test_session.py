"""What a publisher says by RTMP becomes FLV; wrong keys and garbage do not. Without sockets."""

from __future__ import annotations

import io
import struct
from contextlib import suppress
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samescreen.capture.rtmp.address import ListenAddress, parse_listen
from samescreen.capture.rtmp.amf import Value, read_values, written
from samescreen.capture.rtmp.chunks import (
    COMMAND,
    SET_CHUNK_SIZE,
    VIDEO,
    ChunkReader,
    Message,
    chunked,
)
from samescreen.capture.rtmp.session import Session, Stage
from samescreen.errors import UsageError

HELLO = bytes([3]) + bytes(1536) + bytes(1536)
TEXTS = st.text(max_size=9).filter(lambda text: max(text, default="") < "\ud800")
VALUES: st.SearchStrategy[Value] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(allow_nan=False), TEXTS),
    lambda inner: st.dictionaries(TEXTS.filter(bool), inner, max_size=3),
    max_leaves=6,
)


def command(*values: Value) -> bytes:
    return chunked(3, COMMAND, written(*values))


def publishing(app: str, key: str) -> bytes:
    """All that a publisher says until it may send."""
    return b"".join(
        (
            HELLO,
            command("connect", 1.0, {"app": app, "flashVer": "x" * 200}),
            chunked(2, SET_CHUNK_SIZE, struct.pack(">I", 4096)),
            command("releaseStream", 2.0, None, key),
            command("createStream", 4.0, None),
            command("publish", 5.0, None, key, "live"),
        )
    )


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_publisher_is_heard_whatever_the_pieces(size: int) -> None:
    session = Session("live/key")
    said = publishing("live", "key")
    for at in range(0, len(said), size):
        session.take(said[at : at + size])
    assert session.stage is Stage.ASKED
    answers = session.to_send()
    assert answers[0] == 3
    assert b"NetConnection.Connect.Success" in answers
    session.accept()
    assert b"NetStream.Publish.Start" in session.to_send()
    picture = bytes([0x17, 1, 0, 0, 0]) + bytes(5000)
    for byte in chunked(6, VIDEO, picture[:100], 1):
        session.take(bytes([byte]))
    flv = session.flv()
    assert flv.startswith(b"FLV\x01")
    assert flv[13:24] == bytes([9, 0, 0, 100, 0, 0, 0, 0, 0, 0, 0])
    assert flv[24:124] == picture[:100]
    assert flv[124:] == struct.pack(">I", 111)


@pytest.mark.parametrize(("app", "key"), [("live", "kex"), ("other", "key"), ("live", "")])
def test_a_wrong_key_is_refused(app: str, key: str) -> None:
    session = Session("live/key")
    session.take(publishing(app, key))
    assert session.stage is Stage.WRONG_KEY
    session.refuse("the key is wrong")
    assert b"the key is wrong" in session.to_send()
    assert session.flv() == b""


@pytest.mark.parametrize("name", ["connect", "createStream"])
def test_what_is_no_number_is_not_sent_back(name: str) -> None:
    """A list and a long text cannot be written: that would end the port for everybody."""
    empty_list, long_text = bytes([10]) + bytes(4), bytes([2, 0xEA, 0x60]) + b"\xff" * 60_000
    for number in (empty_list, long_text):
        session = Session("live/key")
        session.take(HELLO + chunked(3, COMMAND, written(name) + number))
        assert b"_result" in session.to_send()


def test_nobody_sends_pictures_before_the_key() -> None:
    session = Session("live/key")
    session.take(HELLO + chunked(6, VIDEO, bytes(100), 1))
    assert session.flv() == b""
    with pytest.raises(ValueError, match="before it may"):
        session.take(
            chunked(2, SET_CHUNK_SIZE, struct.pack(">I", 1 << 20))
            + bytes([6, 0, 0, 0, 1, 0, 1, 9, 0, 0, 0, 0])
            + bytes(65537)
        )


def test_a_late_timestamp_and_one_above_24_bits_arrive() -> None:
    reader = ChunkReader()
    extended = bytes([6]) + b"\xff\xff\xff" + bytes([0, 0, 200, 9]) + bytes(4)
    late = struct.pack(">I", 0x01000005)
    data = extended + late + bytes(128) + bytes([0xC6]) + late + bytes(72)
    data += bytes([0x46]) + bytes([0, 0, 40, 0, 0, 3, 9]) + b"abc" + bytes([0xC6]) + b"def"
    assert [*reader.messages(data)] == [
        Message(9, 0x01000005, bytes(200)),
        Message(9, 0x01000005 + 40, b"abc"),
        Message(9, 0x01000005 + 80, b"def"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        bytes([0xC5, 0]),  # a channel without a head
        bytes([5, *bytes(3), 0, 1, 0, 9, *bytes(4), *bytes(128), 5, *bytes(11)]),  # one in another
        chunked(2, SET_CHUNK_SIZE, bytes(4)),
        chunked(2, SET_CHUNK_SIZE, bytes(2)),
    ],
)
def test_chunks_that_make_no_sense_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="channel|inside|size|short"):
        list(ChunkReader().messages(data))


def test_unfinished_messages_are_bounded() -> None:
    reader = ChunkReader()
    list(reader.messages(chunked(2, SET_CHUNK_SIZE, struct.pack(">I", 1 << 23))))
    begun = [
        bytes([channel, *bytes(3), 0xFF, 0xFF, 0xFF, 9, *bytes(4)]) + bytes(1 << 23)
        for channel in range(3, 9)
    ]
    with pytest.raises(ValueError, match="too large"):
        list(reader.messages(b"".join(begun)))


@given(VALUES)
def test_values_are_read_as_they_were_written(value: Value) -> None:
    assert read_values(written(value)) == [value]


@given(st.binary(max_size=60))
def test_garbage_is_no_value_or_some(data: bytes) -> None:
    with suppress(ValueError):
        read_values(data)


def test_deep_values_are_refused() -> None:
    with pytest.raises(ValueError, match="deeply"):
        read_values(b"\x03\x00\x01a" * 20)


@settings(max_examples=60)
@given(st.lists(st.binary(max_size=200), max_size=5), st.booleans())
def test_garbage_never_publishes(pieces: list[bytes], is_greeted: bool) -> None:
    session = Session("live/key")
    try:
        if is_greeted:
            session.take(HELLO)
        for piece in pieces:
            session.take(piece)
    except ValueError:
        pass
    assert session.flv() == b""


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("rtmp://0.0.0.0/live/key", ListenAddress("0.0.0.0", 1935, "live/key")),
        ("rtmp://[::]:19/a/b/c?d", ListenAddress("::", 19, "a/b/c?d")),
        ("RTMP://localhost:1/live/key", ListenAddress("localhost", 1, "live/key")),
    ],
)
def test_an_address_is_read(text: str, address: ListenAddress) -> None:
    found = parse_listen(text)
    assert found == address
    assert "key" not in repr(found)


def test_an_address_may_stand_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "input"
    path.write_text("rtmp://0.0.0.0/live/key\nwhatever\n")
    assert parse_listen(f"@{path}").path == "live/key"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="cannot read .*: it is no text"):
        parse_listen(f"@{path}")


@pytest.mark.parametrize(
    "text",
    [
        *("rtmp://0.0.0.0/secret", "rtmps://0.0.0.0/live/secret", "rtmp://0.0.0.0:0/live/secret"),
        *("rtmp://0.0.0.0:70000/live/secret", "rtmp://me.example/live/secret", "secret"),
        "@/secret",
        *("rtmp://0.0.0.0//secret", "rtmp://0.0.0.0/live/", "rtmp://0.0.0.0/live/sec ret"),
    ],
)
def test_what_is_no_address_is_refused_without_the_key(text: str) -> None:
    with pytest.raises(UsageError, match="^listen ") as refusal:
        parse_listen(text)
    assert text.startswith("@") or "secret" not in str(refusal.value)


def test_flv_of_a_session_is_what_pyav_reads(tmp_path: Path) -> None:
    path = tmp_path / "a.flv"
    with av.open(str(path), "w") as made:
        stream = made.add_stream("flv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        black = av.VideoFrame.from_ndarray(np.zeros((72, 64), np.uint8), format="yuv420p")
        for packet in stream.encode(black):
            made.mux(packet)
        made.mux(stream.encode(None))
    session = Session("live/key")
    session.take(publishing("live", "key"))
    session.accept()
    tags = path.read_bytes()[13:]
    while tags:
        size = int.from_bytes(tags[1:4], "big")
        if tags[0] == VIDEO:
            head = bytes([6, *bytes(3)]) + tags[1:4] + bytes([VIDEO, 1, 0, 0, 0])
            session.take(head + tags[11 : 11 + size])
        tags = tags[15 + size :]
    with av.open(io.BytesIO(session.flv()), "r", format="flv") as read:
        assert [(each.width, each.height) for each in read.decode(video=0)] == [(64, 48)]
