"""A private X server (Xvfb): start, kill, start again on the same display, resize, look at it."""

from __future__ import annotations

import itertools
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

import numpy as np
import xcffib
import xcffib.randr
import xcffib.xproto

from samescreen.media import Pixels
from tests.stage.timing import MS
from tests.stage.tools import end, find_tool, spawn
from tests.stage.x_client import XClient, connected

_numbers: Final = itertools.count(1000 + os.getpid() % 500 * 100)
"""Each process of tests has a hundred of its own, from which nobody takes one while it is down."""


class XServer:
    """One Xvfb. Its size can shrink and grow again up to the one it was started with.

    `key_file`: as `xauth` writes it; only clients that show its key are let in.
    """

    def __init__(
        self,
        width: int = 1280,
        height: int = 720,
        *,
        depth: int = 24,
        without: Sequence[str] = (),
        key_file: Path | None = None,
    ) -> None:
        self._keys = ["-auth", str(key_file)] if key_file else []
        self._screen = f"{width}x{height}x{depth}"
        self._without = [word for name in without for word in ("-extension", name)]
        self._process: subprocess.Popen[str] | None = None
        self._number = ""

    @property
    def display(self) -> str:
        """What DISPLAY must hold; stays the same over `kill` and `start`."""
        return f":{self._number}"

    def start(self) -> Self:
        """Starts it, again on the display it had, and returns once it takes connections."""
        assert self._process is None, "already running"
        reader, writer = os.pipe()
        self._number = self._number or _free_number()
        command = [*self._command(), "-displayfd", str(writer)]
        command += ["-nolisten", "tcp", "-noreset", *self._without, *self._keys]
        try:
            # TERM, not KILL: Xvfb then removes its lock file and socket.
            self._process = spawn(command, dies_by="TERM", pass_fds=[writer])
        finally:
            os.close(writer)
        with os.fdopen(reader) as ready:
            is_ready = bool(ready.readline())
        if not is_ready:
            code, self._process = end(self._process), None
            raise RuntimeError(f"the X server ended with {code}: {' '.join(command)}")
        return self

    def _command(self) -> list[str]:
        return [find_tool("Xvfb"), self.display, "-screen", "0", self._screen]

    def kill(self) -> None:
        """As a crash does: every client loses its connection at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(5000 * MS)
            self._process = None

    def stop(self) -> None:
        if self._process is not None:
            end(self._process)
            self._process = None

    def resize(self, width: int, height: int) -> None:
        """Changes the screen's size through RandR, as `xrandr --mode` does."""
        with connected(self.display) as client:
            _set_mode(client, width, height)

    def picture(self) -> Pixels:
        """What the screen shows now, as RGB: shape (height, width, 3). Depth 24 only."""
        with connected(self.display) as client:
            size = client.core.GetGeometry(client.root).reply()
            image = client.core.GetImage(
                xcffib.xproto.ImageFormat.ZPixmap,
                client.root,
                0,
                0,
                size.width,
                size.height,
                0xFFFFFFFF,
            ).reply()
            assert image.depth == 24, f"depth {image.depth}"
            bgrx = np.frombuffer(bytes(image.data.buf()), np.uint8)
        return bgrx.reshape(size.height, size.width, 4)[:, :, 2::-1]


class VncServer(XServer):
    """One Xvnc, whose pixels are laid out as `pixel_format` says, such as "BGR888"; no VNC port."""

    def __init__(
        self, width: int, height: int, pixel_format: str, *, without: Sequence[str] = ()
    ) -> None:
        super().__init__(width, height, without=without)
        self._options = ["-geometry", f"{width}x{height}", "-pixelformat", pixel_format]

    def _command(self) -> list[str]:
        quiet = ["-rfbport", "-1", "-SecurityTypes", "None"]
        return [find_tool("Xvnc"), self.display, *self._options, *quiet]


def _free_number() -> str:
    taken = ("/tmp/.X{}-lock", "/tmp/.X11-unix/X{}")
    free = (n for n in _numbers if not any(Path(path.format(n)).exists() for path in taken))
    return str(next(free))


def _set_mode(client: XClient, width: int, height: int) -> None:
    randr = client.connection(xcffib.randr.key)
    randr.QueryVersion(1, 3).reply()
    root = client.root
    screen = randr.GetScreenResources(root).reply()
    crtc, output = screen.crtcs[0], screen.outputs[0]
    sizes = {(mode.width, mode.height): mode.id for mode in screen.modes}
    mode = sizes.get((width, height)) or _add_mode(randr, root, output, width, height)

    def show(mode: int, outputs: list[int]) -> None:
        status = randr.SetCrtcConfig(
            crtc,
            xcffib.xproto.Time.CurrentTime,
            screen.config_timestamp,
            0,
            0,
            mode,
            xcffib.randr.Rotation.Rotate_0,
            len(outputs),
            outputs,
        ).reply()
        assert status.status == xcffib.randr.SetConfig.Success, f"RandR: {status.status}"

    # A lit output must fit the screen at every step, so it goes dark for the change.
    show(xcffib.NONE, [])
    randr.SetScreenSizeChecked(root, width, height, width // 4, height // 4).check()
    show(mode, [output])


def _add_mode(
    randr: xcffib.randr.randrExtension, root: int, output: int, width: int, height: int
) -> int:
    name = f"{width}x{height}"
    timings = xcffib.randr.ModeInfo.synthetic(
        id=0,
        width=width,
        height=height,
        dot_clock=0,
        hsync_start=0,
        hsync_end=0,
        htotal=0,
        hskew=0,
        vsync_start=0,
        vsync_end=0,
        vtotal=0,
        name_len=len(name),
        mode_flags=0,
    )
    mode: int = randr.CreateMode(root, timings, len(name), name).reply().mode
    randr.AddOutputModeChecked(output, mode).check()
    return mode
