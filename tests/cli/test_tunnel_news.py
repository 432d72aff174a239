"""What the terminal says about a tunnel, in both languages."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from samescreen.cli.console import plain_console
from samescreen.cli.tunnel_news import print_news_of
from samescreen.cli.words import CHINESE, ENGLISH, Words
from samescreen.tunnel.cloudflared import Cloudflared
from samescreen.tunnel.events import Opened, PublicAddress
from samescreen.tunnel.ssh import Ssh
from samescreen.tunnel.tailscale import Tailscale
from samescreen.tunnel.tools import Tool
from samescreen.tunnel.tunnel import Ended, News

LINK = "https://a-b.trycloudflare.com/#token=secret"
OPENED = Opened(PublicAddress("https", "a-b.trycloudflare.com", 443))
LATE = "cloudflared got no address in time; is this machine online?"


def said(*news: News, words: Words = ENGLISH, tool: Tool | None = None) -> list[str]:
    tunnelled: Any = SimpleNamespace(tool=tool or Cloudflared(), link=LINK, on_news=None)
    console = plain_console(io.StringIO())
    print_news_of(tunnelled, console, words)
    for each in news:
        tunnelled.on_news(each)
    written = console.file
    assert isinstance(written, io.StringIO)
    return written.getvalue().splitlines()


def test_the_link_is_followed_by_who_can_see_the_traffic() -> None:
    begins, link, sees = said(OPENED)
    assert "cloudflared" in begins
    assert link.split() == ["From", "anywhere", LINK]
    assert sees.startswith("Cloudflare decrypts it on its way")
    assert said(OPENED, words=CHINESE)[2].startswith("内容在途中由 Cloudflare 解密")


TOOLS: list[Tool] = [Cloudflared(), Tailscale(), Ssh("vps"), Ssh("localhost.run")]


@pytest.mark.parametrize("tool", TOOLS, ids=["cloudflared", "tailscale", "sshd", "localhost.run"])
def test_each_tool_has_its_sentence_in_both_languages(tool: Tool) -> None:
    assert CHINESE.translated(tool.sees) != tool.sees


def test_a_code_is_drawn_where_there_is_a_terminal() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    tunnelled: Any = SimpleNamespace(tool=Cloudflared(), link=LINK, on_news=None)
    print_news_of(tunnelled, console, ENGLISH)
    tunnelled.on_news(OPENED)
    written = console.file
    assert isinstance(written, io.StringIO)
    assert "█" in written.getvalue()


def test_a_failure_that_repeats_is_said_once() -> None:
    late, other = Ended(LATE, 1, was_open=False), Ended("ssh ended: x", 2, was_open=False)
    lines = said(late, late, other, late)
    assert [line.partition(":")[0] for line in lines[1:]] == ["No tunnel"] * 3
    assert lines[1].endswith("(It is tried again.)")


def test_a_lost_address_takes_its_link_with_it() -> None:
    ended = Ended("cloudflared ended: it gave no reason", 1, was_open=True)
    lines = said(OPENED, ended, OPENED, ended)
    assert sum(line.startswith("The tunnel has ended, and its link with it") for line in lines) == 2
    assert sum(LINK in line for line in lines) == 2
    chinese = said(OPENED, ended, words=CHINESE)[-1]
    assert "cloudflared 已退出：没有说明原因" in chinese


def test_what_is_final_promises_no_other_try() -> None:
    assert "tried again" not in said(Ended("x", None, was_open=False))[-1]


def test_a_server_that_does_not_answer_is_a_note() -> None:
    warned = Opened(OPENED.address, "vps:1 does not answer from here; x")
    assert said(warned)[-1].startswith("Note: ")


def test_without_a_tunnel_nothing_is_said() -> None:
    console, tunnelled = plain_console(io.StringIO()), SimpleNamespace(tool=None)
    about: Any = tunnelled
    print_news_of(about, console, ENGLISH)
    written = console.file
    assert isinstance(written, io.StringIO)
    assert written.getvalue() == ""
