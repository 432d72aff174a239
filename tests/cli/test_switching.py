"""Another source, typed into the terminal while sharing."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
import time

from samescreen.capture.choose import OpenedSource
from samescreen.capture.testcard import TestCard
from samescreen.cli.switching import switch
from samescreen.host import Host
from samescreen.options import ShareOptions
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
        assert "--backend takes" in await switch(host, "testcard", "telescope")
        assert "none is number 3" in await switch(host, "3 testcard")
        assert [s.stream_id for s in host.hub.streams.values()] == ["one", "two"]


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
        assert end(process, by=signal.SIGINT) == 0
    finally:
        os.close(controller)


def read_until(controller: int, words: str) -> None:
    seen, deadline_s = b"", time.monotonic() + 10_000 * MS
    while words.encode() not in seen:
        ready, _, _ = select.select([controller], [], [], max(0, deadline_s - time.monotonic()))
        assert ready, f"{words!r} did not come after {seen.decode(errors='replace')!r}"
        seen += os.read(controller, 65536)
