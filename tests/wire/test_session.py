"""One viewer's protocol: hello first and once, versions, floods, what it accepts and shows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.errors import ProtocolError, VersionMismatch
from samescreen.media import Rendition
from samescreen.subscribe.dispatch import rule_of
from samescreen.wire.messages import PROTOCOL_VERSION, Ack, FromViewer, Hello, Need, Ping
from samescreen.wire.session import MAX_MESSAGE_BYTES, Session

SECOND_US = 1_000_000


def receive(session: Session, text: str | bytes, now_us: int) -> FromViewer:
    """As the host does: read, look the message up in the table, remember what it says."""
    message = session.read(text, now_us)
    rule_of(message, is_open=session.is_open)
    session.take(message)
    return message


def text(kind: str, **fields: Any) -> str:
    return json.dumps({"type": kind, **fields})


def hello(*accepts: str, version: int = PROTOCOL_VERSION, **more: Any) -> str:
    return text("hello", version=version, accepts=accepts or ("h264", "jpeg"), **more)


def opened(*accepts: str) -> Session:
    session = Session()
    receive(session, hello(*accepts), 0)
    return session


def test_a_session_opens_with_hello() -> None:
    assert not Session().is_open
    session = Session()
    assert isinstance(receive(session, hello(), 0), Hello)
    assert session.is_open
    assert receive(session, text("ping", sent_us=1), 1) == Ping(sent_us=1)


@pytest.mark.parametrize(
    "first",
    [text("ping", sent_us=1), text("need"), text("accepts", accepts=["h264"])],
)
def test_nothing_comes_before_hello(first: str) -> None:
    session = Session()
    with pytest.raises(ProtocolError, match="begins with one hello"):
        receive(session, first, 0)
    assert not session.is_open


def test_hello_comes_once() -> None:
    session = opened()
    with pytest.raises(ProtocolError, match="begins with one hello"):
        receive(session, hello(), 1)


@pytest.mark.parametrize("version", [0, PROTOCOL_VERSION + 1, -1])
def test_another_version_is_refused_with_words(version: int) -> None:
    session = Session()
    with pytest.raises(VersionMismatch, match="reload the page") as refused:
        receive(session, hello(version=version), 0)
    assert refused.value.close_code == 4426
    assert (refused.value.ours, refused.value.theirs) == (PROTOCOL_VERSION, version)
    assert not session.is_open


def test_a_program_may_be_one_version_behind_and_a_page_may_not() -> None:
    session = Session(is_program=True)
    message = receive(session, hello(version=PROTOCOL_VERSION - 1), 0)
    assert isinstance(message, Hello)
    assert session.version == PROTOCOL_VERSION - 1
    for version in (PROTOCOL_VERSION - 2, PROTOCOL_VERSION + 1):
        with pytest.raises(VersionMismatch):
            receive(Session(is_program=True), hello(version=version), 0)
    with pytest.raises(VersionMismatch):
        receive(Session(), hello(version=PROTOCOL_VERSION - 1), 0)


def test_a_program_of_the_version_before_may_send_fields_that_have_gone() -> None:
    session = Session(is_program=True)
    receive(session, hello(version=PROTOCOL_VERSION - 1), 0)
    acked = text("ack", rendition=0, sequence=1, decode_us=5, held_us=0, queue=1)
    assert isinstance(receive(session, acked, 1), Ack)
    assert isinstance(receive(session, text("need", what="keyframe"), 1), Need)


def test_hello_names_the_kinds_it_understands() -> None:
    session = Session()
    assert session.kinds == frozenset()
    receive(session, hello(kinds=["grants", "of-later"]), 0)
    assert session.kinds == {"grants", "of-later"}


def test_another_version_is_recognized_even_if_the_rest_is_unknown() -> None:
    with pytest.raises(VersionMismatch):
        receive(Session(), hello("av1", version=PROTOCOL_VERSION + 1), 0)


@pytest.mark.parametrize(
    ("accepts", "rendition"),
    [
        (("h264", "jpeg"), Rendition.MAIN),
        (("jpeg", "h264"), Rendition.MAIN),
        (("h264",), Rendition.MAIN),
        (("jpeg",), Rendition.JPEG),
    ],
)
def test_what_it_accepts_decides_what_it_gets(
    accepts: tuple[str, ...], rendition: Rendition
) -> None:
    assert opened(*accepts).rendition is rendition


def test_it_may_change_its_mind() -> None:
    session = opened("h264")
    renditions = [session.rendition]
    for accepts in (["jpeg"], ["h264"]):
        receive(session, text("accepts", accepts=accepts), 1)
        renditions.append(session.rendition)
    assert renditions == [Rendition.MAIN, Rendition.JPEG, Rendition.MAIN]


def test_visibility() -> None:
    session = opened()
    assert session.hidden is False
    for hidden in (True, True, False):
        receive(session, text("visibility", hidden=hidden), 1)
        assert session.hidden is hidden


def test_a_hidden_tab_may_say_hello() -> None:
    session = Session()
    receive(session, hello(hidden=True), 0)
    assert session.hidden is True


def test_a_flood_is_refused_and_a_page_is_not() -> None:
    busy = opened()
    for second in range(3):  # 60 acks, a ping, a report each second
        for step in range(62):
            receive(busy, text("ping", sent_us=1), second * SECOND_US + step * 16_000)
    flood = opened()

    def pour() -> None:
        for _ in range(1000):
            receive(flood, text("ping", sent_us=1), 500_000)

    with pytest.raises(ProtocolError, match="messages in a second"):
        pour()


def test_the_flood_limit_starts_afresh_each_second() -> None:
    session = opened()
    for second in range(1, 4):
        for _ in range(250):
            receive(session, text("ping", sent_us=1), second * SECOND_US)


def test_refused_messages_count_too() -> None:
    session = Session()
    reasons = set()
    for _ in range(400):
        with pytest.raises(ProtocolError) as refused:
            receive(session, "junk", 0)
        reasons.add("in a second" in str(refused.value))
    assert reasons == {False, True}


def test_every_message_of_a_page_is_far_below_the_limit() -> None:
    longest = text(
        "report",
        fps=59.940059940059,
        latency_us=2**53,
        decode_us=2**53,
        decoder="webcodecs",
        dropped=2**53,
    )
    assert len(longest) * 4 < MAX_MESSAGE_BYTES


@given(st.lists(st.text(max_size=30) | st.just(hello()), max_size=5))
def test_garbage_never_opens_a_session(texts: list[str]) -> None:
    session = Session()
    for each in texts:
        was_open = session.is_open
        try:
            receive(session, each, 0)
        except ProtocolError:
            assert session.is_open is was_open
        else:
            assert each == hello()


def test_it_listens_in_the_codec_it_asked_for_until_it_says_stop() -> None:
    session = opened()
    heard = [session.listens]
    for fields in ({"on": True}, {"on": True, "codec": "pcm"}, {"on": False}):
        receive(session, text("listen", **fields), 0)
        heard.append(session.listens)
    assert heard == [None, Rendition.OPUS, Rendition.PCM, None]
