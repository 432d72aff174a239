"""The clipboard of a real sway. The programs are wl-copy, wl-paste and raw ones of the tests."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from samescreen.control.clips import MAX_TEXT_BYTES, Clip, ClipKind
from samescreen.control.wayland import selecting
from samescreen.control.wayland.selection import SeatSelection
from samescreen.control.x11.clipboard import ClipboardThread
from samescreen.control.x11.owning import content_of, content_of_files
from samescreen.control.x11.selections import ORIGIN, SECRET
from samescreen.wayland.desktop import Desktop
from tests.capture.wayland.fake_compositor import FakeCompositor
from tests.capture.wayland.test_fake_compositor import picture, rows
from tests.control.png import png
from tests.stage.census import nothing_leaks
from tests.stage.sway import Sway
from tests.stage.timing import MS, eventually
from tests.stage.tools import find_tool, spawn

pytestmark = pytest.mark.display
TEXT = "text/plain;charset=utf-8"
HELLO = Clip(ClipKind.TEXT, "héllo, 你好\n".encode())


@pytest.fixture(scope="module")
def sway() -> Iterator[Sway]:
    made = Sway(320, 200)
    yield made.start()
    made.stop()


@dataclass(slots=True)
class Clipboard:
    """The clipboard's thread, and what it said."""

    thread: ClipboardThread
    clips: list[Clip] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, path: Path) -> Clipboard:
        clips: list[Clip] = []
        refusals: list[str] = []
        return cls(ClipboardThread(str(path), clips.append, refusals.append), clips, refusals)

    def put(self, content: dict[str, bytes]) -> bool:
        return self.thread.put(content).result(5000 * MS)

    def until(self, *clips: Clip) -> None:
        eventually(lambda: self.clips == list(clips), what="the clips")


@pytest.fixture
def ours(sway: Sway) -> Iterator[Clipboard]:
    made = Clipboard.of(sway.path)
    with nothing_leaks():
        made.thread.read(True)
        made.thread.start()
        assert made.put(content_of(HELLO)), "it watches once it can own"
        yield made
        made.thread.stop()
        assert made.thread.join(5000 * MS)


class Program:
    """A program of the tests: what it offers, it gives by `give`."""

    def __init__(self, path: Path) -> None:
        self.desktop = Desktop(path)
        self.asked: list[int] = []
        self._control = SeatSelection(
            self.desktop, lambda offer: None, lambda source, kind, fd: self.asked.append(fd)
        )

    def copy(self, *types: str) -> None:
        self._control.own(types)
        self.desktop.connection.roundtrip()

    def until_asked(self) -> int:
        self.desktop.connection.wait_for(lambda: bool(self.asked), int(5_000_000_000 * MS))
        return self.asked[0]

    def close(self) -> None:
        self.desktop.close()


@pytest.fixture
def program(sway: Sway, ours: Clipboard) -> Iterator[Program]:
    made = Program(sway.path)
    yield made
    made.close()


def paste(sway: Sway, kind: str, *more: str) -> bytes:
    command = [find_tool("wl-paste"), "--no-newline", "--type", kind, *more]
    done = subprocess.run(
        command, env=os.environ | sway.env, capture_output=True, timeout=5000 * MS, check=False
    )
    return done.stdout


def copy(sway: Sway, content: bytes, kind: str = TEXT) -> None:
    """Copy it; wl-copy goes on in the background until something else is copied."""
    subprocess.run(
        [find_tool("wl-copy"), "--type", kind],
        env=os.environ | sway.env,
        input=content,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=5000 * MS,
        check=True,
    )


def test_programs_paste_what_a_viewer_set(sway: Sway, ours: Clipboard) -> None:
    for kind in (TEXT, "UTF8_STRING", "text/plain"):
        assert paste(sway, kind) == HELLO.content
    image = Clip(ClipKind.IMAGE, png(64, 64, padding=700_000))
    assert ours.put(content_of(image))
    assert paste(sway, "image/png") == image.content
    assert ours.put(content_of_files(("file:///tmp/a%20b",)))
    assert paste(sway, "text/uri-list") == b"file:///tmp/a%20b\r\n"
    assert ours.clips == [], "what we set is no news"


def test_viewers_see_what_programs_copy(sway: Sway, ours: Clipboard) -> None:
    image = Clip(ClipKind.IMAGE, png(64, 64, padding=300_000))
    copy(sway, HELLO.content)
    ours.until(HELLO)
    copy(sway, image.content, "image/png")
    ours.until(HELLO, image)
    copy(sway, b"x" * (MAX_TEXT_BYTES + 1))
    eventually(lambda: ours.refusals, what="why not")
    assert "at most 1 MiB" in ours.refusals[0]
    ours.thread.read(False)
    copy(sway, b"nobody reads this")
    assert ours.put(content_of(HELLO)), "so it has seen that selection come and go"
    ours.thread.read(True)
    copy(sway, b"again")
    ours.until(HELLO, image, Clip(ClipKind.TEXT, b"again"))


@pytest.mark.parametrize("mark", [SECRET, ORIGIN])
def test_a_secret_and_what_came_from_us_are_not_read(
    ours: Clipboard, program: Program, mark: str
) -> None:
    program.copy(TEXT, mark)
    program.copy("application/x-color")
    program.copy(TEXT)
    os.write(fd := program.until_asked(), b"open")
    os.close(fd)
    ours.until(Clip(ClipKind.TEXT, b"open"))
    assert len(program.asked) == 1


def test_a_program_that_gives_nothing_is_left(
    ours: Clipboard, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selecting, "READ_US", 100_000)
    program.copy(TEXT)
    fd = program.until_asked()

    def is_left() -> bool:
        try:
            os.write(fd, b"late")
        except BrokenPipeError:
            return True
        return False

    eventually(is_left, what="nobody reads any more")
    os.close(fd)
    assert ours.clips == []


def test_a_program_that_stops_taking_is_left(
    sway: Sway, ours: Clipboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selecting, "STUCK_US", 100_000)
    assert ours.put({TEXT: bytes(800_000)})
    stuck = spawn(
        [find_tool("wl-paste"), "--type", TEXT],
        env=os.environ | sway.env,
        stdout=subprocess.PIPE,  # which nobody reads
    )
    before = len(os.listdir("/proc/self/fd"))
    assert ours.put(content_of(HELLO))
    assert paste(sway, TEXT) == HELLO.content
    eventually(lambda: len(os.listdir("/proc/self/fd")) <= before, what="its pipe is closed")
    assert stuck.stdout is not None
    stuck.stdout.close()
    stuck.wait(5000 * MS)


def test_a_compositor_that_dies_ends_it() -> None:
    sway = Sway(320, 200).start()
    made = Clipboard.of(sway.path)
    made.thread.start()
    assert made.put(content_of(HELLO))
    sway.kill()
    assert made.thread.join(5000 * MS)
    assert not made.put(content_of(HELLO))
    sway.stop()


def test_a_compositor_without_a_clipboard_refuses(tmp_path: Path) -> None:
    with FakeCompositor(tmp_path, rows(picture())) as fake:
        made = Clipboard.of(Path(fake.env["XDG_RUNTIME_DIR"], fake.env["WAYLAND_DISPLAY"]))
        made.thread.start()
        assert not made.put(content_of(HELLO))
        assert made.thread.join(5000 * MS)
