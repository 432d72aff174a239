"""Which names and addresses certificates have: those that the viewer of a connection uses."""

from __future__ import annotations

import ssl
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from samescreen.serve import tls
from samescreen.serve.tls import LocalTls, renew_authority
from tests.serve.tls_stage import LOOPBACK, NOW, mode, shown

pytestmark = pytest.mark.usefixtures("addresses")


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
