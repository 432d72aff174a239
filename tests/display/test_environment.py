"""The environment of programs on a display of their own."""

from __future__ import annotations

from samescreen.display.environment import NO_BUS, environment_for

DESKTOP = {
    "HOME": "/home/ann",
    "LANG": "zh_CN.UTF-8",
    "DISPLAY": ":0",
    "WAYLAND_DISPLAY": "wayland-0",
    "DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/user/1000/bus",
    "SESSION_MANAGER": "local/…",
    "PULSE_SINK": "speakers",
}


def test_programs_find_their_own_display_and_nothing_of_the_desktop() -> None:
    found = environment_for(DESKTOP, ":7", "/run/x", "unix:path=/run/bus", "own_sink")
    assert (found["DISPLAY"], found["XAUTHORITY"]) == (":7", "/run/x")
    assert found["DBUS_SESSION_BUS_ADDRESS"] == "unix:path=/run/bus"
    assert found["PULSE_SINK"] == "own_sink"
    assert found["GDK_BACKEND"] == "x11"
    assert not {"WAYLAND_DISPLAY", "SESSION_MANAGER"} & set(found)
    assert (found["HOME"], found["LANG"]) == ("/home/ann", "zh_CN.UTF-8")


def test_without_a_bus_of_its_own_a_program_gets_none() -> None:
    found = environment_for(DESKTOP, ":7", "/run/x", "", "")
    assert found["DBUS_SESSION_BUS_ADDRESS"] == NO_BUS
    assert found["PULSE_SINK"] == "speakers"
