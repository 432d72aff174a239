"""The desktops that the painter paints on and samescreen shares: X11, sway, mutter.

sway and mutter run headless, as in the tests, and draw without a GPU. The portal before mutter is
the real one; the bench plays its dialog.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stage import BENCH, PAINTING_S, Child, first_line, painting, running, x_screen
from systems import Run

sys.path.insert(0, str(BENCH.parent))

from tests.stage.mutter import Mutter
from tests.stage.sway import Sway


@dataclass(frozen=True, slots=True)
class Desktop:
    """A desktop with the painter on it. `env` leads to it; `server` draws it."""

    env: Mapping[str, str]
    server: Child
    painter: Child

    @property
    def display(self) -> str:
        """The X server; "": there is none."""
        return self.env["DISPLAY"]


Open = Callable[[Run], AbstractContextManager[Desktop]]


@contextmanager
def x11(run: Run) -> Iterator[Desktop]:
    size = (run.width, run.height)
    with (
        x_screen(*size, run.vnc) as shared,
        painting(shared.display, run.scene, size, run.stamps) as painter,
    ):
        yield Desktop({"DISPLAY": shared.display}, shared.child, painter)


@contextmanager
def sway(run: Run) -> Iterator[Desktop]:
    server = Sway(run.width, run.height)
    try:
        server.start()
        with _painting(server.path, run) as painter:
            yield Desktop({**server.env, "DISPLAY": ""}, _child("sway", server.process), painter)
    finally:
        server.stop()


@contextmanager
def mutter(run: Run) -> Iterator[Desktop]:
    server = Mutter(run.width, run.height)
    before = {name: os.environ.get(name) for name in server.env}
    os.environ.update(server.env)
    try:
        server.start()
        server.share_monitor()
        with _painting(server.wayland, run) as painter:
            named = {"WAYLAND_DISPLAY": server.wayland.name, "XDG_CURRENT_DESKTOP": "fake"}
            env = {**server.env, **named, "DISPLAY": ""}
            yield Desktop(env, _child("mutter", server.process), painter)
    finally:
        server.stop()
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


DESKTOPS: dict[str, Open] = {"sway": sway, "mutter": mutter}
"""By the name of the system in `glass.py`; all others are on X11."""


@contextmanager
def _painting(path: Path, run: Run) -> Iterator[Child]:
    command = [
        sys.executable, BENCH / "painter.py", "--wayland", path, "--scene", run.scene,
        "--size", f"{run.width}x{run.height}", "--stamps", run.stamps,
    ]  # fmt: skip
    env = {"PYTHONPATH": str(BENCH.parent / "src")}
    with running("painter", command, env=env, stdout=subprocess.PIPE) as child:
        assert child.process.stdout is not None
        first_line(child.process.stdout.fileno(), child, timeout_s=PAINTING_S)
        yield child


def _child(name: str, process: Any) -> Child:
    return Child(name, process, Path(os.devnull))
