"""The links and questions by which other people show a screen here."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from samescreen.cli.controls import END
from samescreen.cli.showing import Showing
from samescreen.cli.words import CHINESE, ENGLISH
from samescreen.grants import BROUGHT, Grant
from samescreen.hub.invitations import ShowRequest
from samescreen.options import ShareOptions
from samescreen.tunnel.events import PublicAddress
from samescreen.tunnelled import Tunnelled
from tests.cli.desk_stage import Terminal
from tests.tunnel.fake_tools import fake_tool


async def test_a_link_for_one_person_to_show_a_screen(terminal: Terminal) -> None:
    showing, gatekeeper = terminal.desk.showing, terminal.host.gatekeeper
    assert showing.link == ""
    terminal.press("show-me")
    first = showing.link
    assert "/show#token=" in first
    assert terminal.said[-1].endswith(first)
    terminal.press("show-me")
    assert showing.link != first
    now = [link for link in gatekeeper.links if link.grants == {Grant.PUBLISH}]
    assert [link.secret for link in now] == [showing.link.partition("#token=")[2]], "one is over"
    assert gatekeeper.links.use(now[0])
    assert showing.link == "", "used"
    terminal.press("show-me", END)
    assert terminal.said[-1] == "No link to show a screen is open."
    assert gatekeeper.links.find(now[0].link_id, 0) is not None, "its end would put them out"
    terminal.press("show-me")
    terminal.press("show-me", END)
    assert terminal.said[-1] == "The link to show a screen is not valid any more."
    secrets = [link.secret for link in now]
    assert not any(each in str(terminal.host.actions.acts_since(0)) for each in secrets)


TUNNEL: dict[str, Any] = {"tunnel": "cloudflared"}
VIA: dict[str, Any] = {"via": "https://relay.example/r/team", "via_token": "t" * 16}


@pytest.mark.parametrize(
    ("options", "scheme", "start", "said"),
    [
        (TUNNEL, "https", "https://a-b.example/show#token=", ""),
        (TUNNEL, "http", "http://", "the tunnel has no https"),
        (TUNNEL, "", "http://", "the tunnel has no address"),
        (VIA, "", "http://", "make one at https://relay.example/r/team/host"),
    ],
    ids=["https", "http", "closed", "relay"],
)
@pytest.mark.skipif(sys.platform == "win32", reason="the fake is a shell script")
async def test_the_link_to_show_a_screen_is_for_people_anywhere_if_it_can_be(
    terminal: Terminal,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, Any],
    scheme: str,
    start: str,
    said: str,
) -> None:
    fake_tool(tmp_path, "cloudflared", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    tunnelled = Tunnelled(ShareOptions.of(**options))
    showing = Showing(terminal.host, ENGLISH, tunnelled)
    if scheme:
        tunnelled._address = PublicAddress(scheme, "a-b.example", 443 if scheme == "https" else 80)
    line = showing.new_link()
    assert showing.link.startswith(start)
    assert showing.link in line
    assert said in line
    assert bool(showing.limit) == bool(said)
    assert "{" not in Showing(terminal.host, CHINESE, tunnelled).limit


async def test_somebody_here_is_asked_for_a_screen(terminal: Terminal) -> None:
    page = terminal.arrive("ann")
    terminal.desk.on_screen.numbers = {3: "ann"}
    terminal.press("ask-show", "3")
    assert page.shown == [ShowRequest("asked", "")]
    assert terminal.said == ["192.0.2.7 is asked for a screen."]
    for number in ("4", "x"):
        terminal.press("ask-show", number)
        assert terminal.said[-1] == f"There is no number {number}."
    terminal.host.hub.people.barred = BROUGHT
    for deed in ("ask-show", "show-me"):
        terminal.press(deed, "3")
        assert "--view-only" in terminal.said[-1]
