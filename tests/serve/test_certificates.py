"""The local authority and the certificates it makes, as OpenSSL and the standards see them."""

from __future__ import annotations

import ipaddress
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from samescreen.serve.certificates import (
    Identity,
    Pair,
    authority_serves,
    fingerprint,
    identity_of,
    is_web_only,
    leaf_serves,
    make_authority,
    make_leaf,
    pair_from,
)
from tests.stage.forged import forged_by, without_purpose
from tests.stage.tools import find_tool

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
DESK = identity_of(["desk", "desk.local"], ["192.168.1.5", "fd00::7", "fe80::1%eth0"])


@pytest.fixture(scope="module")
def authority() -> Pair:
    return make_authority(DESK, NOW)


@pytest.fixture(scope="module")
def leaf(authority: Pair) -> Pair:
    return make_leaf(authority, DESK, NOW)


def handshake(authority: Pair, leaf: Pair, name: str, tmp_path: object) -> None:
    """Shake hands in memory with a client that trusts the authority. Raises ssl.SSLError."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    path = f"{tmp_path}/pair.pem"
    with open(path, "wb") as file:
        file.write(leaf.pem)
    server.load_cert_chain(path)
    client = ssl.create_default_context(cadata=authority.certificate_pem.decode())
    if hasattr(ssl, "VERIFY_X509_STRICT"):
        client.verify_flags |= ssl.VERIFY_X509_STRICT
    pipes = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(pipes[0], pipes[1], server_hostname=name)
    far = server.wrap_bio(pipes[1], pipes[0], server_side=True)
    ends = [near, far, near, far]
    for end in ends:
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue


def san_of(pair: Pair) -> x509.SubjectAlternativeName:
    return pair.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def test_an_identity_always_has_localhost_and_loopback() -> None:
    identity = identity_of([], [])
    assert identity.names == ("localhost",)
    assert set(map(str, identity.addresses)) == {"127.0.0.1", "::1"}


def test_names_that_no_certificate_can_state_are_left_out() -> None:
    identity = identity_of(["Desk.", "同屏", "a b", "", "-x", "my_pc"], ["fe80::1%eth0"])
    assert identity.names == ("localhost", "desk", "my_pc")
    assert len(identity.addresses) == 2


def test_the_authority_has_the_extensions_that_browsers_require(authority: Pair) -> None:
    found = authority.certificate.extensions
    basic = found.get_extension_for_class(x509.BasicConstraints)
    assert (basic.critical, basic.value.ca, basic.value.path_length) == (True, True, 0)
    usage = found.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.key_cert_sign
    assert not usage.value.digital_signature
    assert found.get_extension_for_class(x509.NameConstraints).critical
    assert isinstance(authority.key.curve, ec.SECP256R1)
    assert "desk" in authority.certificate.subject.rfc4514_string()


def test_the_leaf_has_the_extensions_that_browsers_require(authority: Pair, leaf: Pair) -> None:
    certificate, found = leaf.certificate, leaf.certificate.extensions
    life = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert life <= 397 * DAY
    assert not found.get_extension_for_class(x509.BasicConstraints).value.ca
    purposes = list(found.get_extension_for_class(x509.ExtendedKeyUsage).value)
    assert purposes == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert found.get_extension_for_class(x509.KeyUsage).value.digital_signature
    issuer = found.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    own = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    assert issuer.key_identifier == own.value.digest
    names = san_of(leaf).get_values_for_type(x509.DNSName)
    assert set(names) == {"localhost", "desk", "desk.local"}
    addresses = set(map(str, san_of(leaf).get_values_for_type(x509.IPAddress)))
    assert addresses == {"127.0.0.1", "::1", "192.168.1.5", "fd00::7"}


@pytest.mark.parametrize("name", ["localhost", "desk.local", "192.168.1.5", "127.0.0.1", "fd00::7"])
def test_a_strict_client_accepts_the_leaf(
    authority: Pair, leaf: Pair, name: str, tmp_path: object
) -> None:
    handshake(authority, leaf, name, tmp_path)


@pytest.mark.parametrize("name", ["bank.example", "8.8.8.8", "2001:db8::1"])
def test_the_authority_cannot_vouch_for_web_sites(
    authority: Pair, name: str, tmp_path: object
) -> None:
    """A thief with the key signs a name that the program itself would not sign."""
    try:
        stolen = Identity((), (ipaddress.ip_address(name),))
    except ValueError:
        stolen = Identity((name,), ())
    forged = forged_by(authority, stolen)
    with pytest.raises(ssl.SSLError, match="(?i)permitted subtree|verify failed"):
        handshake(authority, forged, name, tmp_path)


@pytest.mark.parametrize("purpose", ["sslserver", "sslclient", "smimesign", "any"])
def test_a_stolen_key_can_sign_for_web_servers_only(
    authority: Pair, purpose: str, tmp_path: Path
) -> None:
    """OpenSSL checks a certificate that a stolen key signed, and that claims every purpose."""
    forged = forged_by(authority, identity_of(["desk"], []), for_everything=True)
    (tmp_path / "ca.pem").write_bytes(authority.certificate_pem)
    (tmp_path / "leaf.pem").write_bytes(forged.certificate_pem)
    openssl = find_tool("openssl")
    command = [openssl, "verify", "-purpose", purpose, "-CAfile", "ca.pem", "leaf.pem"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) is (purpose in ("sslserver", "any")), done.stderr


def test_an_authority_of_an_earlier_version_is_recognised(authority: Pair) -> None:
    assert is_web_only(authority.certificate)
    old = without_purpose(authority)
    assert not is_web_only(old.certificate)
    assert authority_serves(old.certificate, DESK, NOW), "and stays good"


def test_a_forgery_within_the_name_constraints_is_accepted(
    authority: Pair, tmp_path: object
) -> None:
    """This shows that the test above fails because of the constraints."""
    forged = forged_by(authority, identity_of([], ["192.168.77.1"]))
    handshake(authority, forged, "192.168.77.1", tmp_path)


def test_a_pair_can_be_written_and_read_back(authority: Pair) -> None:
    again = pair_from(authority.pem)
    assert again.certificate == authority.certificate
    assert fingerprint(again.certificate) == fingerprint(authority.certificate)
    assert fingerprint(again.certificate).count(":") == 31


def test_a_certificate_with_another_key_is_refused(authority: Pair, leaf: Pair) -> None:
    with pytest.raises(ValueError, match="different pairs"):
        pair_from(Pair(authority.certificate, leaf.key).pem)


@given(st.binary(max_size=200))
def test_garbage_is_not_a_pair(garbage: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - cryptography has many words for it
        pair_from(garbage)


def test_certificates_are_good_until_a_margin_before_their_end(authority: Pair, leaf: Pair) -> None:
    assert authority_serves(authority.certificate, DESK, NOW)
    assert leaf_serves(leaf, authority, DESK, NOW)
    assert leaf_serves(leaf, authority, DESK, NOW + 364 * DAY)
    assert not leaf_serves(leaf, authority, DESK, NOW + 366 * DAY), "a month before it expires"
    assert not leaf_serves(leaf, authority, DESK, NOW - 2 * DAY), "the clock was put back"
    assert not authority_serves(authority.certificate, DESK, NOW + 3300 * DAY)


def test_another_address_needs_another_leaf_only(authority: Pair, leaf: Pair) -> None:
    moved = identity_of(["desk", "desk.local"], ["10.7.7.7"])
    assert authority_serves(authority.certificate, moved, NOW)
    assert not leaf_serves(leaf, authority, moved, NOW)
    fewer = identity_of(["desk"], [])
    assert leaf_serves(leaf, authority, fewer, NOW), "it may name an address that is gone"


def test_another_name_or_public_address_needs_another_authority(authority: Pair) -> None:
    for names, addresses in ((["share.example.org"], []), ([], ["203.0.113.9"])):
        wider = identity_of([*DESK.names, *names], [*map(str, DESK.addresses), *addresses])
        assert not authority_serves(authority.certificate, wider, NOW)
        fresh = make_authority(wider, NOW, before=authority.certificate)
        assert authority_serves(fresh.certificate, wider, NOW)
        assert authority_serves(fresh.certificate, DESK, NOW), "and they do not alternate"


def test_public_ipv6_addresses_change_without_another_authority(authority: Pair) -> None:
    roaming = identity_of(["desk", "desk.local"], ["2001:db8:1::5"])
    assert authority_serves(authority.certificate, roaming, NOW)
    addresses = san_of(make_leaf(authority, roaming, NOW)).get_values_for_type(x509.IPAddress)
    assert ipaddress.ip_address("2001:db8:1::5") not in addresses
    at_home = make_authority(roaming, NOW)
    tomorrow = identity_of(["desk", "desk.local"], ["2001:db8:1::6"])
    addresses = san_of(make_leaf(at_home, tomorrow, NOW)).get_values_for_type(x509.IPAddress)
    assert ipaddress.ip_address("2001:db8:1::6") in addresses, "within the same /64"


def test_a_leaf_of_another_authority_is_not_good(authority: Pair, leaf: Pair) -> None:
    assert not leaf_serves(leaf, make_authority(DESK, NOW), DESK, NOW)


@given(st.text(max_size=80))
def test_any_name_makes_an_authority(name: str) -> None:
    identity = identity_of([name], [])
    made = make_authority(identity, NOW)
    assert authority_serves(made.certificate, identity, NOW)
