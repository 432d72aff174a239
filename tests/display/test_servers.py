"""How X servers are started, and with which key."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from samescreen.display import servers
from samescreen.display.servers import SERVERS, install_line, installed_servers, write_cookie
from samescreen.display.size import Size
from samescreen.errors import DisplayError

COOKIE = Path("/run/cookie")


@pytest.mark.parametrize("server", SERVERS, ids=lambda server: str(server.program))
def test_a_server_needs_a_key_and_listens_on_no_port(server: servers.ServerProgram) -> None:
    arguments = server.arguments(Size(640, 480), 120, COOKIE, True)
    line = " ".join(arguments)
    assert "-auth /run/cookie" in line
    assert "-nolisten tcp" in line
    assert "-dpi 120" in line
    assert "-ac" not in arguments


def test_xvnc_has_no_vnc_port() -> None:
    assert "-rfbport -1" in " ".join(SERVERS[0].arguments(Size(640, 480), 96, COOKIE, True))


def test_xvfb_starts_at_its_largest_size_unless_the_size_is_fixed() -> None:
    xvfb = SERVERS[1].arguments
    assert "4096x2304x24" in xvfb(Size(640, 480), 96, COOKIE, True)
    assert "640x480x24" in xvfb(Size(640, 480), 96, COOKIE, False)


def test_the_key_is_new_each_time_and_only_for_this_user(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    write_cookie(first)
    write_cookie(second)
    assert first.stat().st_mode & 0o777 == 0o600
    entry = first.read_bytes()
    assert entry[:6] == struct.pack(">HHH", 0xFFFF, 0, 0)
    assert entry[6:-16] == b"\x00\x12MIT-MAGIC-COOKIE-1\x00\x10"
    assert entry[-16:] != second.read_bytes()[-16:]
    with pytest.raises(FileExistsError):
        write_cookie(first)


def test_without_a_server_the_error_has_the_line_that_installs_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DisplayError, match="install one with: sudo apt install tigervnc"):
        installed_servers()


def test_each_distribution_has_its_line() -> None:
    assert install_line("ubuntu debian") == "sudo apt install tigervnc-standalone-server"
    assert install_line("fedora") == "sudo dnf install tigervnc-server"
    assert install_line("") == install_line("debian")
