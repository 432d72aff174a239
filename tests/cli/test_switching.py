"""Another source, typed into the terminal while sharing."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
import time
from pathlib import Path

import pytest

from samescreen.capture.choose import OpenedSource
from samescreen.capture.hiding import CaptureRules
from samescreen.capture.testcard import TestCard
from samescreen.cli.switching import switch
from samescreen.cli.words import CHINESE
from samescreen.clock import clock_us
from samescreen.grants import BROUGHT, WATCH_ONLY, Grant
from samescreen.host import Host
from samescreen.hub.people import Person
from samescreen.options import ShareOptions
from samescreen.serve.links import VIEWER
from tests.cli.desk_stage import FakeConnection
from tests.fakes import FakePublisher
from tests.stage.timing import MS
from tests.stage.tools import end, python_environment, spawn


async def test_what_was_typed_is_answered_in_a_sentence() -> None:
    options = ShareOptions.of(host="127.0.0.1", port=0, tls="off")
    first, second = OpenedSource(TestCard(320, 180), "one"), OpenedSource(TestCard(160, 90), "two")
    async with Host(options, first, second) as host:
        assert await switch(host, "testcard") == "Sharing test card 1280×720 now."
        assert await switch(host, "2 testcard") == "Sharing test card 1280×720 now."
        assert [s.name for s in host.hub.streams.values()] == ["test card 1280×720"] * 2
        assert "is not a source" in await switch(host, "telescope")
        assert "--backend takes" in await switch(host, "testcard", CaptureRules("telescope"))
        assert "none is number 3" in await switch(host, "3 testcard")
        assert [s.stream_id for s in host.hub.streams.values()] == ["one", "two"]


async def test_streams_are_added_and_ended_by_their_number() -> None:
    options = ShareOptions.of(host="127.0.0.1", port=0, tls="off")
    async with Host(options, OpenedSource(TestCard(320, 180), "one")) as host:
        assert await switch(host, "+ testcard") == "Sharing test card 1280×720 as number 2."
        assert list(host.hub.streams) == ["one", "testcard"]
        assert await switch(host, "-1") == "Sharing test card 320×180 no more."
        assert list(host.hub.streams) == ["testcard"]
        now_none = "Nothing is shared now; type a source to share it."
        assert await switch(host, "- 1") == f"Sharing test card 1280×720 no more. {now_none}"
        assert await switch(host, "testcard") == "Sharing test card 1280×720 as number 1."
        assert list(host.hub.streams) == ["testcard"]


async def test_what_somebody_else_shows_is_not_replaced() -> None:
    options = ShareOptions.of(host="127.0.0.1", port=0, tls="off")
    async with Host(options) as host:
        host.hub.add("page", "the screen of Ann", FakePublisher())
        for line in ("testcard", "1 testcard"):
            assert await switch(host, line) == (
                "Nothing changed: number 1 is not a source of this machine; "
                "+ and a source shares one more."
            )
        assert await switch(host, "+ testcard") == "Sharing test card 1280×720 as number 2."
        assert await switch(host, "- 1") == "Sharing the screen of Ann no more."


async def test_a_file_is_offered_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "a b.txt").write_text("x", encoding="utf-8")
    options = ShareOptions.of(host="127.0.0.1", port=0, tls="off")
    async with Host(options, OpenedSource(TestCard(320, 180), "one")) as host:
        said = await switch(host, f"offer {tmp_path}/a b.txt")
        assert said == "Offering a b.txt: viewers who may fetch files can fetch it."
        assert [each.name for each in host.actions.transfers.offers.values()] == ["a b.txt"]
        for path, why in ((tmp_path, "it is no file"), (tmp_path / "b", "No such file")):
            assert why in await switch(host, f"offer {path}")
        assert "无法提供" in await switch(host, f"offer {tmp_path}", words=CHINESE)
        assert len(host.actions.transfers.offers) == 1
        assert list(host.hub.streams) == ["one"]


async def test_a_program_goes_on_when_the_terminal_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    options = ShareOptions.of(host="127.0.0.1", port=0, tls="off")
    async with Host(options, OpenedSource(TestCard(320, 180), "one")) as host:
        assert await switch(host, "give back") == "No program waits for your mouse and keyboard."
        monkeypatch.setattr(host.hub.control, "_kept_until_us", clock_us() + 60_000_000)
        assert host.actions.is_control_kept
        assert await switch(host, "give back") == "The program may go on."
        assert not host.actions.is_control_kept


async def test_what_others_show_is_typed_where_keys_cannot_work() -> None:
    options = ShareOptions.of(host="127.0.0.1", port=0, tls="off")
    async with Host(options, OpenedSource(TestCard(320, 180), "one")) as host:
        said = await switch(host, "show me")
        assert said.startswith("For one person to show a screen, once within 8 h: http://")
        assert await switch(host, "show me off") == "No link to show a screen is open."
        assert await switch(host, "ask Ann") == "Name one of these: –"
        people = host.hub.people
        for number, name in enumerate(("Ann", "Bob", "bob")):
            person = people.arrived(Person(name, VIEWER, f"192.0.2.{number}", WATCH_ONLY))
            person.name = name
            people.connect(person, FakeConnection(), Grant.WATCH)
        assert await switch(host, "ask ann") == "Ann is asked for a screen."
        assert await switch(host, "ask 192.0.2.1") == "Bob is asked for a screen."
        assert await switch(host, "ask bob") == "Name one of these: Bob, bob"
        assert await switch(host, "to all 1") == "All watch test card 320×180 now."
        assert await switch(host, "to all 0") == "All are back where they were."
        assert "none is number 2" in await switch(host, "to all 2")
        host.hub.people.barred = BROUGHT
        assert "--view-only" in await switch(host, "show me")


async def test_a_line_that_makes_no_sense_changes_nothing() -> None:
    options = ShareOptions.of(host="127.0.0.1", port=0, tls="off")
    async with Host(options, OpenedSource(TestCard(320, 180), "one")) as host:
        for line in ("+", "+ telescope", "- 2", "-0", "- one", "2", "1" * 5000 + " testcard"):
            assert (await switch(host, line)).startswith("Nothing changed: "), line
            assert list(host.hub.streams) == ["one"]


def test_at_a_terminal() -> None:
    """A real terminal, since only there anybody types."""
    controller, terminal = pty.openpty()
    process = spawn(
        [sys.executable, "-m", "samescreen", "testcard", "--host", "127.0.0.1", "--port", "0"],
        env=python_environment() | {"DISPLAY": "", "COLUMNS": "200", "TERM": "dumb"},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    try:
        read_until(controller, "Ctrl-C stops")
        os.write(controller, b"telescope\n")
        read_until(controller, "Nothing changed: 'telescope' is not a source")
        os.write(controller, b"testcard\n")
        read_until(controller, "Sharing test card 1280×720 now.")
        os.write(controller, b"+ testcard\n")
        read_until(controller, "Sharing test card 1280×720 as number 2.")
        os.write(controller, b"- 2\n")
        read_until(controller, "Sharing test card 1280×720 no more.")
        assert end(process, by=signal.SIGINT) == 0
    finally:
        os.close(controller)


def read_until(controller: int, words: str) -> None:
    seen, deadline_s = b"", time.monotonic() + 10_000 * MS
    while words.encode() not in seen:
        ready, _, _ = select.select([controller], [], [], max(0, deadline_s - time.monotonic()))
        assert ready, f"{words!r} did not come after {seen.decode(errors='replace')!r}"
        seen += os.read(controller, 65536)
