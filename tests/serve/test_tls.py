"""Where certificates are kept, when they are replaced, and what the host says of a bad one."""

from __future__ import annotations

import asyncio
import os
import ssl
import stat
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from samescreen.errors import ServeError
from samescreen.serve import private_files, tls, user_certificate
from samescreen.serve.certificates import identity_of, make_authority, make_leaf, pair_from
from samescreen.serve.tls import (
    LocalTls,
    config_folder,
    faults_of,
    known_authority,
    open_tls,
    own_names,
    renew_authority,
)
from samescreen.serve.user_certificate import UserCertificate
from tests.fakes import PATIENCE_S, soon
from tests.stage.forged import without_purpose

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
YEARS = timedelta(days=366)
posix = pytest.mark.skipif(sys.platform == "win32", reason="file modes")


@pytest.fixture(autouse=True)
def addresses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """This machine's addresses; a test changes them."""
    found = ["127.0.0.1", "192.168.1.5"]
    monkeypatch.setattr(tls, "own_addresses", lambda: found)
    monkeypatch.setattr(tls, "shown_addresses", lambda host: found if host == "0.0.0.0" else [host])
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "config" / "samescreen"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


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
    assert any("trust it again" in note for note in held.notes)


def test_another_name_makes_another_authority_with_a_note(folder: Path) -> None:
    LocalTls(folder, ["desk"], NOW)
    wider = LocalTls(folder, ["desk", "share.example.org"], NOW)
    assert len(wider.notes) == 1
    assert LocalTls(folder, ["desk"], NOW).notes == [], "the wider one serves both"


@pytest.mark.parametrize("name", ["authority.pem", "host.pem", "ca.crt"])
@pytest.mark.parametrize("content", [b"", b"garbage", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_broken_file_is_replaced(folder: Path, name: str, content: bytes) -> None:
    LocalTls(folder, ["desk"], NOW)
    (folder / name).write_bytes(content)
    held = LocalTls(folder, ["desk"], NOW)
    assert (folder / name).read_bytes() != content
    assert bool(held.notes) is (name == "authority.pem")


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


# --- what strangers read in it --------------------------------------------------------------------


def shown(folder: Path) -> set[str]:
    pair = pair_from((folder / "host.pem").read_bytes())
    found = pair.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return set(map(str, found.value.get_values_for_type(x509.IPAddress)))


LOOPBACK = {"127.0.0.1", "::1"}


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("0.0.0.0", {"192.168.1.5"}),
        ("127.0.0.1", set()),
        ("localhost", set()),
        ("10.8.0.2", {"10.8.0.2"}),
        ("desk", set()),
    ],
)
def test_the_certificate_names_the_addresses_of_the_urls(
    folder: Path, addresses: list[str], host: str, expected: set[str], monkeypatch: Any
) -> None:
    listed = ["192.168.1.5"]
    monkeypatch.setattr(tls, "shown_addresses", lambda h: listed if h == "0.0.0.0" else [h])
    addresses += ["10.8.0.2", "172.17.0.1", "2001:db8::5", "fe80::1%eth0"]
    LocalTls(folder, ["desk"], NOW, host)
    assert shown(folder) == LOOPBACK | expected


def peer_certificate(context: ssl.SSLContext, held: LocalTls) -> x509.Certificate:
    """The certificate that a client who trusts the authority gets, in memory."""
    assert held.authority is not None
    trusting = ssl.create_default_context(cadata=held.authority.pem.decode())
    trusting.check_hostname = False
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = context.wrap_bio(up, down, server_side=True)
    client = trusting.wrap_bio(down, up)
    for _ in range(4):
        for side in (client, server):
            with suppress(ssl.SSLWantReadError):
                side.do_handshake()
    found = client.getpeercert(binary_form=True)
    assert found is not None
    return x509.load_der_x509_certificate(found)


@pytest.mark.parametrize("address", ["192.168.1.5", "10.8.0.2", "127.0.0.1", "::1"])
def test_a_certificate_names_only_the_address_of_its_connection(
    folder: Path, addresses: list[str], address: str
) -> None:
    addresses.append("10.8.0.2")
    held = LocalTls(folder, ["desk"], datetime.now(UTC))
    shown_to = peer_certificate(held.context_for(address), held)
    found = shown_to.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    named = {str(each) for each in found.value.get_values_for_type(x509.IPAddress)}
    assert named == LOOPBACK | {address}
    assert set(found.value.get_values_for_type(x509.DNSName)) == {"localhost", "desk"}


@pytest.mark.parametrize("is_kept", [True, False], ids=["kept", "in memory"])
async def test_each_address_keeps_its_certificate(folder: Path, is_kept: bool) -> None:
    """Otherwise a browser with an exception for it would warn again."""
    now = datetime.now(UTC)
    held = LocalTls(folder if is_kept else None, ["desk"], now)
    first = peer_certificate(held.context_for("192.168.1.5"), held)
    assert held.context_for("192.168.1.5") is held.context_for("192.168.1.5")
    await held.refresh(now)
    again = LocalTls(folder, ["desk"], now) if is_kept else held
    assert peer_certificate(again.context_for("192.168.1.5"), again) == first
    if is_kept:
        assert mode(folder / "host-192.168.1.5.pem") == 0o600
        renew_authority(folder, now)
        assert not (folder / "host-192.168.1.5.pem").exists()


def test_a_new_address_gets_the_general_certificate_until_a_refresh(
    folder: Path, addresses: list[str]
) -> None:
    held = LocalTls(folder, ["desk"], datetime.now(UTC))
    addresses.append("203.0.113.7")
    shown_to = peer_certificate(held.context_for("203.0.113.7"), held)
    assert shown_to.public_bytes(serialization.Encoding.PEM) in (folder / "host.pem").read_bytes()


def test_a_certificate_that_names_too_many_addresses_is_replaced(
    folder: Path, addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses.append("172.17.0.1")
    before = LocalTls(folder, ["desk"], NOW).authority
    assert "172.17.0.1" in shown(folder), "like certificates of earlier versions"
    LocalTls(folder, ["desk"], NOW, "127.0.0.1")
    assert "172.17.0.1" in shown(folder), "only this machine sees a certificate on loopback"
    monkeypatch.setattr(tls, "shown_addresses", lambda host: ["192.168.1.5"])
    held = LocalTls(folder, ["desk"], NOW)
    assert shown(folder) == LOOPBACK | {"192.168.1.5"}
    assert held.authority == before
    more = LocalTls(folder, ["desk", "172.17.0.1"], NOW)
    assert (shown(folder), more.notes) == (LOOPBACK | {"192.168.1.5", "172.17.0.1"}, [])


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


def test_a_certificate_of_the_user(own: tuple[Path, Path]) -> None:
    held = open_tls(f"{own[0]},{own[1]}", [], NOW, "0.0.0.0")
    assert isinstance(held, UserCertificate)
    assert held.authority is None
    assert held.context.minimum_version is ssl.TLSVersion.TLSv1_2


@posix
@pytest.mark.parametrize(
    ("bits", "says"),
    [(0o600, ""), (0o640, ""), (0o644, "can read"), (0o660, "can write"), (0o666, "can write")],
)
def test_a_user_key_that_others_can_touch_gives_a_note(
    own: tuple[Path, Path], bits: int, says: str
) -> None:
    own[1].chmod(bits)
    notes = UserCertificate(*own).notes
    assert len(notes) == bool(says)
    assert all(says in note and str(own[1]) in note for note in notes)


def test_bad_user_files_give_one_line(own: tuple[Path, Path], tmp_path: Path) -> None:
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
            UserCertificate(one, two)
        assert "\n" not in str(said.value)
        assert str(said.value).startswith("--tls: ")


async def test_changed_user_files_are_loaded_unless_they_are_bad(
    own: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    held = UserCertificate(*own)
    before = held.context_for("10.0.0.1")
    own[0].write_text("half of a")
    os.utime(own[0], ns=(1, 1))
    await held.refresh(NOW)
    assert "still showing" in caplog.text
    caplog.clear()
    await held.refresh(NOW)
    assert caplog.text == "", "it is logged once"
    assert held.context_for("10.0.0.1") is before
    written(own[0].parent)
    os.utime(own[0], ns=(2, 2))
    await held.refresh(NOW)
    assert caplog.text == ""
    assert held.context_for("10.0.0.1") is not before


async def test_slow_user_files_do_not_stop_the_event_loop(
    own: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    held = UserCertificate(*own)
    is_free, before = threading.Event(), held.context

    def slow(certificate: Path, key: Path) -> tuple[int, ...]:
        assert is_free.wait(PATIENCE_S), "the loop that would free the disk waits for the disk"
        return 1, 1

    monkeypatch.setattr(user_certificate, "_stamps_of", slow)
    refreshing = asyncio.create_task(held.refresh(NOW))
    await soon(lambda: any("--tls" in t.name for t in threading.enumerate()), "it reads")
    is_free.set()
    await refreshing
    assert held.context is not before
