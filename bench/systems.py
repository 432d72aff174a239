"""The systems under test: how each is installed, started, and opened in a browser.

A system is a function that takes the run and gives, for the length of a `with`, where its page is.
Adding a system is adding a function and a line to SYSTEMS.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from stage import BENCH, Child, free_port, running, wait_until_answers

REPOSITORY = BENCH.parent
VENVS = Path.home() / ".cache" / "samescreen-bench"
REQUIREMENTS = {
    "baseline": BENCH / "requirements.txt",
    "selkies": BENCH / "requirements-selkies.txt",
    "charts": BENCH / "requirements-charts.txt",
}
LOOPBACK = "127.0.0.1"
ORIGINS = {
    "localhost": "http://localhost",
    "lan.test": "http://lan.test",
    "https": "https://localhost",
}
"""How a page is opened, without the port."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run is of."""

    system: str
    scene: str
    width: int
    height: int
    host: str
    browser: str
    decoder: str
    display: str
    """The shared screen; empty for a system that shares none."""
    stamps: Path
    source: str = "screen"
    """What samescreen shares, in its own words."""
    options: tuple[str, ...] = ()
    """More of samescreen's own."""
    cores: int = 0
    """How many the server has for itself; 0: all processes may use all."""
    token: str = ""
    """Of samescreen's viewer link; "": everybody may watch."""
    env: tuple[tuple[str, str], ...] = ()
    """What else leads to the shared desktop."""

    def shared_on(self, display: str) -> Run:
        return replace(self, display=display)

    def led_by(self, env: Mapping[str, str]) -> Run:
        """The same on the desktop to which this environment leads."""
        return replace(self, display=env.get("DISPLAY", ""), env=tuple(env.items()))

    @property
    def vnc(self) -> Path | None:
        """The socket file on which the shared X server must serve VNC; None: it need not."""
        return self.stamps.with_name("vnc") if self.system == "novnc" else None


@dataclass(frozen=True, slots=True)
class Served:
    """A system that runs and can be opened."""

    url: str
    port: int
    server: Child


System = Callable[[Run], AbstractContextManager[Served]]


def install(name: str) -> Path:
    """The interpreter of this system's own environment, made when it is missing or outdated."""
    place, wanted = VENVS / name, REQUIREMENTS[name].read_text()
    python, stamp = place / "bin" / "python", place / "installed.txt"
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"installing {name} into {place} …", file=sys.stderr)
        venv.create(place, clear=True, symlinks=True, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--requirement"]
        subprocess.run([*pip, str(REQUIREMENTS[name])], check=True, timeout=900)
        stamp.write_text(wanted)
    return python


def version(name: str) -> str:
    """What is being measured, in a word."""
    match name:
        case "samescreen" | "sway" | "mutter":
            return _output([*_samescreen_command(), "--version"])
        case "selkies":
            code = "import importlib.metadata as m; print(m.version('selkies'))"
            return _output([install(name), "-c", code])
        case "baseline" | "baseline-bitmap":
            code = "import importlib.metadata as m; print('flask', m.version('flask'))"
            return _output([install("baseline"), "-c", code])
    return ""


@contextmanager
def samescreen(run: Run) -> Iterator[Served]:
    """This project, from the checkout's own environment when there is one."""
    port = free_port()
    access = ("--token", run.token) if run.token else ("--no-access-control",)
    command = [
        *_samescreen_command(), "share", run.source, *access, "--host", LOOPBACK,
        "--port", str(port), "--allow-host", "lan.test", *run.options,
    ]  # fmt: skip
    env = {"DISPLAY": run.display, "PYTHONPATH": str(REPOSITORY / "src"), **dict(run.env)}
    with running("samescreen", command, env=env) as server:
        wait_until_answers(f"http://{LOOPBACK}:{port}/healthz", server)
        query = "" if run.decoder == "auto" else f"?decoder={run.decoder}"
        fragment = f"#token={run.token}" if run.token else ""
        yield Served(f"{ORIGINS[run.host]}:{port}/{query}{fragment}", port, server)


def baseline(run: Run) -> AbstractContextManager[Served]:
    """The 60-line script."""
    return _script(run)


def baseline_bitmap(run: Run) -> AbstractContextManager[Served]:
    """The script with a page that decodes better: how much of the difference is the page's."""
    return _script(run, "bitmap")


@contextmanager
def _script(run: Run, *arguments: str) -> Iterator[Served]:
    port = free_port()
    command = [install("baseline"), BENCH / "baseline.py", str(port), *arguments]
    with running("baseline", command, env={"DISPLAY": run.display}) as server:
        wait_until_answers(f"http://{LOOPBACK}:{port}/", server)
        yield Served(f"{ORIGINS[run.host]}:{port}/", port, server)


@contextmanager
def selkies(run: Run) -> Iterator[Served]:
    """Selkies from PyPI in its WebSocket mode, attached to the screen that is there."""
    port = free_port()
    python = install("selkies")
    command = [
        python.with_name("selkies"), "--mode", "websockets", "--addr", LOOPBACK,
        "--port", str(port), "--enable-basic-auth", "false", "--enable-https", "false",
        "--audio-enabled", "false", "--microphone-enabled", "false",
        "--gamepad-enabled", "false", "--enable-resize", "false", "--framerate", "60",
        "--ui-show-sidebar", "false", "--file-transfers", "",
    ]  # fmt: skip
    with running("selkies", command, env={"DISPLAY": run.display}) as server:
        wait_until_answers(f"http://{LOOPBACK}:{port}/", server)
        yield Served(f"{ORIGINS[run.host]}:{port}/", port, server)


@contextmanager
def novnc(run: Run) -> Iterator[Served]:
    """noVNC of Debian's packages; the shared screen is TigerVNC's own X server, see `Run.vnc`."""
    port = free_port()
    command = [
        "websockify", "--web", "/usr/share/novnc", f"--unix-target={run.vnc}",
        f"{LOOPBACK}:{port}",
    ]  # fmt: skip
    with running("novnc", command) as server:
        wait_until_answers(f"http://{LOOPBACK}:{port}/vnc.html", server)
        query = "autoconnect=true&resize=off&reconnect=false"
        yield Served(f"{ORIGINS[run.host]}:{port}/vnc.html?{query}", port, server)


def local(run: Run) -> AbstractContextManager[Served]:
    """No sharing: a page that paints the scene by itself. The floor for any system."""
    return _drawing(run, "floor.py")


def pushed(run: Run) -> AbstractContextManager[Served]:
    """A program that draws the scene itself and pushes it into a Share."""
    return _drawing(run, "pushed.py")


@contextmanager
def _drawing(run: Run, program: str) -> Iterator[Served]:
    port = free_port()
    command = [
        sys.executable, BENCH / program, "--port", str(port), "--scene", run.scene,
        "--size", f"{run.width}x{run.height}", "--stamps", run.stamps,
    ]  # fmt: skip
    env = {"PYTHONPATH": str(REPOSITORY / "src")}
    with running(Path(program).stem, command, env=env) as server:
        wait_until_answers(f"http://{LOOPBACK}:{port}/", server)
        yield Served(f"{ORIGINS[run.host]}:{port}/", port, server)


SYSTEMS: dict[str, System] = {
    "samescreen": samescreen,
    "sway": samescreen,
    "mutter": samescreen,
    "baseline": baseline,
    "baseline-bitmap": baseline_bitmap,
    "selkies": selkies,
    "novnc": novnc,
    "local": local,
    "pushed": pushed,
}
UNPAINTED = ("local", "pushed")
"""They draw the scene by themselves: no X screen is painted or shared."""


def _samescreen_command() -> list[str]:
    installed = REPOSITORY / ".venv" / "bin" / "samescreen"
    return [str(installed)] if installed.exists() else [sys.executable, "-m", "samescreen"]


def _output(command: Sequence[object]) -> str:
    parts = [str(part) for part in command]
    result = subprocess.run(parts, capture_output=True, text=True, timeout=30, check=False)
    return result.stdout.strip().splitlines()[-1] if result.stdout.strip() else ""
