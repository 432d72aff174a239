"""Does a recording hold what was shown, whatever happens, and what does it cost?

    .venv/bin/python bench/recording.py --seconds 60

Parts (`--part`, several times): `plays` records a moving window with a tone, resizes the screen
twice, decodes each file (PyAV, and ffprobe where it is installed) and plays it in Chromium to its
end. `killed` ends the host by SIGKILL and says how much is missing. `full` records to a disk of
1 MB (root only: it mounts a tmpfs). `cost` compares the host's CPU with and without a recording,
in turns, while somebody types and one page watches; and says which share of film's bytes the
keyframes are that a recording asks for. The columns are in bench/README.md.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import mean
from typing import Any

import av
import psutil
from playwright.sync_api import sync_playwright
from results import print_table
from stage import painting, x_screen
from stamps import Stamps

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "src")]

from tests.e2e.test_recording import HOST_TOKEN, PLAY, Api  # noqa: E402
from tests.record.footage import played  # noqa: E402
from tests.stage.browsers import fresh_page, launch  # noqa: E402
from tests.stage.host_process import TOKEN, HostProcess  # noqa: E402
from tests.stage.painted_window import PaintedWindow  # noqa: E402
from tests.stage.sound_server import SoundServer, tone  # noqa: E402
from tests.stage.x_server import XServer  # noqa: E402

SIZES = ((1280, 720), (1024, 576), (1152, 648))
SIZE = (1280, 720)
DISK = "1m"
TURNS = 4


@contextmanager
def moving(folder: Path, seconds: float, size: tuple[int, int]) -> Iterator[tuple[XServer, Any]]:
    """A screen with a window that moves, and what a host needs to hear a tone."""
    with ExitStack() as stack:
        sound = SoundServer(folder).start()
        stack.callback(sound.stop)
        server = XServer(*size)
        stack.callback(server.stop)
        server.start()
        stack.enter_context(PaintedWindow(server.display)).motion(30)
        stack.enter_context(sound.playing(tone(seconds + 20)))
        yield server, sound.env | {"DISPLAY": server.display}


@contextmanager
def recording(place: str | Path, env: Any, *more: str) -> Iterator[HostProcess]:
    """A host that shares the screen and records it."""
    options = ("--record", str(place), "--audio", "output", "--host-token", HOST_TOKEN)
    host = HostProcess("screen", *options, *more, env=env)
    try:
        yield host
    finally:
        host.stop()


def plays(seconds: float) -> None:
    """Three files of three sizes, each decoded and played to its end."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            moving(folder, seconds, SIZES[0]) as (server, env),
            recording(folder / "talk.mp4", env) as host,
        ):
            for size in SIZES:
                if size != SIZES[0]:
                    server.resize(*size)
                time.sleep(seconds / len(SIZES))
            api = Api(host)
            api("/api/recording", do="stop")
            paths = [folder / file["name"] for file in api.files()]
            seen = _in_chromium(host, [path.name for path in paths])
        print(f"\nplays: {seconds:.0f} s, a tone, the screen resized twice")
        rows = [_row(path, each) for path, each in zip(paths, seen, strict=True)]
        names = ("file", "size", "pictures", "keyframes", "video s", "sound s", "loud s")
        print_table([*names, "Chromium reached s", "of s", "shows", "ffprobe"], rows)


def _row(path: Path, seen: Any) -> tuple[object, ...]:
    found = played(path)
    loud_s = found.loud[1] - found.loud[0]
    return (
        path.name,
        "{}×{}".format(*found.size),
        found.pictures,
        found.keyframes,
        round(found.last_picture_s, 2),
        round(found.sound_s, 2),
        round(loud_s, 2),
        round(seen["reached"], 2),
        round(seen["duration"], 2),
        f"{seen['videoWidth']}×{seen['videoHeight']}",
        _ffprobe(path),
    )


def _ffprobe(path: Path) -> str:
    """What ffprobe says about the streams, or about errors in them."""
    program = shutil.which("ffprobe")
    if program is None:
        return "not installed"
    entries = ("-show_entries", "stream=codec_name,duration", "-of", "csv=p=0")
    done = subprocess.run(
        [program, "-v", "error", *entries, str(path)], capture_output=True, text=True, check=False
    )
    return done.stderr.strip() or " ".join(done.stdout.split())


def _in_chromium(host: HostProcess, names: list[str]) -> list[Any]:
    with ExitStack() as stack:
        playwright = stack.enter_context(sync_playwright())
        page = stack.enter_context(fresh_page(stack.enter_context(launch(playwright))))
        page.goto(host.url(f"/host#token={HOST_TOKEN}"))
        page.wait_for_selector('html[data-state="open"]', state="attached")
        return [page.evaluate(PLAY, f"api/recordings/file?name={name}") for name in names]


def killed(seconds: float) -> None:
    """How much is missing after SIGKILL."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with moving(folder, 30, SIZE) as (_, env), recording(folder / "talk.mp4", env) as host:
            api = Api(host)
            time.sleep(6)
            lasted_s = api.seconds()
            os.kill(host.pid, signal.SIGKILL)
        found = played(folder / "talk.mp4")
        missing_s = lasted_s - max(found.last_picture_s, found.sound_s)
        print(f"\nkilled: after {lasted_s:.2f} s by SIGKILL, {found.pictures} pictures play;")
        print(f"  {max(missing_s, 0):.2f} s are missing at the end")


def full(seconds: float) -> None:
    """A disk of 1 MB: the recording ends with one line, the share goes on."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        print("\nfull: left out, it needs root to mount a small disk")
        return
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory() as disk:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", disk]
        if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
            print("\nfull: left out, no small disk can be mounted here")
            return
        try:
            with (
                moving(Path(name), 60, SIZE) as (_, env),
                recording(Path(disk) / "talk.mp4", env) as host,
            ):
                api = Api(host)
                while api("/api/recordings")["recording"] is not None:
                    time.sleep(0.2)
                fault = api("/api/recordings")["fault"]
                with urllib.request.urlopen(host.url("/healthz"), timeout=5) as answer:
                    print(f"\nfull: a disk of {DISK}; the share answers {answer.status}")
                print(f"  {fault}")
            found = played(Path(disk) / "talk.mp4")
            print(f"  {found.pictures} pictures, {found.sound_s:.2f} s of sound play")
        finally:
            subprocess.run(["umount", disk], check=False)


def cost(seconds: float) -> None:
    """CPU with and without a recording while somebody types; keyframes' share of film's bytes."""
    alone, recorded = _watched("typing", lambda api, host, _: _turns(api, host, seconds))
    print(f"\ncost: {TURNS} turns of {seconds / TURNS:.0f} s each, typing, one page watches")
    rows = [(f"{mean(alone):.2f}", f"{mean(recorded):.2f}", f"{mean(recorded) - mean(alone):+.2f}")]
    print_table(("host CPU % alone", "recording", "difference"), rows)
    share, mbps = _watched("film", lambda api, _, place: _keyframes(api, place, seconds / 2))
    print_table(("film Mbit/s", "keyframes for the recording, % of bytes"), [(mbps, share)])


def _watched(scene: str, act: Callable[[Api, HostProcess, Path], Any]) -> Any:
    """What `act` returns about a host that shares this scene and that one page watches."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        screen = stack.enter_context(x_screen(*SIZE))
        Stamps(folder / "stamps", create=True)
        stack.enter_context(painting(screen.display, scene, SIZE, folder / "stamps"))
        options = ("--record", str(folder), "--host-token", HOST_TOKEN)
        host = HostProcess("screen", *options, env={"DISPLAY": screen.display})
        stack.callback(host.stop)
        playwright = stack.enter_context(sync_playwright())
        page = stack.enter_context(fresh_page(stack.enter_context(launch(playwright)), SIZE))
        page.goto(host.url(f"/#token={TOKEN}"))
        page.wait_for_selector('html[data-state="live"]', state="attached")
        return act(Api(host), host, folder)


def _turns(api: Api, host: HostProcess, seconds: float) -> tuple[list[float], list[float]]:
    process, found = psutil.Process(host.pid), ([], [])  # type: tuple[Any, Any]
    api("/api/recording", do="stop")
    for turn in range(2 * TURNS):
        is_recorded = turn % 2
        if is_recorded:
            api("/api/recording", do="start")
        time.sleep(1)
        process.cpu_percent()
        time.sleep(seconds / TURNS)
        found[is_recorded].append(process.cpu_percent())
        if is_recorded:
            api("/api/recording", do="stop")
    return found


def _keyframes(api: Api, folder: Path, seconds: float) -> tuple[str, str]:
    time.sleep(seconds)
    api("/api/recording", do="stop")
    return _share_of_keyframes(folder / api.files()[0]["name"])


def _share_of_keyframes(path: Path) -> tuple[str, str]:
    """The share of bytes in keyframes after the first one, in percent; and Mbit/s."""
    with av.open(str(path)) as container:
        packets = [each for each in container.demux(video=0) if each.pts is not None]
        later = [each.size for each in packets if each.is_keyframe][1:]
        every = sum(each.size for each in packets)
        span_s = float((packets[-1].pts - packets[0].pts) * packets[0].time_base)
    return f"{100 * sum(later) / every:.1f}", f"{every * 8 / span_s / 1e6:.1f}"


PARTS: dict[str, Callable[[float], None]] = {
    "plays": plays,
    "killed": killed,
    "full": full,
    "cost": cost,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--part", action="append", choices=PARTS)
    arguments = parser.parse_args()
    for part in arguments.part or PARTS:
        PARTS[part](arguments.seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
