"""A certificate of the user's own: which one is taken, and when it is read again."""

from __future__ import annotations

import asyncio
import os
import ssl
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from samescreen.errors import ServeError
from samescreen.serve import user_certificate
from samescreen.serve.certificates import identity_of, make_authority, make_leaf, pair_from
from samescreen.serve.tls import open_tls
from samescreen.serve.user_certificate import UserCertificate
from tests.fakes import PATIENCE_S, soon
from tests.serve.tls_stage import NOW, posix

pytestmark = pytest.mark.usefixtures("addresses")


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
