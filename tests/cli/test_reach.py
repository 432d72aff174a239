"""What doctor finds out about firewalls and kinds of networks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from samescreen.cli.reach import Ask, ask, firewall_in_the_way, warnings_about


def answering(**answers: str) -> Ask:
    """Programs by the last part of their name, and what they print."""

    def ask(command: Sequence[str]) -> str | None:
        return answers.get(command[0].rpartition("/")[2])

    return ask


@pytest.mark.parametrize(
    ("platform", "answers", "says"),
    [
        ("linux", {}, None),
        ("linux", {"systemctl": "inactive\n"}, None),
        ("linux", {"systemctl": "active\n"}, "firewall-cmd --add-port=9000/tcp"),
        ("darwin", {"socketfilterfw": "Firewall is disabled. (State = 0)\n"}, None),
        ("darwin", {"socketfilterfw": "Firewall is enabled. (State = 1)\n"}, "macOS is on"),
        ("win32", {"netsh": "State                                 OFF\n"}, None),
        ("win32", {"netsh": "State                                 ON\n"}, "TCP port 9000"),
    ],
)
def test_a_firewall_that_is_on_is_named_with_the_cure(
    tmp_path: Path, platform: str, answers: dict[str, str], says: str | None
) -> None:
    found = firewall_in_the_way(9000, platform, answering(**answers), tmp_path)
    assert found is None if says is None else says in (found or "")


def test_ufw_is_known_by_its_settings(tmp_path: Path) -> None:
    settings = tmp_path / "etc" / "ufw" / "ufw.conf"
    settings.parent.mkdir(parents=True)
    settings.write_text("# /etc/ufw/ufw.conf\nENABLED=yes\n")
    found = firewall_in_the_way(9000, "linux", answering(), tmp_path)
    assert found is not None
    assert "sudo ufw allow 9000/tcp" in found


def test_wifi_vpn_and_containers_are_named(tmp_path: Path) -> None:
    (tmp_path / "sys/class/net/wlan0/wireless").mkdir(parents=True)
    (tmp_path / "run").mkdir()
    (tmp_path / "run/.containerenv").touch()
    interfaces = {"wlan0": "192.0.2.7", "tun0": "10.8.0.2", "eth0": "192.0.2.8"}
    wifi, vpn, container = warnings_about(interfaces, tmp_path)
    assert "192.0.2.7 is on Wi-Fi" in wifi
    assert "10.8.0.2 is on a VPN" in vpn
    assert "container" in container


def test_a_program_that_is_missing_or_silent_has_no_say() -> None:
    assert ask(("no-such-program",)) is None
    assert ask(("sh", "-c", "echo yes; exit 3")) == "yes\n"
