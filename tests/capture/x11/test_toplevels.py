"""Listing windows, their names, and finding the one that a spec names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from samescreen.capture.x11.display import Display
from samescreen.capture.x11.toplevels import (
    TopLevel,
    find_toplevel,
    list_toplevels,
    number_in,
)
from samescreen.errors import SourceUnavailable
from samescreen.media import Region
from tests.capture.x11.client_window import RED, Clients
from tests.conftest import PaintWindow
from tests.stage.x_server import XServer

pytestmark = pytest.mark.display


@pytest.fixture
def display(server: XServer) -> Iterator[Display]:
    with closing(Display(server.display)) as opened:
        yield opened


def specs(found: list[TopLevel]) -> list[tuple[str, str]]:
    return [(each.spec, each.description) for each in found]


def test_each_window_is_listed_with_its_spec(clients: Clients, display: Display) -> None:
    one = clients.open("my shell", kind=("xterm", "XTerm"))
    two = clients.open("a title alone")
    three = clients.open(kind=("tool", "Tool"))
    assert specs(list_toplevels(display)) == [
        (f"window:0x{one.xid:x}", "XTerm — my shell"),
        (f"window:0x{two.xid:x}", "a title alone"),
        (f"window:0x{three.xid:x}", "Tool"),
    ]
    for each in list_toplevels(display):
        assert find_toplevel(display, each.spec.removeprefix("window:")) == each


def test_menus_nameless_and_hidden_windows_are_not_listed(
    server: XServer, clients: Clients, display: Display, painted_window: PaintWindow
) -> None:
    painted_window(server.display)
    clients.open()
    clients.open("hidden").hide()
    assert list_toplevels(display) == []


def test_a_client_is_found_under_its_frames(clients: Clients, display: Display) -> None:
    outer, inner = clients.open(), clients.open()
    window = clients.open("deep", kind=("deep", "Deep"))
    inner.put_into(outer, 5, 5)
    window.put_into(inner, 5, 5)
    assert specs(list_toplevels(display)) == [(f"window:0x{window.xid:x}", "Deep — deep")]


def test_a_window_managers_list_is_preferred(clients: Clients, display: Display) -> None:
    manager = clients.open("not an application")
    shown, hidden = clients.open("shown"), clients.open("hidden", kind=("h", "H"))
    panel, gone = clients.open("panel"), clients.open("gone")
    panel.set_type("_NET_WM_WINDOW_TYPE_DOCK")
    manager.manage([shown, hidden, panel, gone])
    hidden.hide()
    gone.close()
    assert specs(list_toplevels(display)) == [
        (f"window:0x{shown.xid:x}", "shown"),
        (f"window:0x{hidden.xid:x}", "H — hidden (minimised)"),
    ]
    manager.close()  # its list stays behind
    clients.open("new")
    assert [each.title for each in list_toplevels(display)] == ["shown", "panel", "new"]


def test_titles_are_safe_for_a_terminal(clients: Clients, display: Display) -> None:
    for title in ("\x1b]0;evil\x07\x1b[31m red\nline", "同屏 — ✓", "x" * 500, "a\u202eb"):
        clients.open(title)
    old = clients.open(kind=("old", "Old"))
    old.old_title("café".encode("latin-1"))
    names = [each.name for each in list_toplevels(display)]
    assert names == ["]0;evil [31m red line", "同屏 — ✓", "x" * 79 + "…", "a b", "café"]


@pytest.mark.parametrize(
    ("raw", "kind", "title"),
    [
        (b"caf\xe9", "STRING", "café"),
        ("同屏".encode(), "STRING", "同屏"),
        ("同屏".encode(), "UTF8_STRING", "同屏"),
        (b"caf\xe9", "UTF8_STRING", "caf\ufffd"),
        (b"\x1b%G\xe4\xbc\x9a\xe8\xae\xae\x1b%@ demo", "COMPOUND_TEXT", "会议 demo"),
        (b"\x1b$(A;aRi\x1b(B demo", "COMPOUND_TEXT", "会议 demo"),
        (b"caf\xe9", "COMPOUND_TEXT", "café"),
        (b"plain", "C_STRING", "plain"),
    ],
)
def test_a_title_is_read_by_its_type_and_found(
    clients: Clients, display: Display, raw: bytes, kind: str, title: str
) -> None:
    window = clients.open(kind=("old", "Old"))
    window.old_title(raw, kind)
    assert [each.title for each in list_toplevels(display)] == [title]
    assert find_toplevel(display, title).xid == window.xid


def test_a_class_is_read_by_its_type(clients: Clients, display: Display) -> None:
    clients.open("a").set_kind("编辑\0编辑器\0".encode(), "UTF8_STRING")
    clients.open("b").set_kind(b"\x1b%G\xe4\xbc\x9a\x1b%@\0X\0", "COMPOUND_TEXT")
    assert [each.kind for each in list_toplevels(display)] == [("编辑", "编辑器"), ("会", "X")]


def test_a_long_title_is_found_by_its_end(clients: Clients, display: Display) -> None:
    window = clients.open("word " * 600 + "the end")
    clients.open("another end")
    assert find_toplevel(display, "THE END").xid == window.xid
    (listed, _) = list_toplevels(display)
    assert len(listed.name) == 80


@pytest.mark.parametrize("title", ["two  spaces\tand a tab", " edges ", "line\nline", "a\u00a0b"])
def test_a_title_can_be_typed_as_it_is_and_as_it_is_listed(
    clients: Clients, display: Display, title: str
) -> None:
    window = clients.open(title, kind=("tool", "Tool"))
    (listed,) = list_toplevels(display)
    for asked in (title, listed.title, listed.name, listed.description):
        assert find_toplevel(display, asked).xid == window.xid, asked


def test_a_shortened_title_can_be_typed_as_listed(clients: Clients, display: Display) -> None:
    window = clients.open("ab " * 60, kind=("tool", "Tool"))
    (listed,) = list_toplevels(display)
    for asked in (listed.name, listed.description):
        assert asked.endswith("…")
        assert find_toplevel(display, asked).xid == window.xid


def test_a_title_finds_every_window_that_a_number_finds(clients: Clients, display: Display) -> None:
    outer = clients.open("outer window")
    inner = clients.open("inner part", kind=("in", "In"))
    inner.put_into(outer, 5, 5)
    menu = clients.open_menu(Region(0, 0, 20, 20), RED, title="a menu")
    panel = clients.open("the panel")
    panel.set_type("_NET_WM_WINDOW_TYPE_DOCK")
    hidden = clients.open("tucked away")
    hidden.hide()
    clients.open("wm").manage([outer, panel])
    for window, title in [
        (inner, "inner"), (menu, "menu"), (panel, "panel"), (hidden, "tucked"), (outer, "outer")
    ]:  # fmt: skip
        assert find_toplevel(display, title).xid == window.xid
        assert find_toplevel(display, hex(window.xid)).xid == window.xid


def test_hidden_namesakes_do_not_count(clients: Clients, display: Display) -> None:
    """Toolkits have a hidden window of the same name and class beside the real one."""
    clients.open("editor", kind=("ed", "Ed")).hide()
    shown = clients.open("editor", kind=("ed", "Ed"))
    assert find_toplevel(display, "editor").xid == shown.xid


@pytest.mark.parametrize("asked", ["QUARTERLY", "report", "Writer", "soffice", "Quarterly Report"])
def test_a_part_of_title_or_class_is_enough(
    clients: Clients, display: Display, asked: str
) -> None:
    window = clients.open("Quarterly Report", kind=("soffice", "Writer"))
    clients.open("something else", kind=("else", "Else"))
    assert find_toplevel(display, asked).xid == window.xid


def test_several_matches_are_named_with_their_numbers(clients: Clients, display: Display) -> None:
    one, two = clients.open("notes one", kind=("ed", "Ed")), clients.open("notes two")
    with pytest.raises(SourceUnavailable) as refused:
        find_toplevel(display, "Notes")
    assert str(refused.value) == (
        f"2 windows match 'Notes', choose one: window:0x{one.xid:x} Ed — notes one; "
        f"window:0x{two.xid:x} notes two"
    )


def test_many_matches_are_not_all_named(clients: Clients, display: Display) -> None:
    for number in range(9):
        clients.open(f"notes {number}")
    with pytest.raises(SourceUnavailable, match="^9 windows .*; …$"):
        find_toplevel(display, "notes")


def test_an_exact_title_wins_over_a_part_of_one(clients: Clients, display: Display) -> None:
    clients.open("mail — inbox")
    exact = clients.open("Mail")
    assert find_toplevel(display, "mail").xid == exact.xid


def test_the_terminal_that_shows_the_command_does_not_match(
    clients: Clients, display: Display
) -> None:
    clients.open("samescreen window:Letter --fps 30", kind=("xterm", "XTerm"))
    letter = clients.open("a letter to you")
    assert find_toplevel(display, "letter").xid == letter.xid


@pytest.mark.parametrize("asked", ["0x1", "0xffffffff", "99999999"])
def test_a_number_without_a_window_is_refused(display: Display, asked: str) -> None:
    with pytest.raises(SourceUnavailable, match=f"no window {asked}; `samescreen sources`"):
        find_toplevel(display, asked)


def test_the_desktop_is_not_a_window(display: Display) -> None:
    with pytest.raises(SourceUnavailable, match="no window"):
        find_toplevel(display, hex(display.root))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0x1a00003", 0x1A00003), ("0X1A", 0x1A), ("27262979", 27262979), ("2048", None),
        ("0x", None), ("0x123456789", None), ("9999999999", None), ("1a00003", None),
    ],
)  # fmt: skip
def test_numbers_are_distinguished_from_titles(text: str, number: int | None) -> None:
    assert number_in(text) == number


def test_a_reused_number_is_a_different_window(
    clients: Clients, display: Display
) -> None:
    clients.open("a", Region(0, 0, 5, 5), kind=("a", "A"))
    (one,) = list_toplevels(display)
    other = TopLevel(one.xid, one.title, ("b", "B"), one.pid, True)
    assert one.is_same(TopLevel(one.xid, "renamed", one.kind, one.pid, False))
    assert not one.is_same(other)
