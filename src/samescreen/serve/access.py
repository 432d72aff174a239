"""Who is let in: the link's token, the PIN, the cookie; Host and Origin; back-off.

Pure (time is an argument), apart from drawing random secrets. Rules and reasons: docs/security.md.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

_SECOND_US: Final = 1_000_000
_FREE_GUESSES: Final = 5
_LONGEST_WAIT_US: Final = 300 * _SECOND_US
_GLOBAL_FREE_GUESSES: Final = 30
_GLOBAL_WAIT_US: Final = 2 * _SECOND_US
_FORGET_US: Final = 600 * _SECOND_US
_UNGUESSABLE_LENGTH: Final = 16
_MAX_ADDRESSES: Final = 10_000
COOKIE_SECONDS: Final = 12 * 3600
"""How long a browser stays let in."""


def new_token() -> str:
    """128 random bits, as they stand in a link."""
    return secrets.token_urlsafe(16)


def new_pin() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(1_000_000):06d}"


@dataclass(slots=True)
class _Guesses:
    wrong: int = 0
    free_at_us: int = 0
    last_us: int = 0


class Backoff:
    """Wrong guesses cost time: per address with doubling waits, and all together.

    The common bucket holds off guessing from many addresses. Who knows a token too long to be
    guessed is never held up, so an attacker cannot lock the owner of the link out.
    """

    def __init__(self) -> None:
        self._addresses: OrderedDict[str, _Guesses] = OrderedDict()
        self._everyone = _Guesses()

    def wait_us(self, address: str, now_us: int) -> int:
        """How long this address must wait before its next guess; 0: it may try."""
        self._forget_old(now_us)
        own = self._addresses.get(address)
        free_at_us = max(own.free_at_us if own else 0, self._everyone.free_at_us)
        return max(0, free_at_us - now_us)

    def wrong(self, address: str, now_us: int) -> None:
        """This address guessed wrong."""
        own = self._addresses.setdefault(address, _Guesses())
        self._addresses.move_to_end(address)
        own.wrong += 1
        own.last_us = now_us
        if own.wrong >= _FREE_GUESSES:
            doubled = _SECOND_US << min(own.wrong - _FREE_GUESSES, 20)
            own.free_at_us = now_us + min(doubled, _LONGEST_WAIT_US)
        self._everyone.wrong += 1
        self._everyone.last_us = now_us
        if self._everyone.wrong >= _GLOBAL_FREE_GUESSES:
            self._everyone.free_at_us = now_us + _GLOBAL_WAIT_US
        while len(self._addresses) > _MAX_ADDRESSES:
            self._addresses.popitem(last=False)

    def right(self, address: str) -> None:
        """This address knew the secret."""
        self._addresses.pop(address, None)

    def _forget_old(self, now_us: int) -> None:
        if now_us - self._everyone.last_us > _FORGET_US:
            self._everyone = _Guesses()
        while self._addresses:
            address, oldest = next(iter(self._addresses.items()))
            if now_us - max(oldest.last_us, oldest.free_at_us) <= _FORGET_US:
                return
            del self._addresses[address]


class Gatekeeper:
    """Knows the secrets. `is_open` lets everybody in (`--no-access-control`)."""

    def __init__(self, token: str, pin: str, *, is_open: bool = False) -> None:
        self.token = token
        self.pin = pin
        self.is_open = is_open
        self._backoff = Backoff()
        self._key = hashlib.sha256(b"samescreen cookie\0" + token.encode()).digest()

    def wait_us(self, secret: str, address: str, now_us: int) -> int:
        """How long this address must wait before it may try this secret; 0: now."""
        is_unguessable = len(self.token) >= _UNGUESSABLE_LENGTH
        if self.is_open or (is_unguessable and self._is_token(secret)):
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

    def knows_bearer(self, header: str, address: str, now_us: int) -> bool:
        """Whether an Authorization header carries the token."""
        scheme, _, secret = header.partition(" ")
        return scheme.lower() == "bearer" and self.knows_token(secret.strip(), address, now_us)

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
        return hmac.new(self._key, _bytes(text), hashlib.sha256).hexdigest()


def _bytes(text: str) -> bytes:
    """UTF-8, also of the lone surrogates that stand for a header's broken bytes."""
    return text.encode("utf-8", "surrogatepass")


def _equal(one: str, other: str) -> bool:
    """Whether two texts are the same, in a time that tells nothing."""
    return hmac.compare_digest(_bytes(one), _bytes(other))


def split_host(host: str) -> tuple[str, int | None]:
    """Name and port of a Host header; the name is lower case and without brackets."""
    try:
        parts = urlsplit(f"//{host}")
        return (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return "", None


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
    try:
        parts = urlsplit(origin)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
        name = (parts.hostname or "").rstrip(".")
    except ValueError:
        return False
    host_name, host_port = split_host(host)
    is_bare = not (parts.path or parts.query or parts.fragment or parts.username)
    schemes = ("https",) if is_secure else ("http", "https")
    if parts.scheme not in schemes or not name or name != host_name or not is_bare:
        return False
    default = 443 if parts.scheme == "https" else 80
    return port == (host_port or default)
