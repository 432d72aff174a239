"""A real RTMP server, nginx with its rtmp module, and what a player gets from it."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.error import FFmpegError

from tests.stage.host_process import free_port
from tests.stage.tools import end, find_tool, spawn

MODULE: Final = "/usr/lib/nginx/modules/ngx_rtmp_module.so"
_QUICK: Final = {"analyzeduration": "500000"}
_CONF: Final = """
load_module {module};
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors info;
events {{}}
rtmp {{ server {{ listen 127.0.0.1:{port};
application live {{ live on; wait_key on; wait_video on; }} }} }}
"""


@dataclass(slots=True)
class Played:
    """What a player got. `brightest`: of the last picture; `times` of pictures in seconds."""

    sizes: set[tuple[int, int]]
    pictures: int
    keyframes: int
    sound_frames: int
    loudest: float
    brightest: int = 0
    times: tuple[float, ...] = ()


class RtmpServer:
    """nginx on a port of its own; may be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._nginx = find_tool("nginx", "/usr/sbin/nginx")
        if not Path(MODULE).exists():
            find_tool("libnginx-mod-rtmp")  # skips, or fails in CI
        self._folder = folder
        text = _CONF.format(module=MODULE, folder=folder, port=self.port)
        (folder / "conf").write_text(text)
        self._running: subprocess.Popen[str] | None = None

    def url(self, key: str = "a-secret-key") -> str:
        return f"rtmp://127.0.0.1:{self.port}/live/{key}"

    def start(self) -> None:
        folder = self._folder
        command = [self._nginx, "-p", str(folder), "-e", str(folder / "errors"), "-c", "conf"]
        self._running = spawn(command)

    def stop(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            end(running)

    @property
    def log(self) -> str:
        return (self._folder / "errors").read_text()


def play(url: str, seconds: float) -> Played:
    """Play so much of the stream; all of it is decoded. Blocks."""
    played = Played(set(), 0, 0, 0, 0.0)
    with av.open(url, options=_QUICK, timeout=(5, 5)) as container, suppress(FFmpegError):
        for packet in container.demux():
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    _saw(played, frame)
                elif isinstance(frame, av.AudioFrame):
                    played.sound_frames += frame.samples
                    played.loudest = max(played.loudest, float(np.abs(frame.to_ndarray()).max()))
            times = played.times
            is_enough = played.sound_frames and times and times[-1] - times[0] >= seconds
            if is_enough or played.sound_frames > (seconds + 8) * 48_000:
                break
    return played


def _saw(played: Played, frame: av.VideoFrame) -> None:
    played.pictures += 1
    played.keyframes += frame.key_frame
    played.sizes.add((frame.width, frame.height))
    played.brightest = int(frame.to_ndarray(format="gray").max())
    played.times = (*played.times, float(frame.time or 0))

