"""Names from outside, shown by a whole host: every viewer gets in, every answer can be read."""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path

import aiohttp
import pytest

from samescreen.capture.choose import OpenedSource, open_source
from samescreen.capture.testcard import TestCard
from samescreen.cli.log import PlainFormatter, set_up_logging
from samescreen.cli.outlet import Outlet
from samescreen.host import Host
from samescreen.hub.events import SourceStatus
from samescreen.labels import LONGEST_LABEL
from samescreen.share import Share
from tests.capture.recorded import record, shades
from tests.fakes import PATIENCE_S
from tests.host.hosting import HELLO, TOKEN, options
from tests.serve.conftest import CREDENTIALS

BEARER = {"Authorization": f"Bearer {TOKEN}"}
NOT_TEXT = os.fsdecode(b"x\xe9")
HOSTILE = ["\x1b]0;owned\x07", "a\u202eb", NOT_TEXT, "two\nlines", "n" * 230, "n" * 231, ""]


def named(name: str) -> OpenedSource:
    source = TestCard(320, 180)
    source.label = name
    return OpenedSource(source, name)


def assert_can_be_shown(text: str) -> None:
    text.encode()
    assert text.isprintable()


async def test_whatever_streams_are_called_viewers_get_in() -> None:
    async with (
        Host(options(tls="off"), *map(named, HOSTILE)) as host,
        aiohttp.ClientSession(f"http://127.0.0.1:{host.port}", headers=BEARER) as session,
    ):
        ids = list(host.hub.streams)
        assert len(ids) == len(HOSTILE)
        for wanted in ids:
            async with session.ws_connect("/ws") as ws:
                await ws.send_json(HELLO | {"stream": wanted})
                welcome = json.loads((await ws.receive(timeout=PATIENCE_S)).data)
                assert welcome["type"] == "welcome"
                assert welcome["watching"] == wanted
        for each in welcome["streams"]:
            for text in (each["stream"], each["name"]):
                assert_can_be_shown(text)
                assert len(text) <= LONGEST_LABEL
        async with session.get("/api/status") as answer:
            status = await answer.json()
            assert [each["stream"] for each in status["streams"]] == ids
        async with session.get("/metrics") as answer:
            for line in (await answer.text()).splitlines():
                assert_can_be_shown(line)


async def test_a_file_whose_name_is_no_text_is_opened_and_shown(tmp_path: Path) -> None:
    path = tmp_path / (NOT_TEXT + "\x1b[31m.mp4")
    record(tmp_path / "clip.mp4", shades(5))
    (tmp_path / "clip.mp4").rename(path)
    choice = open_source(f"file:{path}")
    async with (
        Host(options(tls="off"), choice) as host,
        aiohttp.ClientSession(f"http://127.0.0.1:{host.port}", headers=BEARER) as session,
        session.ws_connect("/ws") as ws,
    ):
        await ws.send_json(HELLO)
        welcome = json.loads((await ws.receive(timeout=PATIENCE_S)).data)
        assert welcome["streams"][0]["name"] == "x\ufffd [31m.mp4"
        while (await ws.receive(timeout=PATIENCE_S)).type is not aiohttp.WSMsgType.BINARY:
            pass


async def test_names_that_a_program_gives() -> None:
    shown = dict.fromkeys(filter(None, HOSTILE), "testcard")
    async with Share(shown, name="\x1b[31mred", host="127.0.0.1", port=0, tls="off") as share:
        assert share._host is not None
        names = [each.name for each in share._host.hub.streams.values()]
        assert names[0] == "[31mred"
        for name in names:
            assert_can_be_shown(name)


def test_what_becomes_of_a_source_is_said_on_one_visible_line() -> None:
    status = SourceStatus("lost", "source-lost", f"\x1b[2J{NOT_TEXT}\nx", "\x9b", ("\u202enote",))
    assert status.detail == "[2Jx\ufffd x"
    assert (status.backend, status.notes) == ("", ("note",))


@pytest.mark.parametrize("exception", [None, ValueError("\x1b]0;owned\x07\nforged")])
def test_no_name_drives_the_terminal_through_the_log(exception: Exception | None) -> None:
    raised = (type(exception), exception, None) if exception else None
    record = logging.LogRecord(
        "n", logging.INFO, __file__, 1, "%s", ("\x1b[2J\n2026 forged",), raised
    )
    lines = PlainFormatter().format(record).split("\n")
    assert len(lines) == (3 if exception else 1)
    for line in lines:
        assert_can_be_shown(line)


def test_lines_that_are_missing_from_a_log_of_json_are_json(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stderr", outlet := Outlet(lambda chunk: None, "utf-8"))
    monkeypatch.setattr(logging, "basicConfig", lambda **_: None)
    set_up_logging(options(json_logs=True).terminal, CREDENTIALS)
    entry = json.loads(outlet.say_dropped(3))
    assert entry["message"].startswith("3 lines are missing")
    assert entry["level"] == "warning"
