"""Where certificates live, when they are made anew, and what a bad one says."""

from __future__ import annotations

import os
import ssl
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from samescreen.errors import ServeError
from samescreen.serve import tls
from samescreen.serve.certificates import identity_of, make_authority, make_leaf, pair_from
from samescreen.serve.tls import LocalTls, OwnTls, config_folder, known_authority, open_tls

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
YEARS = timedelta(days=366)
posix = pytest.mark.skipif(sys.platform == "win32", reason="file modes")


@pytest.fixture(autouse=True)
def addresses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """This machine's addresses; a test changes them."""
    found = ["127.0.0.1", "192.168.1.5"]
    monkeypatch.setattr(tls, "own_addresses", lambda: found)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "config" / "samescreen"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@posix
def test_made_once_and_kept_private(folder: Path) -> None:
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


def test_another_address_makes_another_leaf(folder: Path, addresses: list[str]) -> None:
    held = LocalTls(folder, ["desk"], NOW)
    before = contents(folder)
    held.refresh(NOW)
    assert contents(folder) == before
    addresses.append("10.0.0.9")
    held.refresh(NOW)
    after = contents(folder)
    assert after["host.pem"] != before["host.pem"]
    assert after["authority.pem"] == before["authority.pem"]
    assert held.notes == []


def test_before_it_runs_out_it_is_made_anew(folder: Path) -> None:
    held = LocalTls(folder, ["desk"], NOW)
    before = contents(folder)
    held.refresh(NOW + YEARS)
    after = contents(folder)
    assert after["host.pem"] != before["host.pem"]
    assert after["ca.crt"] == before["ca.crt"]
    held.refresh(NOW + 10 * YEARS)
    assert contents(folder)["ca.crt"] != before["ca.crt"]
    assert any("trust it again" in note for note in held.notes)


def test_another_name_makes_another_authority_and_says_so(folder: Path) -> None:
    LocalTls(folder, ["desk"], NOW)
    wider = LocalTls(folder, ["desk", "share.example.org"], NOW)
    assert len(wider.notes) == 1
    assert LocalTls(folder, ["desk"], NOW).notes == [], "the wider one serves both"


@pytest.mark.parametrize("name", ["authority.pem", "host.pem", "ca.crt"])
@pytest.mark.parametrize("content", [b"", b"garbage", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_broken_file_is_made_anew(folder: Path, name: str, content: bytes) -> None:
    LocalTls(folder, ["desk"], NOW)
    (folder / name).write_bytes(content)
    held = LocalTls(folder, ["desk"], NOW)
    assert (folder / name).read_bytes() != content
    assert bool(held.notes) is (name == "authority.pem")


@posix
def test_a_key_that_others_may_read_is_closed_to_them(folder: Path) -> None:
    LocalTls(folder, ["desk"], NOW)
    (folder / "authority.pem").chmod(0o644)
    LocalTls(folder, ["desk"], NOW)
    assert mode(folder / "authority.pem") == 0o600


@pytest.mark.parametrize("where", ["below a file", "nowhere"])
def test_where_nothing_can_be_written_it_is_for_this_run(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "samescreen" if where == "below a file" else None
    held = LocalTls(folder, ["desk"], NOW)
    (note,) = held.notes
    assert "for this run only" in note
    assert held.authority is not None
    assert held.authority.path is None
    before = held.authority
    held.refresh(NOW + YEARS)
    assert held.authority == before, "viewers who trust it go on doing so"
    assert held.notes == [note]


def test_nothing_half_written_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    held = LocalTls(folder, ["desk"], NOW)
    assert list(folder.iterdir()) == []
    assert "No space left" in held.notes[0]


def test_known_without_being_made(folder: Path) -> None:
    assert known_authority(folder) is None
    assert not folder.exists()
    held = LocalTls(folder, ["desk"], NOW)
    assert known_authority(folder) == held.authority
    (folder / "authority.pem").write_text("x")
    with pytest.raises(ValueError, match="(?i)pem"):
        known_authority(folder)


def test_the_folder_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
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


# --- one's own ------------------------------------------------------------------------------------


@pytest.fixture
def own(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate and its key, in two files."""
    return written(tmp_path)


def written(folder: Path) -> tuple[Path, Path]:
    identity = identity_of(["share.example.org"], [])
    pair = make_leaf(make_authority(identity, NOW), identity, NOW)
    certificate, key = folder / "cert.pem", folder / "key.pem"
    certificate.write_bytes(pair.certificate_pem)
    key.write_bytes(pair.pem.removeprefix(pair.certificate_pem))
    return certificate, key


def test_files_of_ones_own(own: tuple[Path, Path]) -> None:
    held = open_tls(f"{own[0]},{own[1]}", [], NOW)
    assert isinstance(held, OwnTls)
    assert held.authority is None
    assert held.context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_bad_files_are_named_in_one_line(own: tuple[Path, Path], tmp_path: Path) -> None:
    certificate, key = own
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "other").mkdir()
    _, other_key = written(tmp_path / "other")
    secret = tmp_path / "secret.pem"
    loaded = pair_from(certificate.read_bytes() + key.read_bytes()).key
    secret.write_bytes(
        loaded.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"word"),
        )
    )
    for one, two, says in (
        (tmp_path / "nowhere", key, "cannot read .*nowhere"),
        (certificate, tmp_path / "nowhere", "cannot read .*nowhere"),
        (tmp_path / "empty", key, "not a certificate and its key"),
        (certificate, certificate, "not a certificate and its key"),
        (certificate, other_key, "does not belong"),
        (certificate, secret, "encrypted"),
        (tmp_path, key, "cannot read|not a certificate"),
    ):
        with pytest.raises(ServeError, match=says) as said:
            OwnTls(one, two)
        assert "\n" not in str(said.value)
        assert str(said.value).startswith("--tls: ")


def test_new_files_are_taken_up_and_bad_ones_are_not(
    own: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    held = OwnTls(*own)
    own[0].write_text("half of a")
    os.utime(own[0], ns=(1, 1))
    held.refresh(NOW)
    assert "still showing" in caplog.text
    caplog.clear()
    held.refresh(NOW)
    assert caplog.text == "", "said once"
    written(own[0].parent)
    os.utime(own[0], ns=(2, 2))
    held.refresh(NOW)
    assert caplog.text == ""
