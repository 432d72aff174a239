"""What somebody who stole an authority's key could sign, were it not for its name constraints."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from samescreen.serve.certificates import Identity, Pair, make_authority, make_leaf


def forged_by(authority: Pair, identity: Identity, *, for_everything: bool = False) -> Pair:
    """A certificate for `identity`, signed with the authority's key whatever that may speak for."""
    now = datetime.now(UTC)
    leaf = make_leaf(make_authority(identity, now), identity, now)
    builder = (
        x509.CertificateBuilder()
        .issuer_name(authority.certificate.subject)
        .subject_name(leaf.certificate.subject)
        .public_key(leaf.key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=30))
    )
    own = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    key_id = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own.value)
    for each in leaf.certificate.extensions:
        if for_everything and isinstance(each.value, x509.ExtendedKeyUsage):
            continue
        value = key_id if isinstance(each.value, x509.AuthorityKeyIdentifier) else each.value
        builder = builder.add_extension(value, critical=each.critical)
    return Pair(builder.sign(authority.key, hashes.SHA256()), leaf.key)


def without_purpose(authority: Pair) -> Pair:
    """The same authority as earlier versions made it: good for any purpose."""
    found = authority.certificate
    builder = (
        x509.CertificateBuilder()
        .issuer_name(found.issuer)
        .subject_name(found.subject)
        .public_key(authority.key.public_key())
        .serial_number(found.serial_number)
        .not_valid_before(found.not_valid_before_utc)
        .not_valid_after(found.not_valid_after_utc)
    )
    for each in found.extensions:
        if not isinstance(each.value, x509.ExtendedKeyUsage):
            builder = builder.add_extension(each.value, critical=each.critical)
    return Pair(builder.sign(authority.key, hashes.SHA256()), authority.key)
