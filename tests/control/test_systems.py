"""Windows, macOS and uinput get the calls of the golden list, by fakes of their interfaces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from samescreen.control.acting import Acting
from samescreen.control.events import Button, Held, Key, Mark, Move, Order
from samescreen.control.hands import LEASE_US
from samescreen.control.macos.desk import MacDesk
from samescreen.control.news import Applied
from samescreen.control.places import PLACES
from samescreen.control.repeats import FIRST_US, NEXT_US
from samescreen.control.uinput.desk import UinputDesk
from samescreen.control.windows.desk import WindowsDesk
from samescreen.media import OnDesktop, Region
from tests.conftest import StartXServer
from tests.control.desk import Window, acting
from tests.control.fake_systems import FakeKernel, FakeQuartz, FakeUser32, GivenOrders
from tests.control.golden import GOLDEN, PICTURE, Step
from tests.stage.timing import eventually
from tests.stage.x_client import connected


def on_windows(*orders: Order, user32: FakeUser32 | None = None, until_us: int = 0) -> list[str]:
    """What user32 was asked for."""
    fake = user32 or FakeUser32()
    given = GivenOrders(OnDesktop("", 0, PICTURE), *orders, until_us=until_us)
    Acting(given, WindowsDesk(fake), lambda: given.now_us).run()
    return fake.calls


def on_macos(*orders: Order, quartz: FakeQuartz | None = None, until_us: int = 0) -> list[str]:
    """What Quartz was asked for."""
    fake = quartz or FakeQuartz()
    given = GivenOrders(OnDesktop("7", 0, PICTURE), *orders, until_us=until_us)
    Acting(given, MacDesk(fake), lambda: given.now_us).run()
    return fake.calls


def by_uinput(*orders: Order, until_us: int = 0) -> list[str]:
    """What the kernel was sent; both devices are gone at the end."""
    fake = FakeKernel()
    given = GivenOrders(OnDesktop("", 0, PICTURE), *orders, until_us=until_us)
    desk = UinputDesk(given, fake, lambda: given.now_us)
    Acting(given, desk, lambda: given.now_us).run()
    assert fake.open_fds == set()
    return fake.calls


SYSTEMS: dict[str, Callable[..., list[str]]] = {
    "windows": on_windows,
    "macos": on_macos,
    "uinput": by_uinput,
}


@pytest.mark.parametrize("step", GOLDEN, ids=lambda step: step.name)
@pytest.mark.parametrize("system", SYSTEMS)
def test_each_system_gets_the_calls_of_the_golden_list(system: str, step: Step) -> None:
    assert " · ".join(SYSTEMS[system](*step.does)) == getattr(step, system)


HELD = (Button(0, True, 10, 20), Key(True, PLACES["ShiftLeft"]), Key(True, PLACES["F5"]))


@pytest.mark.parametrize(
    ("system", "lifted"),
    [
        ("windows", ["mouse 0004 0 0,0", "key 00 002a a", "key 00 003f a"]),
        ("macos", ["mouse 2 0 5.25,10.25 clicks 1", "flags 38 0", 'key 60 up 0 ""']),
        ("uinput", ["1 272 0", "1 42 0", "1 63 0"]),
    ],
)
@pytest.mark.parametrize("until_us", [0, LEASE_US * 2], ids=["the end", "silence"])
def test_the_end_and_silence_let_everything_go(
    system: str, lifted: list[str], until_us: int
) -> None:
    assert SYSTEMS[system](*HELD, until_us=until_us)[-3:] == lifted


@pytest.mark.parametrize(
    ("system", "down"),
    [("windows", "key 00 001e 8"), ("macos", 'key 00 down 0 "a" again'), ("uinput", "1 30 1")],
)
def test_a_held_key_repeats_where_the_system_does_not_repeat_it(system: str, down: str) -> None:
    code = PLACES["KeyA"]
    orders = _Patient(
        OnDesktop("7" if system == "macos" else "", 0, PICTURE), Key(True, code, char="a")
    )
    calls = _run(system, orders, {code}, until_us=FIRST_US + 9 * NEXT_US + 1)
    repeated = calls[1:].count(down)
    assert repeated == (0 if system == "uinput" else 10), calls


class _Patient(GivenOrders):
    """A page that says every 90 ms what it holds."""

    held: frozenset[int] = frozenset()

    def wait(self, timeout_us: int | None, fd: int | None = None) -> None:
        assert timeout_us is not None
        self.now_us += max(1, min(timeout_us, 20_000))
        self.given.append(Held(0, self.held))


def _run(system: str, orders: _Patient, held: set[int], until_us: int) -> list[str]:
    fake: Any = {"windows": FakeUser32, "macos": FakeQuartz, "uinput": FakeKernel}[system]()
    desks: dict[str, Callable[[], Any]] = {
        "windows": lambda: WindowsDesk(fake),
        "macos": lambda: MacDesk(fake),
        "uinput": lambda: UinputDesk(orders, fake, lambda: orders.now_us),
    }
    orders.held = frozenset(held)
    desk = desks[system]()
    orders.ends_us = orders.now_us + until_us
    Acting(orders, desk, lambda: orders.now_us).run()
    return list(fake.calls)


def test_the_end_of_a_message_is_reported() -> None:
    given = GivenOrders(OnDesktop("", 0, PICTURE), Move(1, 1), Mark(5))
    Acting(given, WindowsDesk(FakeUser32()), lambda: given.now_us).run()
    assert given.news == [Applied(5, given.now_us)]


def test_while_the_picture_lies_nowhere_nothing_is_done() -> None:
    user32 = FakeUser32()
    given = GivenOrders(None, Move(1, 1), Key(True, PLACES["KeyA"], char="a"))
    Acting(given, WindowsDesk(user32), lambda: given.now_us).run()
    assert user32.calls == []


@pytest.mark.display
def test_a_real_x_server_gets_the_events_of_the_golden_list(x_server: StartXServer) -> None:
    server = x_server(800, 600)
    with connected(server.display) as client, acting(server.display, PICTURE) as act:
        window = Window(client, Region(0, 0, 800, 600))
        for step in GOLDEN:
            expected = step.x11.split(" · ")
            act.injector.put(Move(0, 0), Mark(0), Move(11, 0))
            window.gets("MotionNotify", count=2)
            window.got.clear()
            for event in step.does:
                act.injector.put(event, Mark(0))  # moves on both sides of it are not merged
            eventually(lambda: len(_lines(window)) >= len(expected), what=step.name)  # noqa: B023
            for got, wanted in zip(_lines(window), expected, strict=True):
                assert got == wanted or wanted == f"{got.rpartition(' ')[0]} ?", step.name
            window.got.clear()


X_KINDS = {
    "MotionNotify": "move",
    "ButtonPress": "button down",
    "ButtonRelease": "button up",
    "KeyPress": "key down",
    "KeyRelease": "key up",
}


def _lines(window: Window) -> list[str]:
    """What came, without moves to where the pointer is already: the server reports them too."""
    lines, at = [], ""
    for kind, number, x, y in window.read(*X_KINDS):
        what = f"{x},{y}" if kind == "MotionNotify" else str(number)
        if kind != "MotionNotify" or what != at:
            lines.append(f"{X_KINDS[kind]} {what}")
        at = what if kind == "MotionNotify" else at
    return lines
