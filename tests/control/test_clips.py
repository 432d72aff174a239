"""What may travel between clipboards, and who may see it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.control.clips import (
    ECHO_US,
    MAX_IMAGE_BYTES,
    MAX_IMAGE_PX,
    MAX_TEXT_BYTES,
    Clip,
    ClipKind,
    Origins,
    clip_of,
    kind_of,
)
from samescreen.errors import UsageError
from tests.control.png import png

TEXT, IMAGE = ClipKind.TEXT, ClipKind.IMAGE
ALL = frozenset(("anna", "ben", "cleo"))


def text(words: str) -> Clip:
    return clip_of(TEXT, words.encode())


@given(st.sampled_from(ClipKind), st.binary(max_size=200))
def test_any_bytes_are_a_clip_or_one_sentence(kind: ClipKind, content: bytes) -> None:
    try:
        clip = clip_of(kind, content)
    except UsageError:
        return
    assert clip_of(kind, clip.content) == clip


def test_texts_are_utf8_with_line_feeds() -> None:
    assert clip_of(TEXT, "é\r\n好".encode()).content == "é\n好".encode()
    assert clip_of(TEXT, b"x" * MAX_TEXT_BYTES)
    for content in (b"", b"\0", b"\xff", b"x" * (MAX_TEXT_BYTES + 1)):
        with pytest.raises(UsageError, match="clipboard"):
            clip_of(TEXT, content)


def test_images_are_png_of_a_bearable_size() -> None:
    assert clip_of(IMAGE, png(3, 2)).kind is IMAGE
    bomb = png(1, 1)
    bomb = bomb[:16] + (MAX_IMAGE_PX + 1).to_bytes(4) + bomb[20:]
    flat = bomb[:16] + bytes(4) + bomb[20:]
    for content in (b"", b"GIF89a", bomb, flat, png(1, 1)[:20], png(1, 1, padding=MAX_IMAGE_BYTES)):
        with pytest.raises(UsageError, match="the clipboard takes images"):
            clip_of(IMAGE, content)


def test_content_types() -> None:
    assert kind_of("text/plain;charset=UTF-8") is TEXT
    assert kind_of("Image/PNG") is IMAGE
    for other in ("", "text/html", "image/svg+xml", "text", "image/png2"):
        assert kind_of(other) is None


def test_one_viewers_clip_never_reaches_another() -> None:
    origins = Origins()
    origins.put_by("anna", text("a secret"), 0)
    for later in (0, ECHO_US - 1):
        assert not origins.readers_of(text("a secret"), ALL, later)
    # Anna copies her own text in a program; a clipboard manager has trimmed it.
    assert origins.readers_of(text(" a secret\n"), ALL, 10 * ECHO_US) == {"anna"}
    assert origins.readers_of(text("of the host"), ALL, 20 * ECHO_US) == ALL
    assert origins.readers_of(text("a secret"), ALL - {"anna"}, 30 * ECHO_US) == frozenset()


def test_what_two_viewers_set_is_nobodys_news() -> None:
    origins = Origins()
    origins.put_by("anna", text("same"), 0)
    origins.put_by("ben", text("same"), 1)
    assert not origins.readers_of(text("same"), ALL, 10 * ECHO_US)


def test_an_image_that_a_clipboard_manager_wrote_anew_is_no_news() -> None:
    origins = Origins()
    origins.put_by("anna", clip_of(IMAGE, png(3, 2)), 0)
    assert not origins.readers_of(clip_of(IMAGE, png(3, 2, padding=9)), ALL, ECHO_US - 1)
    assert origins.readers_of(text("copied meanwhile"), ALL, ECHO_US - 1) == ALL
    assert origins.readers_of(clip_of(IMAGE, png(4, 2)), ALL, ECHO_US) == ALL


def test_a_page_on_the_shared_desktop_does_not_play_ping_pong() -> None:
    origins = Origins()
    assert origins.readers_of(text("ping"), ALL, 0) == ALL
    for turn in range(1, 10):
        assert not origins.readers_of(text("ping"), ALL, turn * ECHO_US // 2)
    assert origins.readers_of(text("ping"), ALL, 20 * ECHO_US) == ALL, "somebody copies it again"


@given(
    st.lists(
        st.tuples(st.sampled_from(["anna", "ben"]), st.sampled_from("xyz"), st.integers(0, 9)),
        max_size=20,
    ),
    st.sampled_from("xyz"),
)
def test_whatever_the_order(puts: list[tuple[str, str, int]], copied: str) -> None:
    origins, now_us = Origins(), 0
    for who, what, step in puts:
        now_us += step * ECHO_US // 4
        origins.put_by(who, text(what), now_us)
    setters = {who for who, what, _ in puts if what == copied}
    readers = origins.readers_of(text(copied), ALL, now_us + 10 * ECHO_US)
    assert readers == (setters if len(setters) == 1 else frozenset() if setters else ALL)
