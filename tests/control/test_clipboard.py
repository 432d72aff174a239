"""The clipboard's thread on a real X server: both directions, INCR, programs that hang, echoes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

import pytest
import xcffib

from samescreen.control.clips import MAX_TEXT_BYTES, Clip, ClipKind
from samescreen.control.x11 import owning, reading
from samescreen.control.x11.clipboard import ClipboardThread
from samescreen.control.x11.owning import content_of, content_of_files
from samescreen.control.x11.selections import ORIGIN, SECRET, SelectionConnection
from tests.conftest import StartXServer
from tests.control.png import png
from tests.control.selection_client import copied, program
from tests.stage.timing import MS, eventually
from tests.stage.x_client import connected

pytestmark = pytest.mark.display
HELLO = Clip(ClipKind.TEXT, "héllo, 你好\n".encode())


@dataclass(slots=True)
class Reports:
    thread: ClipboardThread
    clips: list[Clip] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    def put(self, clip: Clip) -> None:
        assert self.thread.put(content_of(clip)).result(5000 * MS)


@pytest.fixture
def display(x_server: StartXServer) -> str:
    return x_server(320, 240).display


@contextmanager
def clipboard(display: str, *, reads: bool = False) -> Iterator[Reports]:
    clips: list[Clip] = []
    refusals: list[str] = []
    thread = ClipboardThread(display, clips.append, refusals.append)
    thread.read(reads)
    thread.start()
    made = Reports(thread, clips, refusals)
    if reads:  # it watches once it can own
        assert thread.put(content_of(HELLO)).result(5000 * MS)
    try:
        yield made
    finally:
        thread.stop()
        assert thread.join(5000 * MS)


class Owner:
    """A server that lets us own the selection at any time."""

    def own(self, time: int) -> bool:
        return True


def test_news_of_an_owner_before_us_takes_nothing_away() -> None:
    ours = owning.Owning(cast(SelectionConnection, Owner()))
    assert ours.take(content_of(HELLO), 200)
    ours.lost(150)
    assert ours._content, "another program owned it in between"
    ours.lost(250)
    assert not ours._content


# --- from a viewer to programs --------------------------------------------------------------------


def test_programs_paste_what_a_viewer_set(display: str) -> None:
    with clipboard(display) as ours, program(display) as app:
        ours.put(HELLO)
        for target in ("UTF8_STRING", "text/plain;charset=utf-8", "text/plain"):
            assert app.paste(target) == HELLO.content
        assert app.paste("STRING") == "héllo, ??\n".encode("latin-1")
        assert app.paste("image/png") is None
        assert {"TARGETS", "TIMESTAMP", "MULTIPLE", "UTF8_STRING", ORIGIN} <= set(app.targets())
        time = app.ask("TIMESTAMP")
        reply = app.core.GetProperty(True, app.window, time.property, 0, 0, 1).reply()
        (since,) = reply.value.to_atoms()
        assert since != xcffib.CurrentTime
        assert app.ask("UTF8_STRING", time=since - 1).property == 0, "it was not the owner then"
        assert app.ask("UTF8_STRING", time=since).property != 0


def test_several_targets_at_once(display: str) -> None:
    with clipboard(display) as ours, program(display) as app:
        ours.put(HELLO)
        names = ("UTF8_STRING", "ONE", "image/png", "TWO", "STRING", "THREE")
        pairs = [app.atom(name) for name in names]
        into, kind = app.atom("INTO"), app.atom("ATOM_PAIR")
        app.core.ChangeProperty(0, app.window, into, kind, 32, 6, pairs)
        app.ask("MULTIPLE")
        reply = app.core.GetProperty(True, app.window, app.atom("INTO"), 0, 0, 64).reply()
        assert list(reply.value.to_atoms()) == [*pairs[:3], 0, *pairs[4:]]
        assert app._take(app.atom("ONE"))[1] == HELLO.content


def test_a_large_image_goes_in_parts(display: str) -> None:
    image = Clip(ClipKind.IMAGE, png(64, 64, padding=700_000))
    with clipboard(display) as ours, program(display) as app, program(display) as slow:
        ours.put(image)
        assert slow.paste("image/png", most_parts=2) != image.content
        assert app.paste("image/png") == image.content
        ours.put(HELLO)
        assert app.paste("UTF8_STRING") == HELLO.content


def test_a_program_that_stops_taking_is_dropped(
    display: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owning, "STUCK_US", 500_000)
    monkeypatch.setattr(owning, "_MOST_TRANSFERS", 1)
    image = Clip(ClipKind.IMAGE, png(64, 64, padding=400_000))
    with clipboard(display) as ours, program(display) as stuck, program(display) as app:
        ours.put(image)
        stuck.paste("image/png", most_parts=1)
        eventually(lambda: app.paste("image/png") == image.content, what="there is room again")


def test_a_window_that_closes_in_the_middle_changes_nothing(display: str) -> None:
    image = Clip(ClipKind.IMAGE, png(64, 64, padding=400_000))
    with clipboard(display) as ours, program(display) as app:
        ours.put(image)
        with program(display) as gone:
            gone.paste("image/png", most_parts=1)
        assert app.paste("image/png") == image.content


def test_files_are_offered_to_file_managers(display: str) -> None:
    content = content_of_files(("file:///home/a/one%20file", "file:///home/a/two"))
    with clipboard(display) as ours, program(display) as app:
        assert ours.thread.put(content).result(5000 * MS)
        assert app.paste("text/uri-list") == b"file:///home/a/one%20file\r\nfile:///home/a/two\r\n"
        copied_files = b"copy\nfile:///home/a/one%20file\nfile:///home/a/two"
        assert app.paste("x-special/gnome-copied-files") == copied_files


# --- from programs to viewers ---------------------------------------------------------------------


def test_what_programs_copy_is_read(display: str) -> None:
    texts = {"UTF8_STRING": b"a\r\nb", "image/png": png(2, 2)}
    with clipboard(display, reads=True) as ours:
        with copied(display, texts):
            eventually(lambda: len(ours.clips) == 1, what="the text is read")
        with copied(display, {"STRING": b"caf\xe9"}):
            eventually(lambda: len(ours.clips) == 2, what="a text of old is read")
        with copied(display, {"text/html": b"<img>", "image/png": png(2, 2)}):
            eventually(lambda: len(ours.clips) == 3, what="the image is read")
    assert ours.clips == [
        Clip(ClipKind.TEXT, b"a\nb"),
        Clip(ClipKind.TEXT, "café".encode()),
        Clip(ClipKind.IMAGE, png(2, 2)),
    ]


def test_a_large_image_comes_in_parts(display: str) -> None:
    image = png(64, 64, padding=700_000)
    with clipboard(display, reads=True) as ours, copied(display, {"image/png": image}):
        eventually(lambda: ours.clips, what="it is read")
    assert ours.clips == [Clip(ClipKind.IMAGE, image)]


def test_what_is_too_large_is_refused_in_words(display: str) -> None:
    text = {"UTF8_STRING": b"x" * (MAX_TEXT_BYTES + 1)}
    with clipboard(display, reads=True) as ours, copied(display, text):
        eventually(lambda: ours.refusals, what="it is refused")
    assert ours.refusals == ["the clipboard takes texts of at most 1 MiB"]
    assert ours.clips == []


@pytest.mark.parametrize("content", [{"UTF8_STRING": b"x" * 300_000}, {"UTF8_STRING": b"x"}])
def test_a_program_that_hangs_holds_up_nothing(
    display: str, monkeypatch: pytest.MonkeyPatch, content: dict[str, bytes]
) -> None:
    monkeypatch.setattr(reading, "STEP_US", 500_000)
    with clipboard(display, reads=True) as ours, program(display) as mute:
        if len(content["UTF8_STRING"]) > 1:
            with copied(display, content, hangs_after=1) as owner:
                eventually(lambda: "UTF8_STRING" in owner.asked, what="it is asked")
                ours.put(HELLO)
        else:
            mute.copy(content)  # and it never answers
        ours.put(HELLO)
        with program(display) as app:
            assert app.paste("UTF8_STRING") == HELLO.content
        with copied(display, {"UTF8_STRING": b"next"}):
            eventually(lambda: ours.clips, what="the next copy is read")
    assert ours.clips == [Clip(ClipKind.TEXT, b"next")]


def test_a_program_that_is_not_ready_is_asked_again(display: str) -> None:
    late = {"UTF8_STRING": b"late"}
    with clipboard(display, reads=True) as ours, copied(display, late, refusals=1):
        eventually(lambda: ours.clips, what="it is read")


def test_what_is_ours_or_secret_is_not_read(display: str) -> None:
    with clipboard(display, reads=True) as ours:
        ours.put(Clip(ClipKind.TEXT, b"from a viewer"))
        for mark in (SECRET, ORIGIN):
            with copied(display, {mark: b"secret", "UTF8_STRING": b"password"}) as owner:
                asked = owner.asked
                eventually(asked.copy, what="it is asked")
            assert asked == ["TARGETS"]
        with copied(display, {"UTF8_STRING": b"open"}):
            eventually(lambda: ours.clips, what="the next copy is read")
    assert ours.clips == [Clip(ClipKind.TEXT, b"open")]


def test_nothing_is_read_unless_somebody_may_see_it(display: str) -> None:
    with clipboard(display) as ours, copied(display, {"UTF8_STRING": b"private"}) as owner:
        ours.put(HELLO)
        ours.thread.read(True)
        owner.copy({"UTF8_STRING": b"for all"})
        eventually(lambda: ours.clips, what="the newer one is read")
    assert ours.clips == [Clip(ClipKind.TEXT, b"for all")]


def test_a_server_that_dies_ends_the_thread(x_server: StartXServer) -> None:
    server = x_server(320, 240)
    with clipboard(server.display) as ours:
        ours.put(HELLO)
        server.kill()
        eventually(lambda: not ours.thread.is_alive, what="it ends")
        assert ours.thread.put(content_of(HELLO)).result(1000 * MS) is False


def test_no_server_is_an_answer_too() -> None:
    thread = ClipboardThread(":9876", lambda clip: None, lambda why: None)
    done = thread.put(content_of(HELLO))
    thread.start()
    assert done.result(5000 * MS) is False
    assert thread.join(5000 * MS)


def test_the_thread_leaves_no_connection(display: str) -> None:
    with connected(display), clipboard(display) as ours:
        ours.put(HELLO)
    with program(display) as app:
        assert app.paste("UTF8_STRING") is None
