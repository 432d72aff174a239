"""What each key does to the host."""

from __future__ import annotations

import asyncio

import pytest

from samescreen.cli import desk as desk_module
from samescreen.cli.controls import KEYS
from samescreen.cli.next_source import NextSource, after
from samescreen.cli.other_hosts import OtherHosts
from samescreen.cli.words import CHINESE, ENGLISH
from samescreen.clock import clock_us
from samescreen.closing import CloseCode
from samescreen.grants import Grant
from samescreen.hub.people import Person
from samescreen.hub.shown import HostLine
from samescreen.options import ShareOptions
from samescreen.serve.links import HOST
from samescreen.tunnelled import Tunnelled
from tests.cli.desk_stage import FakeConnection, Terminal
from tests.fakes import soon
from tests.stage.timing import MS


async def test_there_is_a_deed_for_each_key(terminal: Terminal) -> None:
    on_the_spot = {"help"}  # the controls open it
    assert {key.deed for key in KEYS} - on_the_spot == set(terminal.desk._deeds)


@pytest.mark.parametrize("name", ["pause", "blank", "mute", "lock", "approve", "hands", "voices"])
async def test_switches_go_on_and_off(terminal: Terminal, name: str) -> None:
    actions = terminal.host.actions
    reads = {
        "pause": lambda: actions.broadcast.is_paused,
        "blank": lambda: actions.broadcast.is_blanked,
        "mute": lambda: actions.broadcast.is_muted,
        "lock": lambda: actions.is_locked,
        "approve": lambda: actions.approves,
        "hands": lambda: not actions.hands.is_on,
        "voices": lambda: not actions.voices.now.is_on,
    }
    terminal.press(name)
    assert reads[name]()
    terminal.press(name)
    assert not reads[name]()
    assert len(actions.acts_since(0)) == 2, "each act is kept"


async def test_newcomers_are_let_in_or_turned_away(terminal: Terminal) -> None:
    terminal.press("approve")
    one, other = terminal.arrive("one"), terminal.arrive("other")
    terminal.press("let-in")
    assert terminal.said == ["Nobody waits."], "the panel has shown nobody yet"
    terminal.desk.on_screen.newcomer = "one"
    terminal.press("let-in")
    terminal.press("let-in")
    assert [each.person_id for each in terminal.host.actions.people] == ["one"], "once each"
    terminal.desk.on_screen.newcomer = "other"
    terminal.press("turn-away")
    assert (one.closed, other.closed) == (None, CloseCode.PUT_OUT)
    assert terminal.said[1:] == [
        "Let in 192.0.2.7.",
        "Nobody waits.",
        "Turned away 192.0.2.7; it cannot come back by that link.",
    ]


async def test_a_request_is_answered_once_and_after_those_who_wait(terminal: Terminal) -> None:
    terminal.arrive("one")
    terminal.host.hub.control.requests.ask("one", ("control",), clock_us())
    terminal.press("let-in")
    assert terminal.said == ["Nobody waits."], "the panel has shown no question yet"
    for _ in range(2):
        terminal.desk.on_screen.request = "one"
        terminal.press("let-in")
    (person,) = terminal.host.actions.people
    assert Grant.CONTROL in person.grants
    assert terminal.said[1:] == ["Nobody waits."], "the second yes has no question"
    assert [act.kind for act in terminal.host.actions.acts_since(0)] == ["give"]


async def test_without_a_viewer_in_control_there_is_nothing_to_end(terminal: Terminal) -> None:
    terminal.press("end-control")
    assert terminal.said == ["No viewer has mouse and keyboard."]


async def test_put_out_means_whom_the_panel_showed(terminal: Terminal) -> None:
    one, other = terminal.arrive("one"), terminal.arrive("other")
    terminal.desk.on_screen.numbers = {1: "one", 2: "other", 3: "gone"}
    terminal.press("put-out", "2")
    assert (one.closed, other.closed) == (None, CloseCode.PUT_OUT)
    for text in ("3", "9", "x"):
        terminal.press("put-out", text)
    assert terminal.said == [
        "Put out 192.0.2.7.",
        "There is no number 3.",
        "There is no number 9.",
        "There is no number x.",
    ]


async def test_one_person_is_muted_and_may_talk_again(terminal: Terminal) -> None:
    terminal.arrive("one")
    terminal.desk.on_screen.numbers = {1: "one", 2: "gone"}
    for number in ("1", "1", "2", "x"):
        terminal.press("mute-one", number)
    assert terminal.said == [
        "Number 1 is muted.",
        "Number 1 may talk again.",
        "There is no number 2.",
        "There is no number x.",
    ]


async def test_a_line_goes_to_all_or_to_one(terminal: Terminal) -> None:
    one, two = terminal.arrive("one"), terminal.arrive("two")
    terminal.desk.on_screen.numbers = {1: "one", 2: "two", 3: "gone"}
    terminal.press("tell", "back at ten")
    terminal.press("tell", "@2 yes, you")
    everybody = HostLine("back at ten")
    assert [each for each in one.shown if isinstance(each, HostLine)] == [everybody]
    two_saw = [each for each in two.shown if isinstance(each, HostLine)]
    assert two_saw == [everybody, HostLine("yes, you", is_personal=True)]
    for wrong in ("@3 hello", "@9 hello", "@ hello", "@x"):
        terminal.press("tell", wrong)
    terminal.press("tell", "@1")
    terminal.press("tell", "x" * 501)
    assert terminal.said == [
        "Everybody sees your line.",
        "Number 2 sees your line.",
        "There is no number 3.",
        "There is no number 9.",
        "There is no number .",
        "There is no number x.",
        "a line has 1 to 500 characters",
        "a line has 1 to 500 characters",
    ]


async def test_hands_are_lowered_and_then_lines_put_away(terminal: Terminal) -> None:
    terminal.arrive("one")
    people, hands = terminal.host.hub.people, terminal.host.actions.hands
    person = people.find("one")
    assert person is not None
    people.set_hand(person, True, clock_us())
    people.write(person, "zoom in?", clock_us())
    terminal.press("done")
    assert hands.is_up("one"), "the panel has shown nothing yet"
    terminal.desk.on_screen.hand, terminal.desk.on_screen.line = "one", 1
    terminal.press("done")
    assert not hands.is_up("one")
    terminal.press("done")
    assert hands.lines == ()
    terminal.press("done")
    assert terminal.said == [
        "No hand is up, and no line waits.",
        "The hand is lowered.",
        "The line is put away.",
        "No hand is up, and no line waits.",
    ]


async def test_the_users_of_the_host_link_stay(terminal: Terminal) -> None:
    people = terminal.host.hub.people
    person = people.arrived(Person("me", HOST, "192.0.2.7", frozenset(Grant)))
    people.connect(person, FakeConnection(), Grant.WATCH)
    terminal.desk.on_screen.numbers = {1: "me"}
    terminal.press("put-out", "1")
    assert terminal.said == [
        "whoever has the host link cannot be put out; restart the host"
    ]


async def test_a_phone_gets_a_ticket(terminal: Terminal) -> None:
    assert not terminal.desk.is_phone_awaited()
    terminal.press("phone")
    link = terminal.desk.phone_link()
    assert terminal.desk.is_phone_awaited()
    assert 58 <= terminal.desk.phone_seconds() <= 60
    secret = link.partition("#token=")[2]
    tickets = terminal.host.gatekeeper.host_tickets
    assert tickets.use(secret, 0)
    assert not terminal.desk.is_phone_awaited()
    assert secret not in str(terminal.host.actions.acts_since(0))


async def test_recording_begins_and_ends(terminal: Terminal) -> None:
    recordings = terminal.host.recordings
    work = asyncio.get_running_loop().create_task(terminal.desk.work())
    terminal.press("record")
    await soon(lambda: bool(terminal.said), "it has begun")
    file = recordings.first
    assert file is not None
    assert terminal.said == [f"Recording to {file}"]
    terminal.press("record")
    assert not recordings.is_recording
    work.cancel()
    assert terminal.said[1:] == [f"Recorded to {file}"]
    acts = terminal.host.actions.acts_since(0)
    assert [(act.kind, act.about["name"]) for act in acts] == [
        ("record", file.name), ("record-off", file.name),
    ]  # fmt: skip


async def test_where_nothing_can_be_recorded_a_line_says_so(terminal: Terminal) -> None:
    await terminal.host.remove("testcard")
    work = asyncio.get_running_loop().create_task(terminal.desk.work())
    terminal.press("record")
    await soon(lambda: bool(terminal.said), "it is refused")
    work.cancel()
    assert terminal.said == ["there is no such stream to record; there are: none"]


async def test_quit(terminal: Terminal) -> None:
    terminal.press("quit")
    assert terminal.has_quit


async def test_sources_and_the_clipboard_do_not_delay_other_keys(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_module, "copied", lambda text: False)
    work = asyncio.get_running_loop().create_task(terminal.desk.work())
    try:
        terminal.press("source", "+ testcard")
        terminal.press("copy")
        terminal.press("blank")
        assert terminal.host.hub.broadcast.is_blanked, "before the source was opened"
        await asyncio.wait_for(terminal.is_sent.wait(), 5000 * MS)
        assert terminal.said == ["Sharing test card 1280×720 as number 2."]
        kinds = [act.kind for act in terminal.host.actions.acts_since(0)]
        assert kinds == ["blank", "share"], "sources are acts too"
        assert terminal.sent[0].startswith("\x1b]52;c;")
        assert terminal.sent[0].endswith(terminal.host.links.best)
    finally:
        work.cancel()


async def test_the_link_to_copy_is_that_of_the_tunnel_while_there_is_one(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_module, "copied", lambda text: True)
    public = Tunnelled(ShareOptions.of())
    public._relay_link = "https://a-b.example/#token=x"
    terminal.desk._tunnelled = public
    work = asyncio.get_running_loop().create_task(terminal.desk.work())
    try:
        terminal.press("copy")
        await asyncio.wait_for(terminal.is_sent.wait(), 5000 * MS)
        assert terminal.sent[0].endswith("https://a-b.example/#token=x")
    finally:
        work.cancel()


@pytest.mark.parametrize(
    ("current", "screens", "shared", "following"),
    [
        ("screen", ["screen:1", "screen:2"], ["screen"], "screen:2"),
        ("screen:2", ["screen:1", "screen:2"], ["screen"], "screen:1"),
        ("screen:2", ["screen:1", "screen:2"], ["screen", "window:x"], "window:x"),
        ("window:x", ["screen:1"], ["window:x"], "screen:1"),
        ("testcard", [], ["testcard"], None),
        ("screen", ["screen:1"], ["screen"], None),
        ("", [], [], None),
    ],
)
def test_screens_come_in_turn_and_then_what_was_shared(
    current: str, screens: list[str], shared: list[str], following: str | None
) -> None:
    assert after(current, screens, shared) == following


async def test_a_second_stream_does_not_change_which_source_is_next() -> None:
    turns = NextSource(["testcard"], list)
    turns.shared("file:a.mp4", False)
    assert await turns.find() == "file:a.mp4"
    turns.shared("file:a.mp4", True)
    assert await turns.find() == "testcard"


async def test_acts_of_other_hosts_are_said_once_and_own_acts_never(terminal: Terminal) -> None:
    others = OtherHosts(terminal.host.actions.acts_since, ENGLISH)
    page = terminal.host.actions_of("192.0.2.9")
    terminal.press("pause")
    page.pause(False)
    page.lock()
    assert others.news() == ["192.0.2.9: went on after the pause", "192.0.2.9: locked"]
    assert others.news() == []
    terminal.host.hub.acts.did("Ada\x1b[2J", "put-out", address="192.0.2.7", person="x")
    terminal.host.hub.acts.did("Ada", "something-new")
    chinese = OtherHosts(terminal.host.actions.acts_since, CHINESE)
    assert chinese.news()[-2:] == ["Ada [2J：请出了 192.0.2.7", "Ada：something-new"]


async def test_all_watch_one_source(terminal: Terminal) -> None:
    hub = terminal.host.hub
    stream_id, name = next((each.stream_id, each.name) for each in hub.streams.values())
    terminal.press("to-all", "1")
    assert (hub.broadcast.forward, terminal.said[-1]) == (stream_id, f"All watch {name} now.")
    terminal.press("to-all", "0")
    assert (hub.broadcast.forward, terminal.said[-1]) == ("", "All are back where they were.")
    for number in ("2", "-1", "x"):
        terminal.press("to-all", number)
        assert "none is number" in terminal.said[-1]
