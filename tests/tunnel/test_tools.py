"""Which tool an option names, how it is called, and the line that installs it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.errors import TunnelError, UsageError
from samescreen.option_values import TUNNEL_TOOLS, TunnelSpec, parse_tunnel
from samescreen.tunnel.tools import find, found_tools, install_line, required, tool_of

from .fake_tools import REST, fake_tool


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("", None),
        ("cloudflared", TunnelSpec("cloudflared")),
        ("tailscale", TunnelSpec("tailscale")),
        ("ssh:me@vps.example", TunnelSpec("ssh", "me", "vps.example")),
        ("ssh:vps", TunnelSpec("ssh", "", "vps")),
        ("ssh:me@VPS.example:2222", TunnelSpec("ssh", "me", "vps.example", 2222)),
        ("ssh:me@203.0.113.5/8080", TunnelSpec("ssh", "me", "203.0.113.5", 0, 8080)),
        ("ssh:me@vps:22/8080", TunnelSpec("ssh", "me", "vps", 22, 8080)),
    ],
)
def test_a_tunnel_is_named_by_its_tool(text: str, spec: TunnelSpec | None) -> None:
    assert parse_tunnel(text) == spec


@pytest.mark.parametrize(
    "text",
    [
        *("x", "ssh", "ssh:", "ssh:@vps", "ssh:me@", "cloudflared:x", "ssh:me@vps:70000"),
        *("ssh:-oProxyCommand=x@vps", "ssh:me@-oProxyCommand=x", "ssh:a b@vps", "ssh:me@vps/x"),
        *("ssh:me@vps\n", "ssh:me@vps;x", "ssh:me@$(x)"),
    ],
)
def test_what_is_no_tunnel_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"--tunnel takes cloudflared, tailscale or ssh:USER@HOST"):
        parse_tunnel(text)


@given(st.text(max_size=60))
def test_no_text_becomes_an_option_of_ssh(text: str) -> None:
    try:
        spec = parse_tunnel(f"ssh:{text}")
    except UsageError:
        return
    assert spec is not None
    words = tool_of(spec).arguments(40001)
    assert words[-2] == "--"
    assert not words[-1].startswith("-")
    assert words[-1].isprintable()


def test_each_tool_leads_to_the_door_and_to_nothing_else() -> None:
    for text in ("cloudflared", "tailscale"):
        spec = parse_tunnel(text)
        assert spec is not None
        assert tool_of(spec).arguments(40001)[-1] == "http://127.0.0.1:40001"


def words_of(text: str) -> list[str]:
    spec = parse_tunnel(text)
    assert spec is not None
    return tool_of(spec).arguments(40001)


def test_cloudflared_reads_no_configuration_of_the_user() -> None:
    words = words_of("cloudflared")
    assert words[words.index("--config") + 1] == os.devnull


def test_ssh_asks_nothing_and_forwards_or_fails() -> None:
    words = words_of("ssh:me@vps:2222")
    options = [words[i + 1] for i, word in enumerate(words) if word == "-o"]
    needed = {"BatchMode=yes", "ExitOnForwardFailure=yes", "ServerAliveInterval=15"}
    assert needed <= set(options)
    assert not any(option.startswith("StrictHostKeyChecking") for option in options)
    assert words[-6:] == ["-R", "*:0:127.0.0.1:40001", "-p", "2222", "--", "me@vps"]
    assert "-N" in words
    assert "*:8080:127.0.0.1:40001" in words_of("ssh:me@vps/8080")


def test_a_service_of_ssh_gets_port_80_and_a_session_to_print_on() -> None:
    words = words_of("ssh:nokey@localhost.run")
    assert "80:127.0.0.1:40001" in words
    assert "-N" not in words


@pytest.mark.parametrize(
    ("name", "system", "machine", "distribution", "line"),
    [
        ("cloudflared", "linux", "x86_64", "debian", "cloudflared-linux-amd64"),
        ("cloudflared", "linux", "aarch64", "ubuntu debian", "cloudflared-linux-arm64"),
        ("cloudflared", "linux", "armv7l", "", "cloudflared-linux-arm "),
        ("cloudflared", "linux", "x86_64", "arch", "pacman"),
        ("cloudflared", "darwin", "arm64", "", "brew"),
        ("cloudflared", "win32", "AMD64", "", "winget"),
        ("tailscale", "linux", "x86_64", "debian", "tailscale.com/install.sh"),
        ("tailscale", "freebsd14", "amd64", "", "tailscale.com/install.sh"),
        ("tailscale", "darwin", "arm64", "", "brew"),
        ("ssh", "linux", "x86_64", "debian", "apt install openssh-client"),
        ("ssh", "linux", "x86_64", "rhel fedora", "dnf install openssh-clients"),
        ("ssh", "win32", "AMD64", "", "OpenSSH.Client"),
    ],
)
def test_one_line_installs_each_tool(
    name: str, system: str, machine: str, distribution: str, line: str
) -> None:
    found = install_line(name, system, machine, distribution)
    assert line in found
    assert "\n" not in found


def test_a_tool_is_found_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert found_tools() == dict.fromkeys(TUNNEL_TOOLS)
    with pytest.raises(TunnelError, match="cloudflared is not installed; install it with: "):
        required("cloudflared")
    path = fake_tool(tmp_path, "cloudflared", REST)
    assert required("cloudflared") == find("cloudflared") == str(path)
