"""The command as people run it: exit codes, one line for each error, help, environment, speed."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from samescreen.cli import main
from samescreen.option_values import flag
from samescreen.options import ENV_PREFIX, OPTIONS
from samescreen.version import __version__
from tests.conftest import ShareHost, StartXServer
from tests.stage.timing import MS
from tests.stage.tools import ROOT, python_environment

RunHere = Callable[..., "Done"]
FLAGS = [flag(each.name) for each in OPTIONS]
NO_DISPLAY = {"DISPLAY": ""}


def samescreen(
    *args: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A process of its own, run to its end: for what fails or only prints."""
    return subprocess.run(
        [sys.executable, "-m", "samescreen", *args],
        env=python_environment() | {"COLUMNS": "200"} | NO_DISPLAY | (env or {}),
        capture_output=True,
        text=True,
        timeout=20_000 * MS,
        check=False,
    )


@dataclass(frozen=True, slots=True)
class Done:
    """How a run in this process ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def run_here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> RunHere:
    """The same in this process, which takes milliseconds: for what ends before it shares."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("DISPLAY", "")

    def run(*args: str, **env: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["samescreen", *args])
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Done(ended.value.code, out, err)

    return run


@pytest.fixture
def help_text(run_here: RunHere) -> str:
    return run_here("share", "--help").out


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["share", "cinema:xyz"], 2, "'cinema:xyz' is not a source; there are: screen"),
        (["new", "640x480"], 2, "a command is missing: samescreen new 1280x720 -- xterm"),
        (["new", "--size", "wide", "--", "sh"], 2, "--size takes follow, fixed, not 'wide'"),
        (["new", "--fps", "0", "--", "sh"], 2, "--fps takes 1 to 240, not 0"),
        (["new", "--", "no-such-program", "-x"], 2, "there is no program 'no-such-program'"),
        (["source"], 2, "there is no command source; a similar one: sources"),
        (["share", "source"], 2, "'source' is not a source"),
        (["region:1,2"], 2, "'region:1,2' is not a source; there are: region:X,Y,W,H"),
        (["Screen"], 2, "'Screen' is not a source; there are: screen, screen:N"),
        ([__file__], 2, f"is a file; share it as file:{__file__}"),
        (["https://10.0.0.5:9000/#SECRET"], 2, "write host:LINK, for a film file:LINK"),
        (["new", "--dpi", "5", "--", "sh"], 2, "--dpi takes 48 to 480, not 5"),
        (["testcard", "--files-folder", __file__], 2, "is no folder: name another"),
        (["testcard", "--allow-host", "https://a.example"], 2, "--allow-host takes a name such as"),
        (["--view-only", "--allow", "control"], 2, "with --view-only nobody may do this"),
        (["--port"], 2, "--port needs a value (see samescreen share --help)"),
        (["ca"], 2, "a command is missing (see samescreen ca --help)"),
        (["ca", "renwe"], 2, "there is no command renwe; a similar one: renew (see"),
        (["file:~nobody-of-this-name/x"], 1, "there is no x"),
        (["testcard", "--backend", "x12"], 2, "x11, mss on this system, not"),
        (["--backend", "mss"], 1, "DISPLAY is not set"),
        (["testcard", "testcard"], 2, "shared once"),
        (["--fps", "0"], 2, "--fps takes 1 to 240, not 0"),
        (["--fps", "many"], 2, "--fps takes a whole number (see samescreen share --help)"),
        (["--prot", "1"], 2, "there is no option --prot; similar ones: --approve, --host, --port"),
        (["--token", "short"], 2, "--token takes 8 to 128"),
        (["--pin", "12"], 2, "--pin takes six digits"),
        (["--max-bitrate", "fast"], 2, "--max-bitrate takes a rate"),
        (["--log-level", "loud"], 2, "--log-level takes debug"),
        (["--tls", "on"], 2, "--tls takes auto, off, or CERT,KEY, not 'on'"),
        (["--base-path", "screen"], 2, "--base-path takes a path such as /screen"),
        (["--trusted-proxy", "proxy"], 2, "--trusted-proxy takes an address such as 10.0.0.7"),
        (["doctor", "extra"], 2, "this command takes no further words: extra"),
        (["screen"], 1, "DISPLAY is not set"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_an_error_is_one_line_that_names_the_cure(
    run_here: RunHere, args: list[str], code: int, says: str
) -> None:
    done = run_here(*args)
    assert (done.code, done.out) == (code, "")
    (line,) = done.err.splitlines()
    assert line.startswith("samescreen: ")
    assert says in line


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["--fps", "0"], 2),
        (["screen"], 1),
        (["testcard", "--host", "192.0.2.1"], 1),
        (["testcard", "--tls", "/nowhere/cert.pem,/nowhere/key.pem"], 1),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_as_a_process_it_ends_the_same_way(args: list[str], code: int) -> None:
    done = samescreen(*args)
    assert (done.returncode, done.stdout) == (code, "")
    assert len(done.stderr.splitlines()) == 1


def test_a_port_in_use(host_process: ShareHost) -> None:
    host = host_process("testcard")
    done = samescreen("testcard", "--host", "127.0.0.1", "--port", str(host.port))
    assert done.returncode == 1
    assert done.stderr == (
        f"samescreen: port {host.port} is in use; choose another: "
        f"--port {host.port + 1}, or --port 0\n"
    )


@pytest.mark.parametrize("how", ["--log-level debug", "=", "env"])
def test_a_traceback_only_when_asked_for(how: str) -> None:
    extra = {"=": ["--log-level=debug"], "env": []}.get(how, how.split())
    env = {"SAMESCREEN_LOG_LEVEL": "debug"} if how == "env" else None
    done = samescreen("screen", *extra, env=env)
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_the_version(run_here: RunHere) -> None:
    assert run_here("--version") == Done(0, f"samescreen {__version__}\n", "")


@pytest.mark.parametrize("args", [["--help"], ["-h"], ["share", "-h"], ["sources", "--help"]])
def test_help_is_fine(run_here: RunHere, args: list[str]) -> None:
    done = run_here(*args)
    assert (done.code, done.err) == (0, "")
    assert done.out


@pytest.mark.parametrize("option", FLAGS)
def test_every_option_is_in_the_help(help_text: str, option: str) -> None:
    assert re.search(rf"{option}\b", help_text)


def test_every_help_sentence_is_in_the_help(help_text: str) -> None:
    flowing = " ".join(help_text.split())
    for each in OPTIONS:
        assert each.metadata["spec"].help in flowing


@pytest.mark.parametrize("name", ["docs/cli.md", "docs/cli.zh-CN.md"])
def test_every_option_is_in_the_documents(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert [option for option in FLAGS if f"`{option}" not in text] == []


WRONG = {
    "fps": "0",
    "encoder": "x",
    "threads": "0",
    "quality": "0",
    "port": "-1",
    "allow_frame": "x",
    "allow_host": "http://x",
    "max_viewers": "0",
    "max_publishers": "0",
    "allow_via": "talk",
    "seal": "maybe",
    "max_bitrate": "x",
    "token": "x",
    "pin": "x",
    "host_token": "x",
    "tls": "x",
    "trusted_proxy": "x",
    "workers": "65",
    "base_path": "x",
    "tunnel": "x",
    "via": "x",
    "via_token": "x",
    "publish_token": "x",
    "backend": "x",
    "hide_window": "x" * 301,
    "hide_region": "x",
    "sign": "maybe",
    "show_marks": "maybe",
    "audio": "a\tb",
    "talk": "loud",
    "record": "a\tb.mp4",
    "keep_minutes": "-1",
    "output": "http://example.org/x",
    "files_folder": "a\tb",
    "offer": "a\tb",
    "log_level": "x",
    "no_access_control": "maybe",
    "approve": "maybe",
    "allow": "x",
    "view_only": "maybe",
    "open": "maybe",
    "json_logs": "maybe",
    "allow_sleep": "maybe",
    "quiet": "maybe",
}
"""A value that each option refuses, so that one knows it was read."""


@pytest.mark.parametrize("name", WRONG)
def test_an_option_can_be_set_by_its_environment_variable(run_here: RunHere, name: str) -> None:
    done = run_here("testcard", **{ENV_PREFIX + name.upper(): WRONG[name]})
    assert done.code == 2
    assert len(done.err.splitlines()) == 1


def test_every_option_has_an_environment_variable_that_is_tried() -> None:
    elsewhere = {"host"}  # below, in a process of its own
    assert set(WRONG) | elsewhere == {each.name for each in OPTIONS}


def test_an_option_beats_its_environment_variable(run_here: RunHere) -> None:
    assert "not 999" in run_here("--fps", "999", SAMESCREEN_FPS="0").err


def test_a_tunnel_without_its_tool_is_answered_with_the_line_that_installs_it(
    run_here: RunHere, tmp_path: Path
) -> None:
    done = run_here("testcard", "--tunnel", "cloudflared", PATH=str(tmp_path))
    assert done.code == 1
    assert done.err.startswith("samescreen: cloudflared is not installed; install it with: ")
    assert len(done.err.splitlines()) == 1
    chinese = run_here("testcard", "--tunnel", "cloudflared", PATH=str(tmp_path), LC_ALL="zh_CN")
    assert "未安装 cloudflared；安装命令：" in chinese.err


def test_the_host_comes_from_the_environment() -> None:
    done = samescreen("testcard", "--port", "0", env={"SAMESCREEN_HOST": "192.0.2.1"})
    assert "192.0.2.1" in done.stderr


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_cleanly_and_soon(host_process: ShareHost, by: signal.Signals) -> None:
    stopped = host_process("testcard").stop(by)
    assert stopped.code == 0
    assert stopped.took_s < 2000 * MS


def test_allowed_names_come_from_the_environment(host_process: ShareHost) -> None:
    host = host_process("testcard", env={"SAMESCREEN_ALLOW_HOST": "one.example two.example"})
    for name, status in [("one.example", 200), ("two.example", 200), ("three.example", 403)]:
        connection = http.client.HTTPConnection("127.0.0.1", host.port, timeout=5000 * MS)
        connection.request("GET", "/healthz", headers={"Host": name})
        assert connection.getresponse().status == status
        connection.close()


def test_sources_without_a_display(run_here: RunHere) -> None:
    done = run_here("sources")
    assert (done.code, done.err) == (0, "")
    assert [line.split()[0] for line in done.out.splitlines()] == ["testcard"]


@pytest.mark.display
def test_sources_with_a_display(run_here: RunHere, x_server: StartXServer) -> None:
    done = run_here("sources", DISPLAY=x_server(320, 200).display)
    assert done.code == 0
    assert done.out.split()[:2] == ["screen:1", "320×200"]


def best_of(count: int, *command: str) -> float:
    """The least processor time of some runs, in seconds: nothing of it waits for the machine."""
    times = []
    for _ in range(count):
        began_s = spent_s()
        subprocess.run(
            [sys.executable, *command], env=python_environment(), check=True, capture_output=True
        )
        times.append(spent_s() - began_s)
    return min(times)


def spent_s() -> float:
    """By this process's children; Windows does not count it: there it is the time of day."""
    spent = os.times()
    if sys.platform == "win32":
        return spent.elapsed
    return spent.children_user + spent.children_system


def test_the_import_is_quick() -> None:
    bare_s = best_of(5, "-c", "pass")
    assert best_of(5, "-c", "import samescreen") - bare_s <= 150 * MS


def test_the_help_is_quick() -> None:
    assert best_of(5, "-m", "samescreen", "--help") <= 400 * MS


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--fps", "0"), "--fps 的取值是 1 到 240，不能是 0"),
        (("--nonsense",), "没有选项 --nonsense"),
        (("telescope",), "'telescope' 不是来源；可用的有：screen"),
        (("screen",), "没有 X 显示"),
    ],
)
def test_its_errors_are_in_chinese_where_the_terminal_is(
    run_here: RunHere, arguments: tuple[str, ...], line: str
) -> None:
    done = run_here(*arguments, LC_ALL="zh_CN.UTF-8")
    assert line in done.err
    assert len(done.err.splitlines()) == 1


def test_a_relay_takes_no_option_that_needs_a_source(run_here: RunHere) -> None:
    for name in ("--fps", "--audio", "--via"):
        done = run_here("serve", name, "1")
        assert done.code == 2
        assert f"there is no option {name}" in done.err
    done = run_here("serve", SAMESCREEN_PUBLISH_TOKEN="short")
    assert done.code == 2
    assert done.err.startswith("samescreen: --publish-token takes 16 to 128")


def test_a_relay_is_named_whole_and_without_its_token(run_here: RunHere, tmp_path: Path) -> None:
    done = run_here("testcard", "--via", "https://a/#token=secret-of-a-relay", "--via-token", "x")
    assert done.code == 2
    assert "secret" not in done.err
    assert "--via needs" in run_here("testcard", "--via", "wss://a").err
    missing = f"file:{tmp_path / 'none'}"
    done = run_here("testcard", "--via", "wss://a", "--via-token", missing)
    assert done.code == 2
    assert "cannot read the file of --via-token: No such file or directory" in done.err


def test_a_wrong_broker_is_one_line_without_its_password(
    run_here: RunHere, tmp_path: Path
) -> None:
    rooms = tmp_path / "rooms.toml"
    rooms.write_text("[team]\n")
    named = "serve", "--rooms", str(rooms), "--bus"
    wrong = {
        ("serve", "--bus", "nats://broker"): "--bus is for rooms",
        ("serve", "--bus-secret", "hidden-word"): "--bus-secret is for the broker",
        (*named, "nats://me:hidden-word@broker"): "--bus takes addresses",
        (*named, "nats://a", "--bus-secret", "file:/none"): "--bus-secret: No such file",
    }
    for words, said in wrong.items():
        done = run_here(*words)
        assert (done.code, len(done.err.splitlines())) == (2, 1)
        assert said in done.err
        assert "hidden-word" not in done.err


def test_a_wrong_file_of_rooms_is_one_line(run_here: RunHere, tmp_path: Path) -> None:
    rooms = tmp_path / "rooms.toml"
    done = run_here("serve", "--rooms", str(rooms))
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert "cannot read the file of --rooms" in done.err
    rooms.write_text("[team]\ntoken = 5\n")
    done = run_here("serve", "--rooms", str(rooms))
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert "room team: token takes a string, not" in done.err
    done = run_here("serve", "--rooms", str(rooms), "--output", "rtmp://127.0.0.1/live/a")
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert "--output belongs to one room" in done.err
    done = run_here("serve", "--rooms", str(rooms), SAMESCREEN_TOKEN="a-token-of-one-room")
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert "--token belongs to one room" in done.err
