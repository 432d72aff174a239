"""What `share` prints: links, PIN, what is shared, and who watches."""

from __future__ import annotations

import io
import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from samescreen.cli import console
from samescreen.cli.console import plain_console
from tests.stage.timing import MS
from tests.stage.tools import end, python_environment, spawn

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Terminal:
    """The program with its standard output read line by line."""

    def __init__(self, *args: str, env: dict[str, str]) -> None:
        self.lines: list[str] = []
        self._more: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.process = spawn(
            [sys.executable, "-m", "samescreen", *args, "--host", "127.0.0.1", "--port", "0"],
            env=python_environment() | {"DISPLAY": "", "COLUMNS": "200"} | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def until(self, pattern: str) -> re.Match[str]:
        """The first line that matches."""
        while True:
            for line in self.lines:
                if match := re.search(pattern, line):
                    return match
            self.lines.append(self._more.get(timeout=10_000 * MS))

    def stop(self) -> tuple[int, str]:
        """Exit code and standard error."""
        code = end(self.process, by=signal.SIGINT)
        self._reader.join(5000 * MS)
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        errors = self.process.stderr.read()
        self.process.stdout.close()
        self.process.stderr.close()
        while not self._more.empty():
            self.lines.append(self._more.get())
        return code, errors

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._more.put(line.rstrip("\n"))


@contextmanager
def running(*args: str, env: dict[str, str] | None = None) -> Iterator[Terminal]:
    terminal = Terminal(*args, env=env or {})
    try:
        yield terminal
    finally:
        terminal.stop() if terminal.process.poll() is None else None


def test_the_welcome_says_how_to_watch() -> None:
    with running("testcard") as terminal:
        link = terminal.until(r"http://localhost:(\d+)/#token=([\w-]{22})$")
        terminal.until(rf"Encrypted +https://localhost:{link[1]}/#token={link[2]}$")
        pin = terminal.until(r"PIN +([0-9]{6})$")
        terminal.until(r"CA SHA-256 +([0-9A-F]{2}:){31}[0-9A-F]{2}$")
        assert terminal.until("Sharing test card 1280×720 · capture built in")
        terminal.until("Ctrl-C stops")
        url = f"http://127.0.0.1:{link[1]}"
        for secret in ({"token": link[2]}, {"pin": pin[1]}):
            headers = {"Origin": url, "Content-Type": "application/json"}
            body = json.dumps(secret).encode()
            request = urllib.request.Request(f"{url}/api/login", body, headers)
            with _DIRECT.open(request, timeout=5000 * MS) as answer:
                assert answer.status == 204
        assert terminal.stop() == (0, "")
        assert terminal.lines[-1] == "Stopped."
        assert not any("█" in line or "▀" in line for line in terminal.lines), "no QR on a pipe"


def test_the_welcome_names_sources_in_the_language_of_the_terminal() -> None:
    with running("testcard", env={"LC_ALL": "zh_CN.UTF-8"}) as terminal:
        terminal.until("正在共享 测试画面 1280×720 · 采集 内置 · ")


def test_on_a_machine_without_a_screen_one_line_says_why_the_test_card_is_shown() -> None:
    with running() as terminal:
        terminal.until("Sharing test card")
        notes = [line for line in terminal.lines if line.startswith("Note: ")]
        assert len(notes) == 1
        assert "sharing the test card, because" in notes[0]
        assert "DISPLAY is not set" in notes[0]


def test_without_access_control_it_says_so() -> None:
    with running("testcard", "--no-access-control") as terminal:
        terminal.until("everybody who reaches the port")
        terminal.until("Ctrl-C stops")
        for_others = [line for line in terminal.lines if "Host link" not in line]
        assert not any("#token" in line or "PIN" in line for line in for_others)
        assert len(for_others) == len(terminal.lines) - 1


def test_without_https_it_promises_none() -> None:
    with running("testcard", "--tls", "off") as terminal:
        terminal.until("Ctrl-C stops")
        assert not any("https" in line or "SHA" in line for line in terminal.lines)


def test_a_home_that_cannot_be_written_costs_one_line() -> None:
    nowhere = {"XDG_CONFIG_HOME": "/proc/nowhere"}
    with running("testcard", env=nowhere) as terminal:
        terminal.until("Encrypted +https://")
        terminal.until("Ctrl-C stops")
        notes = [line for line in terminal.lines if line.startswith("Note: ")]
        assert len(notes) == 1
        assert "for this run only" in notes[0]
        assert terminal.stop() == (0, "")


def test_json_logs_are_json() -> None:
    with running("testcard", "--json-logs", "--log-level", "debug") as terminal:
        terminal.until("Ctrl-C stops")
        code, errors = terminal.stop()
        assert code == 0
        for line in errors.splitlines():
            assert {"time", "level", "logger", "message"} <= json.loads(line).keys()


def test_the_log_names_people_and_reasons_and_always_what_the_host_does() -> None:
    with running("testcard", "--json-logs", "--log-level", "error") as terminal:
        host_link = terminal.until(r"Host link +http://localhost:(\d+)/\S*#token=([\w-]{22})$")
        url = f"http://127.0.0.1:{host_link[1]}/api/lock"
        headers = {
            "Authorization": f"Bearer {host_link[2]}", "Content-Type": "application/json"
        }  # fmt: skip
        request = urllib.request.Request(url, b'{"locked": true}', headers)
        with _DIRECT.open(request, timeout=5000 * MS) as answer:
            assert answer.status == 200
        code, errors = terminal.stop()
        assert code == 0
        (entry,) = map(json.loads, errors.splitlines())
        assert (entry["logger"], entry["event"]) == ("samescreen.audit", "lock")
        assert entry["actor"] == "127.0.0.1"


def test_what_is_printed_is_what_was_said() -> None:
    printed = io.StringIO()
    plain_console(printed).print("CA SHA-256 0F:AB:CL:1D [bold]title[/bold] :cat:")
    assert printed.getvalue() == "CA SHA-256 0F:AB:CL:1D [bold]title[/bold] :cat:\n"


def test_without_a_sound_server_one_line_says_so_and_the_picture_is_shared() -> None:
    nowhere = {"PULSE_SERVER": "unix:/nonexistent"}
    with running("testcard", "--audio", "output", env=nowhere) as terminal:
        note = terminal.until("Note: no sound").string
        assert "start PulseAudio or PipeWire" in note or "libpulse is not installed" in note
        terminal.until("Sharing test card")


@pytest.mark.parametrize(
    ("language", "said"), [("en_US", "not everything stopped"), ("zh_CN", "秒内未能全部停止")]
)
def test_what_does_not_stop_in_time_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], language: str, said: str
) -> None:
    codes: list[int] = []
    monkeypatch.setattr(console, "_STOP_S", 0.01)
    monkeypatch.setattr(os, "_exit", codes.append)
    monkeypatch.setenv("LC_ALL", f"{language}.UTF-8")
    console._leave_late()
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("samescreen: ")
    assert said in line
    assert codes == [1]
