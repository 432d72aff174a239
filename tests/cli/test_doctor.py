"""`samescreen doctor`: what works here, and why not."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from samescreen.capture.choose import KINDS
from samescreen.capture.sound.choose import ListedSound, SoundChoice
from samescreen.cli import doctor as reports
from samescreen.cli.sources import show_sources
from samescreen.encode.hardware import candidates
from samescreen.serve.certificates import identity_of, make_authority
from samescreen.serve.tls import LocalTls, known_authority
from tests.conftest import StartXServer
from tests.fake_sound import ScriptedSound
from tests.stage.forged import without_purpose
from tests.stage.timing import MS
from tests.stage.tools import python_environment

HARDWARE = [each.profile.name for each in candidates()]
PROBES = [
    *("program", "screen", "backends", "H.264", *HARDWARE),
    *("JPEG", "sound", "new", "port", "network", "firewall", "tunnels", "https", "event loop"),
]


def doctor(display: str) -> tuple[int, dict[str, tuple[str, str]]]:
    """The exit code, and of each probe its mark and its words."""
    done = subprocess.run(
        [sys.executable, "-m", "samescreen", "doctor"],
        env=python_environment() | {"DISPLAY": display},
        capture_output=True,
        text=True,
        timeout=30_000 * MS,
        check=False,
    )
    patience = "samescreen: still waiting for "  # on a busy machine
    assert [line for line in done.stderr.splitlines() if not line.startswith(patience)] == []
    found = {}
    for line in done.stdout.splitlines():
        mark, rest = line.split(" ", 1)
        what = next(probe for probe in PROBES if rest.startswith(probe))
        found[what] = (mark, rest.removeprefix(what).strip())
    return done.returncode, found


def test_without_a_display_the_cure_is_named_and_the_rest_works() -> None:
    code, found = doctor("")
    assert code == 0, "the test card can be shared all the same"
    assert list(found) == PROBES
    mark, words = found["screen"]
    assert mark == "✗"
    assert "DISPLAY is not set" in words
    assert "ssh" in found["tunnels"][1]
    assert "testcard" in words
    x11 = "x11 (screens, regions, single windows), mss ("
    assert found["backends"][1].startswith(f"wayland (screens, regions), portal (screens), {x11}")
    for vital in ("program", "H.264", "JPEG"):
        assert found[vital][0] == "✓"
    assert "avc1.42C0" in found["H.264"][1]


@pytest.mark.display
def test_on_a_screen_it_takes_a_picture(x_server: StartXServer) -> None:
    code, found = doctor(x_server(320, 200).display)
    assert code == 0
    mark, words = found["screen"]
    assert mark == "✓"
    assert "320×200" in words
    assert "MIT-SHM" in words
    assert "first picture" in words


@pytest.mark.display
def test_a_slower_capture_is_explained(x_server: StartXServer) -> None:
    _, found = doctor(x_server(320, 200, without=("MIT-SHM",)).display)
    mark, words = found["screen"]
    assert mark == "✓"
    assert "slower" in words


@pytest.mark.parametrize("note", ["", "no sound: macOS is too old"])
def test_sound_devices_come_with_what_to_type(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], note: str
) -> None:
    listed = [
        ListedSound("output", "what this machine plays"),
        ListedSound("Mic (2)", "microphone"),
    ]
    monkeypatch.setattr(reports, "choose_sound", lambda words: SoundChoice(ScriptedSound(), note))
    monkeypatch.setattr(reports, "list_sounds", lambda: listed)
    finding = reports._try("sound", reports._sound, False)
    assert finding.works is (not note)
    assert finding.detail.startswith(note or "a tone, scripted, Opus")
    assert finding.detail.endswith('--audio output, --audio "Mic (2)"')
    monkeypatch.setattr("samescreen.cli.sources.list_sounds", lambda: listed)
    monkeypatch.setattr("samescreen.cli.sources.KINDS", {"testcard": KINDS["testcard"]})
    show_sources()
    printed = capsys.readouterr().out.splitlines()
    assert printed[-2:] == [
        "--audio output     what this machine plays",
        '--audio "Mic (2)"  microphone',
    ]


def test_doctor_warns_of_an_authority_that_others_can_write(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    folder = tmp_path / "samescreen"
    monkeypatch.setattr(reports, "config_folder", lambda: folder)
    LocalTls(folder, ["desk"], now)
    assert "renew" not in finding().detail
    old = without_purpose(make_authority(identity_of(["desk"], []), now))
    (folder / "authority.pem").write_bytes(old.pem)
    assert finding().works
    assert finding().detail.endswith("of an earlier version: samescreen ca renew")
    if sys.platform == "win32":
        return
    (folder / "authority.pem").chmod(0o620)
    assert not finding().works
    assert "could write" in finding().detail
    folder.chmod(0o777)
    assert f"others can write to {folder}" in finding().detail


def finding() -> reports.Finding:
    return reports._try("https", reports._https, False)


def test_ca_renew_makes_another_and_says_what_is_left_to_do(tmp_path: Path) -> None:
    home = dict.fromkeys(("XDG_CONFIG_HOME", "APPDATA"), str(tmp_path))
    environment = python_environment() | home
    done = [
        subprocess.run(
            [sys.executable, "-m", "samescreen", "ca", "renew"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=30_000 * MS,
            check=False,
        )
        for _ in range(2)
    ]
    assert [each.returncode for each in done] == [0, 0]
    assert [each.stderr for each in done] == ["", ""]
    assert done[0].stdout != done[1].stdout
    kept = known_authority(tmp_path / "samescreen")
    assert kept is not None
    assert f"SHA-256 {kept.fingerprint}\n" in done[1].stdout
    assert "trust the new one" in done[1].stdout


def test_it_speaks_chinese(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    probes = (
        ("port", lambda: "9000 is free", False),
        ("network", lambda: "10.0.0.5 · ::5 is on a VPN (wg0): only its members reach it", True),
    )
    monkeypatch.setattr(reports, "_PROBES", probes)
    assert reports.show_report() == 0
    assert capsys.readouterr().out == (
        "✓ 端口  9000 空闲\n✓ 网络  10.0.0.5 · ::5 在 VPN（wg0）上：只有其成员能连到\n"
    )
