"""The log: fields beside the message, and the audit that is always written."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator

import pytest

from samescreen.cli.log import AUDIT, JsonFormatter, set_up_logging
from samescreen.cli.outlet import Outlet
from samescreen.hub.acts import Acts
from samescreen.options import TerminalOptions
from samescreen.serve.access import Credentials

SECRETS = Credentials("a-token-for-tests", "314159", bytes(32), "h" * 22, bytes(32))


@pytest.fixture
def fresh_logging() -> Iterator[None]:
    root, audit = logging.getLogger(), logging.getLogger(AUDIT)
    before = root.handlers, root.level, audit.handlers, audit.level, audit.propagate
    root.handlers = []
    yield
    root.handlers, root.level, audit.handlers, audit.level, audit.propagate = before


def logged(
    monkeypatch: pytest.MonkeyPatch, options: TerminalOptions, *, is_terminal: bool = False
) -> list[str]:
    """The lines of the log after one act of the host and one line at level info."""
    taken: list[bytes] = []
    outlet = Outlet(taken.append, "utf-8", erase="<" if is_terminal else "")
    monkeypatch.setattr(sys, "stderr", outlet)
    set_up_logging(options, SECRETS)
    Acts(lambda: 0).did("Ada\n", "put-out", address="192.0.2.7", name="token=a-token-for-tests")
    logging.getLogger("samescreen.hub").info("nobody needs this")
    assert outlet.finish(5.0)
    return b"".join(taken).decode().replace("<", "").splitlines()


@pytest.mark.usefixtures("fresh_logging")
def test_the_audit_is_written_at_every_level_and_has_fields(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (line,) = logged(monkeypatch, TerminalOptions(json_logs=True, log_level="error"))
    entry = json.loads(line)
    assert entry["logger"] == "samescreen.audit"
    assert (entry["event"], entry["actor"]) == ("put-out", "Ada ")
    assert entry["address"] == "192.0.2.7"
    assert "a-token-for-tests" not in line


@pytest.mark.usefixtures("fresh_logging")
def test_without_json_it_is_one_plain_line(monkeypatch: pytest.MonkeyPatch) -> None:
    (line,) = logged(monkeypatch, TerminalOptions())
    assert "INFO samescreen.audit: put-out by Ada " in line


@pytest.mark.usefixtures("fresh_logging")
def test_at_a_terminal_the_panel_shows_acts_and_the_log_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert logged(monkeypatch, TerminalOptions(), is_terminal=True) == []


@pytest.mark.usefixtures("fresh_logging")
def test_at_a_terminal_json_logs_have_the_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = logged(monkeypatch, TerminalOptions(json_logs=True), is_terminal=True)
    assert [json.loads(line)["event"] for line in lines] == ["put-out"]


def test_fields_never_replace_what_the_log_says_of_itself() -> None:
    fields = {"level": "debug", "n": 3, "is_on": True, "none": None, "text": "a\x1b\nb"}
    record = logging.makeLogRecord({"levelname": "INFO", "msg": "x", "fields": fields})
    entry = json.loads(JsonFormatter().format(record))
    assert entry["level"] == "info"
    assert (entry["n"], entry["is_on"], entry["none"], entry["text"]) == (3, True, None, "a  b")
