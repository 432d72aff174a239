"""Where certificates are kept, when they are replaced, and what the host says of a bad one."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from samescreen.errors import ServeError
from samescreen.serve import private_files, tls
from samescreen.serve.certificates import identity_of, make_authority
from samescreen.serve.tls import (
    LocalTls,
    config_folder,
    faults_of,
    known_authority,
    own_names,
    renew_authority,
)
from tests.fakes import PATIENCE_S, soon
from tests.serve.tls_stage import NOW, YEARS, mode, posix, shown
from tests.stage.forged import without_purpose

pytestmark = pytest.mark.usefixtures("addresses")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@posix
def test_certificates_are_made_once_and_kept_private(folder: Path) -> None:
    first = LocalTls(folder, ["desk"], NOW)
    assert first.notes == []
    assert mode(folder) == 0o700
    assert {p.name: mode(p) for p in folder.iterdir()} == {
        "authority.pem": 0o600,
        "host.pem": 0o600,
        "ca.crt": 0o644,
    }
    before = contents(folder)
    again = LocalTls(folder, ["desk"], NOW)
    assert contents(folder) == before
    assert again.authority == first.authority
    assert again.authority is not None
    assert again.authority.path == folder / "ca.crt"
    assert again.authority.pem == before["ca.crt"]
    assert b"PRIVATE" not in before["ca.crt"]


async def test_another_address_makes_another_leaf(folder: Path, addresses: list[str]) -> None:
    held = LocalTls(folder, ["desk"], NOW)
    before = contents(folder)
    await held.refresh(NOW)
    assert contents(folder) == before
    addresses.append("10.0.0.9")
    await held.refresh(NOW)
    after = contents(folder)
    assert after["host.pem"] != before["host.pem"]
    assert after["authority.pem"] == before["authority.pem"]
    assert held.notes == []


async def test_certificates_are_renewed_before_they_expire(folder: Path) -> None:
    held = LocalTls(folder, ["desk"], NOW)
    before = contents(folder)
    await held.refresh(NOW + YEARS)
    after = contents(folder)
    assert after["host.pem"] != before["host.pem"]
    assert after["ca.crt"] == before["ca.crt"]
    await held.refresh(NOW + 10 * YEARS)
    assert contents(folder)["ca.crt"] != before["ca.crt"]
    (note,) = held.notes
    assert "expires soon" in note
    assert "trust it again" in note


def test_another_name_makes_another_authority_with_a_note(folder: Path) -> None:
    LocalTls(folder, ["desk"], NOW)
    wider = LocalTls(folder, ["desk", "share.example.org"], NOW)
    (note,) = wider.notes
    assert "has another name or address" in note
    assert LocalTls(folder, ["desk"], NOW).notes == [], "the wider one serves both"


@pytest.mark.parametrize("name", ["authority.pem", "host.pem", "ca.crt"])
@pytest.mark.parametrize("content", [b"", b"garbage", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_broken_file_is_replaced(folder: Path, name: str, content: bytes) -> None:
    LocalTls(folder, ["desk"], NOW)
    (folder / name).write_bytes(content)
    held = LocalTls(folder, ["desk"], NOW)
    assert (folder / name).read_bytes() != content
    assert bool(held.notes) is (name == "authority.pem")
    assert all("is broken" in note for note in held.notes)


@posix
def test_a_key_that_others_may_read_is_closed_to_them(folder: Path) -> None:
    LocalTls(folder, ["desk"], NOW)
    (folder / "authority.pem").chmod(0o644)
    held = LocalTls(folder, ["desk"], NOW)
    assert mode(folder / "authority.pem") == 0o600
    (note,) = held.notes
    assert "others could read" in note
    assert "ca renew" in note
    assert LocalTls(folder, ["desk"], NOW).notes == []


@posix
@pytest.mark.parametrize("bits", [0o702, 0o720, 0o777])
def test_a_folder_that_others_may_write_is_closed_to_them(folder: Path, bits: int) -> None:
    before = LocalTls(folder, ["desk"], NOW).authority
    folder.chmod(bits)
    assert any("can write" in fault for fault in faults_of(folder))
    held = LocalTls(folder, ["desk"], NOW)
    assert mode(folder) & 0o022 == 0
    assert held.authority == before
    (note,) = held.notes
    assert "others could write" in note
    assert faults_of(folder) == []


@posix
@pytest.mark.parametrize("bits", [0o602, 0o620, 0o666])
def test_an_authority_that_others_could_have_written_is_not_used(folder: Path, bits: int) -> None:
    before = LocalTls(folder, ["desk"], NOW).authority
    (folder / "authority.pem").chmod(bits)
    held = LocalTls(folder, ["desk"], NOW)
    (note,) = held.notes
    assert "for this run only" in note
    assert "ca renew" in note
    assert held.authority is not None
    assert held.authority.path is None
    assert before is not None
    assert held.authority.fingerprint != before.fingerprint
    assert any("authority.pem" in fault for fault in faults_of(folder))


@posix
@pytest.mark.parametrize("spoil", ["mode", "garbage", "other kind"])
def test_a_leaf_that_others_could_have_written_is_replaced(folder: Path, spoil: str) -> None:
    LocalTls(folder, ["desk"], NOW)
    leaf = folder / "host.pem"
    before = leaf.read_bytes()
    if spoil == "mode":
        leaf.chmod(0o666)
    elif spoil == "garbage":
        leaf.write_bytes(b"x")
    else:
        leaf.unlink()
        os.mkfifo(leaf)
    held = LocalTls(folder, ["desk"], NOW)
    assert held.notes == []
    assert leaf.read_bytes() != before
    assert mode(leaf) == 0o600


@posix
@pytest.mark.parametrize("whose", ["", "authority.pem", "host.pem"])
def test_files_of_another_user_are_not_used(
    folder: Path, monkeypatch: pytest.MonkeyPatch, whose: str
) -> None:
    before = LocalTls(folder, ["desk"], NOW).authority
    strange = (folder / whose).stat().st_ino
    monkeypatch.setattr(private_files, "_is_ours", lambda status: status.st_ino != strange)
    assert any("another user" in fault for fault in faults_of(folder))
    held = LocalTls(folder, ["desk"], NOW)
    if whose == "host.pem":
        assert held.notes == []
        assert (folder / whose).stat().st_ino != strange
        return
    (note,) = held.notes
    assert "belongs to another user" in note
    assert held.authority is not None
    assert before is not None
    assert held.authority.fingerprint != before.fingerprint


def test_a_renewed_authority_replaces_the_old_one(folder: Path) -> None:
    before = LocalTls(folder, [*own_names(), "share.example.org"], NOW).authority
    renewed = renew_authority(folder, NOW)
    assert before is not None
    assert renewed.fingerprint != before.fingerprint
    assert renewed.pem == (folder / "ca.crt").read_bytes()
    assert known_authority(folder) == renewed
    held = LocalTls(folder, [*own_names(), "share.example.org"], NOW)
    assert (held.authority, held.notes) == (renewed, []), "with the old one's names"


@posix
def test_renewing_works_with_a_broken_authority_but_not_in_a_strangers_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    LocalTls(folder, ["desk"], NOW)
    (folder / "authority.pem").chmod(0o666)
    renew_authority(folder, NOW)
    assert faults_of(folder) == []
    monkeypatch.setattr(private_files, "_is_ours", lambda status: False)
    with pytest.raises(ServeError, match="another user"):
        renew_authority(folder, NOW)


def test_where_nothing_can_be_written_no_authority_is_renewed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ServeError, match=r"cannot renew the authority in .*/x: Not a directory$"):
        renew_authority(tmp_path / "file" / "x", NOW)


def test_an_authority_of_an_earlier_version_stays_in_use(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir(parents=True, mode=0o700)
    identity = identity_of(["desk"], ["192.168.1.5"])
    old = without_purpose(make_authority(identity, NOW))
    (folder / "authority.pem").write_bytes(old.pem)
    (folder / "authority.pem").chmod(0o600)
    held = LocalTls(folder, ["desk"], NOW)
    assert held.notes == []
    assert held.authority is not None
    assert not held.authority.is_web_only
    assert held.authority.pem == old.certificate_pem
    assert renew_authority(folder, NOW).is_web_only


@pytest.mark.parametrize("where", ["below a file", "nowhere"])
async def test_an_unwritable_folder_gives_a_certificate_for_this_run(
    tmp_path: Path, where: str
) -> None:
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "samescreen" if where == "below a file" else None
    held = LocalTls(folder, ["desk"], NOW)
    (note,) = held.notes
    assert "for this run only" in note
    assert held.authority is not None
    assert held.authority.path is None
    before = held.authority
    await held.refresh(NOW + YEARS)
    assert held.authority == before, "the authority that viewers trust stays"
    assert held.notes == [note]


async def test_a_slow_disk_does_not_stop_the_event_loop(
    folder: Path, addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    held = LocalTls(folder, ["desk"], NOW)
    is_free, kept = threading.Event(), tls._kept_pairs

    def slow(*arguments: Any) -> Any:
        assert is_free.wait(PATIENCE_S), "the loop that would free the disk waits for the disk"
        return kept(*arguments)

    monkeypatch.setattr(tls, "_kept_pairs", slow)
    addresses.append("10.0.0.9")
    refreshing = asyncio.create_task(held.refresh(NOW))
    await soon(lambda: any("https" in t.name for t in threading.enumerate()), "it reads")
    is_free.set()
    await refreshing
    assert "10.0.0.9" in shown(folder)


def test_a_failed_write_leaves_no_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    held = LocalTls(folder, ["desk"], NOW)
    assert list(folder.iterdir()) == []
    assert "No space left" in held.notes[0]


def test_known_authority_makes_nothing(folder: Path) -> None:
    assert known_authority(folder) is None
    assert not folder.exists()
    held = LocalTls(folder, ["desk"], NOW)
    assert known_authority(folder) == held.authority
    (folder / "authority.pem").write_text("x")
    with pytest.raises(ValueError, match="(?i)pem"):
        known_authority(folder)


def test_the_folder_is_in_the_users_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    variable = "APPDATA" if sys.platform == "win32" else "XDG_CONFIG_HOME"
    monkeypatch.setenv(variable, str(tmp_path))
    assert config_folder() == tmp_path / "samescreen"
    monkeypatch.delenv(variable)
    assert config_folder() not in (None, tmp_path / "samescreen")


@posix
def test_without_a_home_there_is_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: object) -> Path:
        raise RuntimeError("no home")

    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setattr(Path, "home", nobody)
    assert config_folder() is None
