"""What the tools print, line by line: the address, or why there is none; and garbage."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.tunnel.cloudflared import Cloudflared
from samescreen.tunnel.events import Event, Failed, Opened, PublicAddress, address_in
from samescreen.tunnel.ssh import Ssh
from samescreen.tunnel.tailscale import Tailscale
from samescreen.tunnel.tools import Reader, Tool

from . import transcripts as said

NAME = "desk.tail1a2b3.ts.net"
VPS = Ssh("vps.example", "me")
FIXED = Ssh("vps.example", "me", 22, 8080)
LOCALHOST_RUN = Ssh("localhost.run", "nokey")
TOOLS: list[Tool] = [Cloudflared(), Tailscale(), VPS, FIXED, LOCALHOST_RUN, Ssh("serveo.net")]


def events(reader: Reader, lines: Iterable[str]) -> list[Event]:
    return [event for line in lines if (event := reader.take(line)) is not None]


def fed(tool: Tool, text: str, name: str = "") -> list[Event]:
    return events(tool.reader(name), text.split("\n"))


def https(name: str) -> Opened:
    return Opened(PublicAddress("https", name, 443))


def http(port: int) -> Opened:
    return Opened(PublicAddress("http", "vps.example", port))


@pytest.mark.parametrize(
    ("tool", "name", "text", "opened"),
    [
        (Cloudflared(), "", said.CLOUDFLARED, https("two-red-quiet-otters.trycloudflare.com")),
        (Tailscale(), NAME, said.FUNNEL, https(NAME)),
        (VPS, "vps.example", said.SSHD, http(39381)),
        (FIXED, "vps.example", said.SSHD_FIXED, http(8080)),
        (LOCALHOST_RUN, "", said.LOCALHOST_RUN, https("8beaa541ba3dc2.lhr.life")),
        (Ssh("serveo.net"), "", said.SERVEO, https("fast-otter.serveo.net")),
    ],
    ids=["cloudflared", "tailscale", "sshd", "sshd-fixed", "localhost.run", "serveo"],
)
def test_the_address_is_found_and_nothing_else(
    tool: Tool, name: str, text: str, opened: Opened
) -> None:
    assert fed(tool, text, name) == [opened]


def test_cloudflared_serves_nothing_before_it_is_connected() -> None:
    without = said.CLOUDFLARED.partition("2025-06-01T10:00:04Z")[0]
    reader = Cloudflared().reader("")
    assert events(reader, without.split("\n")) == []
    assert "port 7844" in reader.late().why
    assert "online" in Cloudflared().reader("").late().why


def test_an_older_cloudflared_says_that_it_is_connected_in_other_words() -> None:
    text = said.CLOUDFLARED.replace("Registered tunnel connection", "Connection 1b-7a registered")
    assert len(fed(Cloudflared(), text)) == 1


@pytest.mark.parametrize(
    ("tool", "text", "words", "is_final"),
    [
        (Cloudflared(), said.NO_QUICK_TUNNEL, "no such host", False),
        (Cloudflared(), said.TOO_MANY, "no more quick tunnels", False),
        (Tailscale(), "Access denied: serve config denied", "--operator=$USER", False),
        (Tailscale(), "foreground listener already exists for port 443", "serve status", False),
        (Tailscale(), "failed to connect to local tailscaled; it doesn't", "systemctl", False),
        (Tailscale(), "your Tailscale account does not support getting TLS certs", "https", False),
        (Tailscale(), "USAGE", "1.52", False),
        (Tailscale(), "Available within your tailnet:", "Funnel is off", False),
        (VPS, "me@vps.example: Permission denied (publickey).", "ssh-copy-id me@vps", True),
        (VPS, "Host key verification failed.", "connect once", True),
        (VPS, said.CHANGED_KEY, "ssh-keygen -R vps.example", True),
        (FIXED, "Error: remote port forwarding failed for listen port 8080", "taken", False),
        (VPS, "ssh: Could not resolve hostname vps.example: Name or", "no server vps", False),
    ],
)
def test_a_failure_is_one_line_with_its_cure(
    tool: Tool, text: str, words: str, is_final: bool
) -> None:
    first = fed(tool, text, NAME)[0]
    assert isinstance(first, Failed)
    assert words in first.why
    assert "\n" not in first.why
    assert (first.is_final, first.goes_on) == (is_final, False)


def test_funnel_waits_until_somebody_switches_it_on() -> None:
    reader = Tailscale().reader(NAME)
    (waiting,) = events(reader, said.FUNNEL_OFF.split("\n"))
    assert isinstance(waiting, Failed)
    assert waiting.goes_on
    assert waiting.why.endswith("https://login.tailscale.com/f/funnel?node=nAbC")
    assert events(reader, said.FUNNEL.split("\n")) == [https(NAME)]


def status(**changes: object) -> str:
    return json.dumps({"BackendState": "Running", "Self": {"DNSName": f"{NAME}."}} | changes)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (status(BackendState="NeedsLogin"), "sudo tailscale up"),
        (status(BackendState="Stopped"), "sudo tailscale up"),
        (status(BackendState="NeedsMachineAuth"), "administrator"),
        (status(Self={"DNSName": ""}), "MagicDNS"),
        (status(Self=None), "MagicDNS"),
        (status(Self={"DNSName": "a b; rm"}), "MagicDNS"),
        ("failed to connect to local tailscaled", "systemctl start tailscaled"),
        ("", "systemctl start tailscaled"),
        ("[" * 5000, "systemctl start tailscaled"),
    ],
)
def test_tailscale_says_what_it_lacks(text: str, words: str) -> None:
    answer = Tailscale().answer(text)
    assert isinstance(answer, Failed)
    assert words in answer.why


def test_tailscale_knows_the_name_of_this_machine() -> None:
    assert Tailscale().answer(status()) == NAME
    assert Tailscale().answer(f"Warning: client version mismatch\n{status()}") == NAME


def test_ssh_finds_the_name_behind_an_abbreviation() -> None:
    assert VPS.answer("user me\nhostname 203.0.113.5\nport 22\n") == "203.0.113.5"
    assert VPS.answer("") == "vps.example"
    assert LOCALHOST_RUN.question() == []


def test_the_end_is_explained_by_the_last_words() -> None:
    reader = VPS.reader("vps.example")
    events(reader, ["debug1: x", "Timeout, server vps.example not responding.", "debug1: y", ""])
    assert reader.ended() == Failed("ssh ended: Timeout, server vps.example not responding.")


def test_the_end_of_cloudflared_is_explained_by_its_last_error() -> None:
    reader = Cloudflared().reader("")
    events(reader, said.CLOUDFLARED.split("\n"))
    assert reader.ended() == Failed("cloudflared ended: it gave no reason")
    events(reader, ['2025 ERR Serve tunnel error error="x"', "2025 INF bye"])
    assert "Serve tunnel error" in reader.ended().why


@given(lines=st.lists(st.text(max_size=200), max_size=5))
def test_garbage_opens_nothing(lines: list[str]) -> None:
    for tool in TOOLS:
        reader = tool.reader(NAME)
        assert not any(isinstance(each, Opened) for each in events(reader, lines))
        for failed in (reader.late(), reader.ended()):
            assert failed.why.isprintable()
        tool.answer("\n".join(lines))


@pytest.mark.parametrize(
    "line",
    [
        "https://api.trycloudflare.com/tunnel",
        "https://a-b.trycloudflare.com.evil.example",
        "https://user@a-b.trycloudflare.com",
        "https://evil.example/a-b.trycloudflare.com",
    ],
)
def test_an_address_that_only_looks_like_one_is_not_taken(line: str) -> None:
    assert fed(Cloudflared(), f"{line}\nRegistered tunnel connection") == []


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://a.example", "https://a.example"),
        ("https://A.example/", "https://a.example"),
        ("https://a.example:443", "https://a.example"),
        ("http://a.example:8080", "http://a.example:8080"),
        ("https://a.example/path", None),
        ("https://a.example:70000", None),
        ("ftp://a.example", None),
        ("https://", None),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(url: str, origin: str | None) -> None:
    address = address_in(url)
    assert (address.origin if address is not None else None) == origin
    assert PublicAddress("http", "2001:db8::1", 80).origin == "http://[2001:db8::1]"
