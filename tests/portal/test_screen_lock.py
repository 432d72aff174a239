"""Whether the screen is locked, from real buses on which the tests play logind and lockers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from samescreen.portal.screen_lock import ScreenLock
from samescreen.waker import Waker
from tests.stage.locker import LOGIN, PrivateBus, Service, login
from tests.stage.timing import eventually

pytestmark = pytest.mark.display
GNOME = "org.gnome.ScreenSaver"
GNOME_PATH = "/org/gnome/ScreenSaver"
HINT = f"{LOGIN}.Session.LockedHint"
ON_X11 = {"WAYLAND_DISPLAY": "", "XDG_SESSION_TYPE": "x11"}


@pytest.fixture(scope="module")
def bus() -> Iterator[PrivateBus]:
    made = PrivateBus().start()
    yield made
    made.stop()


class Following:
    """What a `ScreenLock` has reported so far."""

    def __init__(self, **environment: str) -> None:
        self.reports: list[bool] = []
        self.lock = ScreenLock(self.reports.append, {"WAYLAND_DISPLAY": "wayland-0", **environment})

    def until(self, *reports: bool) -> None:
        eventually(lambda: self.reports == list(reports), what=f"the reports {reports}")


@pytest.fixture
def session(bus: PrivateBus) -> dict[str, str]:
    """An environment whose session bus is `bus`, and whose system bus does not exist."""
    return {"DBUS_SESSION_BUS_ADDRESS": bus.address, "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/none"}


@pytest.fixture
def system(bus: PrivateBus) -> dict[str, str]:
    """The other way round."""
    return {"DBUS_SESSION_BUS_ADDRESS": "disabled:", "DBUS_SYSTEM_BUS_ADDRESS": bus.address}


def test_logind_says_that_the_session_is_locked_and_unlocked(
    bus: PrivateBus, system: dict[str, str]
) -> None:
    service = login(bus)
    following = Following(**system)
    try:
        eventually(lambda: HINT in service.asked, what="it has asked")
        service.lock(is_locked=True)
        following.until(True)
        service.lock(is_locked=True)
        service.lock(is_locked=False)
        following.until(True, False)
    finally:
        following.lock.close()
        service.close()


def test_a_screen_that_is_locked_already_is_reported(
    bus: PrivateBus, system: dict[str, str]
) -> None:
    service = login(bus, is_locked=True)
    following = Following(**system)
    try:
        following.until(True)
    finally:
        following.lock.close()
        service.close()


@pytest.mark.parametrize(
    ("kind", "display", "environment"),
    [
        ("x11", ":0", {**ON_X11, "DISPLAY": ":7"}),
        ("wayland", "", {**ON_X11, "DISPLAY": ":7"}),
        ("x11", ":0", {"DISPLAY": ":0"}),
        ("wayland", "", {"WAYLAND_DISPLAY": "/run/samescreen-1/wayland-1"}),
    ],
)
def test_the_lock_of_another_session_concerns_nobody(
    bus: PrivateBus, system: dict[str, str], kind: str, display: str, environment: dict[str, str]
) -> None:
    service = login(bus, kind, display, is_locked=True)
    following = Following(**system, **environment)
    try:
        eventually(lambda: not following.lock.is_following, what="it has given up")
        assert following.reports == []
    finally:
        following.lock.close()
        service.close()


@pytest.mark.parametrize(("kind", "display"), [("x11", ":0"), ("x11", ""), ("tty", "")])
def test_the_session_of_an_x_display_is_known_by_its_number(
    bus: PrivateBus, system: dict[str, str], kind: str, display: str
) -> None:
    service = login(bus, kind, display, is_locked=True)
    following = Following(**system, **ON_X11, DISPLAY=":0.0")
    try:
        following.until(True)
    finally:
        following.lock.close()
        service.close()


def test_a_locker_on_the_session_bus_says_so(bus: PrivateBus, session: dict[str, str]) -> None:
    service = Service(bus, GNOME, {"GetActive": ("b", False)})
    following = Following(**session)
    try:
        eventually(lambda: "GetActive" in service.asked, what="it has asked")
        service.signal(GNOME_PATH, GNOME, "ActiveChanged", "b", True)
        following.until(True)
        service.signal(GNOME_PATH, GNOME, "ActiveChanged", "b", False)
        following.until(True, False)
    finally:
        following.lock.close()
        service.close()


def test_a_locker_that_ends_has_locked_nothing(bus: PrivateBus, session: dict[str, str]) -> None:
    service = Service(bus, "org.freedesktop.ScreenSaver", {"GetActive": ("b", True)})
    following = Following(**session)
    try:
        following.until(True)
        service.close()
        following.until(True, False)
    finally:
        following.lock.close()
        service.close()


def test_a_service_of_that_name_without_locks_is_left_alone(
    bus: PrivateBus, session: dict[str, str]
) -> None:
    """GNOME's own org.freedesktop.ScreenSaver inhibits, and refuses GetActive."""
    service = Service(bus, "org.freedesktop.ScreenSaver", {})
    locker = Service(bus, GNOME, {"GetActive": ("b", True)})
    following = Following(**session)
    try:
        following.until(True)
        assert service.asked == ["GetActive"]
    finally:
        following.lock.close()
        locker.close()
        service.close()


def test_without_a_bus_nothing_runs_and_nothing_is_left() -> None:
    following = Following(
        DBUS_SESSION_BUS_ADDRESS="disabled:", DBUS_SYSTEM_BUS_ADDRESS="unix:path=/none"
    )
    eventually(lambda: not following.lock.is_following, what="it has given up")
    following.lock.close()
    assert following.reports == []


def test_a_bus_that_dies_ends_the_lock() -> None:
    bus = PrivateBus().start()
    service = login(bus, is_locked=True)
    following = Following(
        DBUS_SESSION_BUS_ADDRESS="disabled:", DBUS_SYSTEM_BUS_ADDRESS=bus.address
    )
    try:
        following.until(True)
        bus.stop()
        following.until(True, False)
    finally:
        following.lock.close()
        service.close()
        bus.stop()


def test_it_waits_without_a_limit(
    bus: PrivateBus, session: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So a screen whose lock does not change costs nothing."""
    waits: list[int | None] = []
    wait = Waker.wait

    def counted(waker: Waker, timeout_us: int | None, *fds: int) -> bool:
        waits.append(timeout_us)
        return wait(waker, timeout_us, *fds)

    monkeypatch.setattr(Waker, "wait", counted)
    service = Service(bus, GNOME, {"GetActive": ("b", True)})
    following = Following(**session)
    try:
        following.until(True)
        service.signal("/elsewhere", "org.example.Noise", "Said", "b", True)
        service.signal(GNOME_PATH, GNOME, "ActiveChanged", "b", False)
        following.until(True, False)
        eventually(lambda: len(waits) >= 2, what="it waits again")
        assert set(waits) == {None}
    finally:
        following.lock.close()
        service.close()
