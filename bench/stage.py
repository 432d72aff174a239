"""The stage: processes started and surely ended, X screens, a browser, what each costs.

Everything binds loopback. Children are ended by their own ids, with all they started.
"""

from __future__ import annotations

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

BENCH = Path(__file__).resolve().parent
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--kiosk",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=Translate,MediaRouter",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-proxy-server",
    "--password-store=basic",
    "--autoplay-policy=no-user-gesture-required",
    "--host-resolver-rules=MAP lan.test 127.0.0.1",
    "--window-position=0,0",
    # The certificate is of an authority made a moment ago, on this machine, for this machine.
    "--ignore-certificate-errors",
    "--test-type",  # without a banner that says so
)
PAINTING_S = 180
"""How long a scene may take to be drawn; the film at 3840×2160 takes a minute on a busy machine."""
FIREFOX_PREFERENCES = {
    "network.dns.localDomains": "lan.test",
    "network.proxy.type": 0,
    "browser.aboutwelcome.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.enabled": False,
    "media.autoplay.default": 0,
}


class StageError(Exception):
    """Something the bench needs did not come up; says what, and where its output is."""


class Child:
    """One process we started, and its descendants."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path) -> None:
        self.name, self.process, self.log = name, process, log
        self._ps = psutil.Process(process.pid)

    def tree(self) -> list[psutil.Process]:
        try:
            return [self._ps, *self._ps.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def cpu_s(self) -> float:
        """User and system seconds of the whole tree so far, ended children included."""
        total_s = 0.0
        for process in self.tree():
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total_s += times.user + times.system + times.children_user + times.children_system
        return total_s

    def require_alive(self) -> None:
        if self.process.poll() is not None:
            tail = self.log.read_text(errors="replace")[-1500:]
            raise StageError(f"{self.name} ended with code {self.process.returncode}:\n{tail}")

    def stop(self) -> None:
        family = self.tree()
        self.process.terminate()
        _, stubborn = psutil.wait_procs(family, timeout=5)
        for process in stubborn:
            process.kill()
        self.process.wait()


@contextmanager
def running(
    name: str,
    command: Sequence[object],
    *,
    env: Mapping[str, str] | None = None,
    stdout: int | None = None,
    pass_fds: Sequence[int] = (),
) -> Iterator[Child]:
    """A process for the length of a `with`; its output goes to a log file of its own."""
    with tempfile.NamedTemporaryFile(prefix=f"bench-{name}-", suffix=".log") as log:
        process = subprocess.Popen(
            [str(part) for part in command],
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=log if stdout is None else stdout,
            stderr=log,
            pass_fds=pass_fds,
            start_new_session=True,
        )
        child = Child(name, process, Path(log.name))
        try:
            yield child
        finally:
            child.stop()
            if process.stdout is not None:
                process.stdout.close()


@dataclass(frozen=True, slots=True)
class XServer:
    display: str
    child: Child


@contextmanager
def x_screen(width: int, height: int, vnc: Path | None = None) -> Iterator[XServer]:
    """An Xvfb on a free display, reachable through its socket file only.

    `vnc`: TigerVNC's X server instead, which serves VNC on this socket file.
    """
    reading, writing = os.pipe()
    command: list[object] = ["Xvfb", "-screen", "0", f"{width}x{height}x24"]
    if vnc is not None:
        command = [
            "Xtigervnc", "-geometry", f"{width}x{height}", "-depth", "24",
            "-SecurityTypes", "None", "-rfbunixpath", vnc, "-rfbport", "-1",
        ]  # fmt: skip
    command += ["-displayfd", str(writing), "-nolisten", "tcp", "-noreset"]
    with running("x-server", command, pass_fds=(writing,)) as child:
        os.close(writing)
        number = first_line(reading, child, timeout_s=15)
        os.close(reading)
        yield XServer(f":{number}", child)


@contextmanager
def painting(display: str, scene: str, size: tuple[int, int], stamps: Path) -> Iterator[Child]:
    """The painter, its first frame on the screen."""
    command = [
        sys.executable, BENCH / "painter.py", "--display", display, "--scene", scene,
        "--size", f"{size[0]}x{size[1]}", "--stamps", stamps,
    ]  # fmt: skip
    with running("painter", command, stdout=subprocess.PIPE) as child:
        assert child.process.stdout is not None
        first_line(child.process.stdout.fileno(), child, timeout_s=PAINTING_S)
        yield child


@contextmanager
def browser(
    name: str, display: str, url: str, size: tuple[int, int], flags: Sequence[str] = ()
) -> Iterator[Child]:
    """A real, headed browser with a fresh profile, showing this page and nothing else.

    `flags`: more of its own.
    """
    with ExitStack() as stack:
        profile = stack.enter_context(
            tempfile.TemporaryDirectory(prefix=f"bench-{name}-", ignore_cleanup_errors=True)
        )
        command = BROWSERS[name](Path(profile), size)
        yield stack.enter_context(running(name, [*command, *flags, url], env={"DISPLAY": display}))


def _chromium(profile: Path, size: tuple[int, int]) -> list[str]:
    window = f"--window-size={size[0]},{size[1]}"
    return ["chromium", *CHROMIUM_FLAGS, window, f"--user-data-dir={profile}"]


def _firefox(profile: Path, size: tuple[int, int]) -> list[str]:
    lines = [f'user_pref("{n}", {json.dumps(v)});\n' for n, v in FIREFOX_PREFERENCES.items()]
    (profile / "user.js").write_text("".join(lines))
    window = ["--width", str(size[0]), "--height", str(size[1])]
    return ["firefox-esr", "--no-remote", "--profile", str(profile), *window, "--kiosk"]


BROWSERS: dict[str, Callable[[Path, tuple[int, int]], list[str]]] = {
    "chromium": _chromium,
    "firefox": _firefox,
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_answers(url: str, child: Child, *, timeout_s: float = 30) -> None:
    """Poll a URL until the server behind it answers with anything at all."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline_s = time.monotonic() + timeout_s
    while time.monotonic() < deadline_s:
        child.require_alive()
        try:
            opener.open(url, timeout=2).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    raise StageError(f"{child.name} did not answer on {url} within {timeout_s:.0f} s")


@dataclass(frozen=True, slots=True)
class Traffic:
    """What a server's sockets have sent so far."""

    sent_bytes: int
    segments: int


def traffic(port: int) -> Traffic:
    """Sum over the established connections of this listening port, from the kernel's counters."""
    command = ["ss", "-tinHO", "state", "established", f"( sport = :{port} )"]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return Traffic(
        sum(int(count) for count in re.findall(r"\bbytes_sent:(\d+)", listing)),
        sum(int(count) for count in re.findall(r"\bdata_segs_out:(\d+)", listing)),
    )


def first_line(descriptor: int, child: Child, *, timeout_s: float) -> str:
    """A whole line: Xvfb writes the number and the line's end apart, and dies unheard."""
    line, deadline_s = b"", time.monotonic() + timeout_s
    while not line.endswith(b"\n"):
        left_s = max(0.0, deadline_s - time.monotonic())
        ready, _, _ = select.select([descriptor], [], [], left_s)
        more = os.read(descriptor, 100) if ready else b""
        if not more:
            child.require_alive()
            raise StageError(f"{child.name} was not ready within {timeout_s:.0f} s")
        line += more
    return line.decode().strip()


def end_on_signals() -> None:
    """Let SIGTERM unwind like Ctrl-C, so that nothing outlives the bench."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
