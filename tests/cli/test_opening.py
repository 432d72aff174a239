"""`--open`: the browser gets there, nobody reads the token on the way, and nothing waits for it."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from samescreen.cli import opening
from samescreen.cli.opening import opened
from samescreen.cli.words import ENGLISH
from tests.cli.test_console import Terminal
from tests.fakes import soon
from tests.stage.timing import MS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a script as a browser")

LINK = "http://localhost:9000/a&b/#token=a-token-for-tests"

# Like a browser for terminals: it stays, asks the host, and reads what it is typed.
BROWSER = '''
import html, json, os, pathlib, re, stat, sys, time, urllib.parse, urllib.request
address = sys.argv[1]
page = pathlib.Path(urllib.parse.unquote(urllib.parse.urlsplit(address).path))
link = html.unescape(re.search(r'url=([^"]+)"', page.read_text())[1])
direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
found = {
    "arguments": sys.argv,
    "link": link,
    "modes": [stat.S_IMODE(p.stat().st_mode) for p in (page, page.parent)],
    "typed": sys.stdin.read(),
    "is_leader": os.getsid(0) == os.getpgid(0),
    "environment": dict(os.environ),
    "parent": pathlib.Path(f"/proc/{os.getppid()}/cmdline").read_text(),
    "page": page.read_text(),
    "answer": direct.open(link.partition("#")[0], timeout=20).status,
}
out = pathlib.Path(sys.argv[0]).with_suffix(".json")
out.with_suffix(".part").write_text(json.dumps(found))
out.with_suffix(".part").rename(out)
print("in your terminal", flush=True)
while page.exists():
    time.sleep(0.02)
'''


def left(folder: Path) -> list[Path]:
    """The files that lead a browser to the link."""
    return list(folder.glob("samescreen-*/*"))


def test_the_browser_is_led_to_the_link_and_the_token_stands_nowhere(tmp_path: Path) -> None:
    script, out = tmp_path / "browser.py", tmp_path / "browser.json"
    script.write_text(BROWSER)
    secrets = {
        "SAMESCREEN_TOKEN": "correct-horse-of-mine",
        "SAMESCREEN_HOST_TOKEN": "battery-staple-of-the-host",
        "SAMESCREEN_PIN": "271828",
    }
    token = secrets["SAMESCREEN_TOKEN"]
    terminal = Terminal(
        "--open",
        env={
            "BROWSER": f"{sys.executable} {script} %s",
            **secrets,
            "TMPDIR": str(tmp_path),
        },
    )
    port = terminal.until(r"This machine +http://localhost:(\d+)/")[1]
    asyncio.run(soon(out.exists, "the browser has looked"))
    found = json.loads(out.read_text())
    assert terminal.stop() == (0, "")
    assert found["link"] == f"http://localhost:{port}/#token={token}"
    assert found["answer"] == 200, "the host answers while the browser stays"
    assert found["arguments"][1].startswith("file:///")
    assert secrets["SAMESCREEN_HOST_TOKEN"] not in found["page"], "it is the viewer link"
    for name, secret in secrets.items():
        assert name not in found["environment"]
        for place in ("arguments", "parent", "environment"):
            assert secret not in str(found[place]), (name, place)
    assert found["modes"] == [0o600, 0o700]
    assert found["typed"] == ""
    assert found["is_leader"]
    assert "in your terminal" not in "\n".join(terminal.lines)
    assert not left(tmp_path), "and no file is left"


@pytest.mark.parametrize("browser", ["false", "/nowhere/to-be-found %s"])
async def test_without_a_browser_a_line_says_so(
    browser: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BROWSER", browser)
    monkeypatch.setattr(opening, "_OPEN", "import sys; sys.exit(1)")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    said: list[str] = []
    with opened(LINK, ENGLISH, said.append):
        await soon(lambda: said, "it says so")
    assert said == ["No browser could be opened; open the link above yourself."]
    assert not left(tmp_path)


async def test_the_file_goes_after_a_while(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(opening, "_KEPT_S", 50 * MS)
    monkeypatch.setattr(opening, "_open", lambda address: True)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with opened(LINK, ENGLISH, print):
        (page,) = left(tmp_path)
        assert "a&amp;b/#token=a-token-for-tests" in page.read_text()
        await soon(lambda: not left(tmp_path), "the file goes")


async def test_where_no_file_can_be_written_a_line_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    said: list[str] = []
    with opened(LINK, ENGLISH, said.append):
        pass
    assert "No browser was opened" in said[0]


def test_a_browser_in_a_snap_gets_a_file_it_can_see(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(opening, "_SNAPS", tmp_path)
    assert opening._place() == Path.home()
    monkeypatch.setattr(opening, "_SNAPS", tmp_path / "nowhere")
    assert opening._place() is None
