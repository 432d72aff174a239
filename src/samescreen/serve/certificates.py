"""Makes a local certificate authority and the certificate of this host. Pure: time is an argument.

An authority may speak only for the names and networks that it was made with (X.509 name
constraints): people who trust it trust it for this machine, not for the whole web. Importing
`cryptography` takes a while, so import this module only when sharing.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

AUTHORITY_LIFE: Final = timedelta(days=3650)
LEAF_LIFE: Final = timedelta(days=396)
"""Browsers refuse a certificate that is valid for more than 398 days."""
_BACKDATED: Final = timedelta(days=1)
_LEAF_MARGIN: Final = timedelta(days=30)
_AUTHORITY_MARGIN: Final = LEAF_LIFE + _LEAF_MARGIN
_NAME: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_INNER: Final[tuple[Network, ...]] = tuple(
    ipaddress.ip_network(text)
    for text in (
        *("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7", "fe80::/10"),
    )
)
_USAGES: Final = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
    *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)
_WEB_ONLY: Final = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
"""In the authority too, so that nothing its key signs is valid for mail, programs or clients."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The names and addresses of a host."""

    names: tuple[str, ...]
    addresses: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its private key (P-256)."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate_pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def pem(self) -> bytes:
        """The certificate, then the unencrypted key."""
        key = self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return self.certificate_pem + key


def identity_of(names: Iterable[str], addresses: Iterable[str]) -> Identity:
    """The identity that a certificate can state; it always has localhost and loopback.

    An address among the names counts as an address. Left out are texts that are no DNS names
    (spaces, other alphabets), and link-local IPv6 addresses, which no URL in a browser can name.
    """
    plain = [name.lower().rstrip(".") for name in names]
    parsed = [
        found
        for text in (*addresses, *plain)
        if (found := address_in(text)) is not None
    ]
    plain = [name for name in plain if address_in(name) is None]
    known: list[Address] = [ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")]
    known += [each for each in parsed if each.version == 4 or not each.is_link_local]
    return Identity(
        tuple(dict.fromkeys(["localhost", *(n for n in plain if _NAME.fullmatch(n))])),
        tuple(dict.fromkeys(known)),
    )


def address_in(text: str) -> Address | None:
    """The address in a text, without its %interface; None: the text is no address."""
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None


def make_authority(
    identity: Identity, now: datetime, *, before: x509.Certificate | None = None
) -> Pair:
    """Make an authority that may speak for `identity`, and for all that `before` could."""
    key = ec.generate_private_key(ec.SECP256R1())
    serial = x509.random_serial_number()
    name = next((n for n in identity.names if n != "localhost"), "localhost")
    # People tell authorities apart by this name. X.509 allows 64 characters.
    label = f"Samescreen on {name[:32]} {serial % 2**32:08x}"
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Samescreen"),
            x509.NameAttribute(NameOID.COMMON_NAME, label),
        ]
    )
    public = key.public_key()
    builder = (
        _begin(subject, subject, public, serial, now, AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(_WEB_ONLY, critical=False)
        .add_extension(_constraints(identity, before), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    return Pair(builder.sign(key, hashes.SHA256()), key)


def make_leaf(authority: Pair, identity: Identity, now: datetime) -> Pair:
    """Make a host's certificate, for the part of `identity` that the authority may speak for."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = authority.certificate
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Samescreen")])
    own = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    serial, public = x509.random_serial_number(), key.public_key()
    builder = (
        _begin(subject, issuer.subject, public, serial, now, LEAF_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage("digital_signature"), critical=True)
        .add_extension(_WEB_ONLY, critical=False)
        .add_extension(_alternative_names(_spoken_for(issuer, identity)), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own), critical=False
        )
    )
    return Pair(builder.sign(authority.key, hashes.SHA256()), key)


def authority_serves(authority: x509.Certificate, identity: Identity, now: datetime) -> bool:
    """Whether an authority is valid long enough, and may speak for `identity`.

    IPv6 addresses do not count: public ones change by the day, and it would be worse to make
    viewers trust a new authority each time than to leave an address out.
    """
    spoken = _spoken_for(authority, identity)
    needed = [a for a in identity.addresses if a.version == 4]
    return (
        _is_valid(authority, now, _AUTHORITY_MARGIN)
        and spoken.names == identity.names
        and set(needed) <= set(spoken.addresses)
    )


def note_of_new(before: Pair | None, identity: Identity, now: datetime) -> str:
    """What to say when another authority takes the place of `before`; None: its file is broken."""
    if before is None:
        why = "the file of the one before is broken"
    elif not _is_valid(before.certificate, now, _AUTHORITY_MARGIN):
        why = "the one before expires soon, or this machine's clock is wrong"
    else:
        why = "this machine has another name or address than the one before may sign for"
    return f"made a new certificate authority, because {why}; browsers must trust it again"


def is_web_only(authority: x509.Certificate) -> bool:
    """Whether it may vouch for web servers only. The oldest authorities may vouch for anything."""
    with suppress(x509.ExtensionNotFound):
        found = authority.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        return list(found.value) == list(_WEB_ONLY)
    return False


def leaf_serves(
    leaf: Pair,
    authority: Pair,
    identity: Identity,
    now: datetime,
    hidden: Collection[Address] = (),
) -> bool:
    """Whether this authority signed the leaf, it is valid long enough, and has the identity.

    The leaf may name more, but none of `hidden`. So an address that the machine had yesterday does
    not cause a new certificate; browsers with an exception for this one would warn again.
    """
    found = leaf.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    if set(found.value.get_values_for_type(x509.IPAddress)) & set(hidden):
        return False
    try:
        leaf.certificate.verify_directly_issued_by(authority.certificate)
    except Exception:  # cryptography has three exceptions for a foreign signature
        return False
    wanted = _alternative_names(_spoken_for(authority.certificate, identity))
    return _is_valid(leaf.certificate, now, _LEAF_MARGIN) and set(wanted) <= set(found.value)


def pair_from(pem: bytes) -> Pair:
    """Read what `Pair.pem` wrote. Raises ValueError, or TypeError for an encrypted key."""
    key = serialization.load_pem_private_key(pem, None)
    certificate = x509.load_pem_x509_certificate(pem)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("not an elliptic key")
    if key.public_key() != certificate.public_key():
        raise ValueError("certificate and key belong to different pairs")
    return Pair(certificate, key)


def fingerprint(certificate: x509.Certificate) -> str:
    """Its SHA-256, as browsers and systems show it: AB:CD:…"""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def _begin(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    serial: int,
    now: datetime,
    life: timedelta,
) -> x509.CertificateBuilder:
    # Clocks differ: a certificate that begins now would not be valid yet on other machines.
    begins = now - _BACKDATED
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=public,
        serial_number=serial,
        not_valid_before=begins,
        not_valid_after=begins + life,
    )


def _usage(*purposes: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{name: name in purposes for name in _USAGES})


def _is_valid(certificate: x509.Certificate, now: datetime, margin: timedelta) -> bool:
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc - margin


def _alternative_names(identity: Identity) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName(
        [
            *map(x509.DNSName, sorted(identity.names)),
            *(x509.IPAddress(a) for a in sorted(identity.addresses, key=lambda a: a.packed)),
        ]
    )


def _constraints(identity: Identity, before: x509.Certificate | None) -> x509.NameConstraints:
    names, networks = _permitted(before) if before is not None else ((), ())
    public = (_network_of(each) for each in identity.addresses if not _is_within(each, _INNER))
    everything = dict.fromkeys([*_INNER, *networks, *public])
    return x509.NameConstraints(
        permitted_subtrees=[
            *map(x509.DNSName, dict.fromkeys([*identity.names, *names])),
            *map(x509.IPAddress, everything),
        ],
        excluded_subtrees=None,
    )


def _permitted(authority: x509.Certificate) -> tuple[tuple[str, ...], tuple[Network, ...]]:
    found = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    subtrees = found.permitted_subtrees or []
    names = tuple(each.value for each in subtrees if isinstance(each, x509.DNSName))
    values = (each.value for each in subtrees if isinstance(each, x509.IPAddress))
    return names, tuple(v for v in values if isinstance(v, Network))


def _spoken_for(authority: x509.Certificate, identity: Identity) -> Identity:
    names, networks = _permitted(authority)
    return Identity(
        tuple(n for n in identity.names if any(n == p or n.endswith(f".{p}") for p in names)),
        tuple(a for a in identity.addresses if _is_within(a, networks)),
    )


def _is_within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == n.version and address in n for n in networks)


def _network_of(address: Address) -> Network:
    """The address alone; in IPv6 its /64, within which machines change their addresses."""
    prefix = 32 if address.version == 4 else 64
    return ipaddress.ip_network(f"{address}/{prefix}", strict=False)
