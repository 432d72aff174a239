"""Who is let in: the link's token, the PIN, the cookie; Host and Origin.

Pure (time is an argument), apart from drawing random secrets. Rules and reasons: docs/security.md.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Self

from .backoff import Backoff

_HOST: Final = re.compile(
    r"(?:(?P<name>[A-Za-z0-9._-]+)|\[(?P<inner>[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._%-]+)?)\])"
    r"(?::(?P<port>[0-9]{0,5}))?"
)

COOKIE_SECONDS: Final = 12 * 3600
"""How long a browser stays let in."""


def new_token() -> str:
    """128 random bits, as they stand in a link."""
    return secrets.token_urlsafe(16)


def new_pin() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(1_000_000):06d}"


_SCRYPT_COST: Final = 2**15
"""With blocks of 8 this takes 32 MiB and 0.1 to 0.2 s: the host pays once, a guesser each time."""
_SALT: Final = b"samescreen cookie 2"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What lets people in. `repr` does not show it.

    Attributes:
        token: the secret in the link.
        pin: six digits.
        key: what signs cookies, 32 random bytes. None: the token was given by a person; the key
            is then made of the token, so that cookies outlive a restart with the same one.
    """

    token: str = field(repr=False)
    pin: str = field(repr=False)
    key: bytes | None = field(default=None, repr=False)

    @classmethod
    def of(cls, token: str, pin: str) -> Self:
        """These secrets, and random ones for those that are empty."""
        key = None if token else secrets.token_bytes(32)
        return cls(token or new_token(), pin or new_pin(), key)

    @property
    def is_unguessable(self) -> bool:
        """Whether the token was drawn here. What a person chose may stand in a list of words."""
        return self.key is not None


class Gatekeeper:
    """Knows the secrets. `is_open` lets everybody in (`--no-access-control`)."""

    def __init__(self, credentials: Credentials, *, is_open: bool = False) -> None:
        self._credentials = credentials
        self.is_open = is_open
        self._backoff = Backoff()
        self._key = credentials.key

    @property
    def token(self) -> str:
        return self._credentials.token

    @property
    def pin(self) -> str:
        return self._credentials.pin

    def prepare(self) -> None:
        """Make the key of the cookies, which may take 0.2 s: call it on another thread, once."""
        self._cookie_key()

    def wait_us(self, secret: str, address: str, now_us: int) -> int:
        """How long this address must wait before it may try this secret; 0: now.

        Who shows a token that cannot be guessed never waits: only its owner can have it.
        """
        is_exempt = self._credentials.is_unguessable and self._is_token(secret)
        if self.is_open or is_exempt:
            return 0
        return self._backoff.wait_us(address, now_us)

    def login(self, secret: str, address: str, now_us: int) -> bool:
        """Whether `secret` is the token or the PIN; a wrong one is held against the address."""
        # Both are compared always, so that the time taken tells nothing.
        is_token = self._is_token(secret)
        is_pin = _equal(secret, self.pin)
        if is_token or is_pin or self.is_open:
            self._backoff.right(address)
            return True
        self._backoff.wrong(address, now_us)
        return False

    def cookie(self, now_s: int) -> str:
        """A cookie's value, good for 12 hours; outlives a restart of the host with its token."""
        expires = str(now_s + COOKIE_SECONDS)
        return f"{expires}.{self._sign(expires)}"

    def knows_cookie(self, value: str, now_s: int) -> bool:
        """Whether this host (or one with the same token) gave this cookie, and it still holds."""
        expires, _, signature = value.partition(".")
        if not _equal(signature, self._sign(expires)):
            return False
        return expires.isdecimal() and int(expires) > now_s

    def knows_token(self, secret: str, address: str, now_us: int) -> bool:
        """Whether this is the token; a wrong one is held against the address."""
        if self.wait_us(secret, address, now_us):
            return False
        if self._is_token(secret):
            return True
        self._backoff.wrong(address, now_us)
        return False

    def _is_token(self, secret: str) -> bool:
        return _equal(secret, self.token)

    def _sign(self, text: str) -> str:
        return hmac.new(self._cookie_key(), _bytes(text), hashlib.sha256).hexdigest()

    def _cookie_key(self) -> bytes:
        if self._key is None:
            self._key = _stretched(self.token)
        return self._key


def _stretched(token: str) -> bytes:
    """A key out of a token: so slowly (RFC 7914) that a cookie is no way to guess the token."""
    return hashlib.scrypt(
        token.encode(), salt=_SALT, n=_SCRYPT_COST, r=8, p=1, maxmem=2**26, dklen=32
    )


def bearer_in(header: str | None) -> str | None:
    """The secret of an Authorization header; None: it carries none, but perhaps a proxy's."""
    scheme, _, secret = (header or "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


def _bytes(text: str) -> bytes:
    """UTF-8, also of the lone surrogates that stand for a header's broken bytes."""
    return text.encode("utf-8", "surrogatepass")


def _equal(one: str, other: str) -> bool:
    """Whether two texts are the same, in a time that tells nothing."""
    return hmac.compare_digest(_bytes(one), _bytes(other))


def split_host(host: str) -> tuple[str, int | None]:
    """Name and port of a Host header; the name is lower case and without brackets.

    What is not exactly a name or an address, and perhaps a port, has the name "".
    """
    parts = _HOST.fullmatch(host)
    if parts is None or int(parts["port"] or 0) > 65535:
        return "", None
    port = int(parts["port"]) if parts["port"] else None
    if parts["inner"] is None:
        return parts["name"].lower().removesuffix("."), port
    try:
        ipaddress.IPv6Address(parts["inner"])
    except ValueError:
        return "", None
    return parts["inner"].lower(), port


class HostRule:
    """Which Host headers are answered: what a rebinding attack cannot put there.

    Rebinding needs a name the attacker owns; so an address in digits, localhost and this
    machine's own names cost nobody anything, and every other name must be allowed by hand.
    """

    def __init__(self, own_names: Iterable[str], allowed: Iterable[str]) -> None:
        own = {name.lower().rstrip(".") for name in own_names}
        others = {name.lower().rstrip(".") for name in allowed}
        self._names = own | {f"{name}.local" for name in own} | others | {"localhost"}

    def admits(self, host: str) -> bool:
        """Whether to answer a request with this Host header."""
        name, _ = split_host(host)
        if name in self._names or name.endswith(".localhost"):
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


def is_same_origin(origin: str, host: str, *, is_secure: bool = False) -> bool:
    """Whether an Origin header names the very host and port of the Host header.

    A request through TLS comes from a page that came through TLS: a plain one may have been
    changed on its way. The other way round it is a proxy, not named as trusted, that ends TLS.
    """
    scheme, _, place = origin.partition("://")
    name, port = split_host(place)
    host_name, host_port = split_host(host)
    default = {"http": 80, "https": 443}.get(scheme)
    if default is None or (is_secure and scheme != "https") or not name or name != host_name:
        return False
    return (port or default) == (host_port or default)
