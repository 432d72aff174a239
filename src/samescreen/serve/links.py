"""Links: the secrets that let people in, and the grants that each link gives.

Pure, apart from drawing random secrets: time is an argument.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from samescreen.grants import EVERYTHING, WATCH_ONLY, Grant

VIEWER: Final = "viewer"
"""The id of the viewer link that the host makes at its start; later ones have random ids."""
HOST: Final = "host"
"""The id of the host link."""
PUBLISHER: Final = "publisher"
"""The id of the link for hosts that publish here; made only where somebody chose its token."""
MOST_LINKS: Final = 256

_SCRYPT_COST: Final = 2**15
"""With r=8 this takes 32 MiB and 0.1 to 0.2 s: once for the host, at each guess for an attacker."""
_SALT: Final = b"samescreen cookie 3"


def new_token() -> str:
    """128 random bits, as text for a link."""
    return secrets.token_urlsafe(16)


def new_id() -> str:
    """A unique id: 64 random bits, as hexadecimal digits. It is no secret."""
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class Link:
    """One link. `repr` shows no secret.

    Attributes:
        link_id: its name in cookies; it reveals nothing about the secret.
        secret: the token.
        key: signs its cookies, 32 bytes. None: a person chose the secret; the host then derives
            the key from it, so that cookies outlive a restart with the same secret.
        name: shown in the host's list.
        grants: what it lets people do.
        may_ask: further grants that its people may ask the host for.
        expires_s: when it ends, in seconds since 1970; None: with the host.
        uses_left: how many people may still log in with it; None: any number.
    """

    link_id: str
    secret: str = field(repr=False)
    key: bytes | None = field(repr=False)
    name: str = ""
    grants: frozenset[Grant] = WATCH_ONLY
    may_ask: frozenset[Grant] = frozenset()
    expires_s: int | None = None
    uses_left: int | None = None

    @property
    def is_unguessable(self) -> bool:
        """Whether the host drew the secret. One that a person chose may be in a list of words."""
        return self.key is not None

    def holds(self, now_s: int) -> bool:
        """Whether it is still valid: it has not expired."""
        return self.expires_s is None or now_s < self.expires_s


def drawn_link(
    name: str = "",
    *,
    grants: frozenset[Grant] = WATCH_ONLY,
    may_ask: frozenset[Grant] = frozenset(),
    expires_s: int | None = None,
    uses: int | None = None,
) -> Link:
    """A link with a random id, secret and key."""
    key = secrets.token_bytes(32)
    return Link(new_id(), new_token(), key, name, grants, may_ask, expires_s, uses)


def viewer_link(token: str, key: bytes | None, allowed: frozenset[Grant] = frozenset()) -> Link:
    """The link to hand out: its people may watch, do what is allowed, and ask for the rest.

    Nobody gets the `host` grant by asking.
    """
    return Link(
        VIEWER, token, key, "viewer link", WATCH_ONLY | allowed, EVERYTHING - {Grant.HOST}
    )


def host_link(token: str, key: bytes | None) -> Link:
    """The link for the person at the machine: it gives every grant."""
    return Link(HOST, token, key, "host link", EVERYTHING)


def publish_link(token: str) -> Link:
    """The link for other hosts: they publish here, and may watch."""
    return Link(PUBLISHER, token, None, "publish link", WATCH_ONLY | {Grant.PUBLISH})


class LinkTable:
    """The valid links, by id."""

    def __init__(self, links: Iterable[Link]) -> None:
        self._links = {link.link_id: link for link in links}
        self._keys: dict[str, bytes] = {}

    def __iter__(self) -> Iterator[Link]:
        return iter(tuple(self._links.values()))

    def __len__(self) -> int:
        return len(self._links)

    @property
    def publish_token(self) -> str:
        """The token of the publish link; "": there is none."""
        link = self._links.get(PUBLISHER)
        return "" if link is None else link.secret

    @property
    def publishers_lead(self) -> bool:
        """The publish link gives the host's powers."""
        link = self._links.get(PUBLISHER)
        return link is not None and Grant.HOST in link.grants

    def let_publishers_lead(self) -> None:
        """The publish link gives the host's powers too: on a relay, which has no other host."""
        link = self._links.get(PUBLISHER)
        if link is not None:
            self.add(replace(link, grants=link.grants | {Grant.HOST}))

    def prepare(self) -> None:
        """Derive the keys of chosen secrets. Takes up to 0.4 s: call it on another thread."""
        for link in self:
            self.key_of(link)

    def key_of(self, link: Link) -> bytes:
        """The key that signs the cookies of that link, 32 bytes."""
        if link.key is not None:
            return link.key
        if link.link_id not in self._keys:
            self._keys[link.link_id] = _stretched(link.secret)
        return self._keys[link.link_id]

    def find(self, link_id: str, now_s: int) -> Link | None:
        """The link with that id; None: there is none, or it has expired."""
        link = self._links.get(link_id)
        return link if link is not None and link.holds(now_s) else None

    def by_secret(self, secret: str, now_s: int) -> Link | None:
        """The valid link with that secret, or None.

        It compares every link, in a time that does not depend on the secrets.
        """
        found = None
        for link in self:
            if is_equal(secret, link.secret) and link.holds(now_s):
                found = link
        return found

    def add(self, link: Link) -> None:
        """Make this link valid from now on, in place of one with the same id."""
        self._links[link.link_id] = link

    def end(self, link_id: str) -> Link | None:
        """Remove the link and return it; None: there was none."""
        self._keys.pop(link_id, None)
        return self._links.pop(link_id, None)

    def use(self, link: Link) -> bool:
        """Count one login with it. False: it has no uses left."""
        if link.uses_left is None:
            return True
        if link.uses_left <= 0:
            return False
        self.add(replace(link, uses_left=link.uses_left - 1))
        return True

    def end_expired(self, now_s: int) -> list[Link]:
        """Remove the links that have expired, and return them."""
        gone = [link for link in self if not link.holds(now_s)]
        for link in gone:
            self.end(link.link_id)
        return gone


def signature(key: bytes, text: str) -> str:
    """HMAC-SHA-256 in hexadecimal digits."""
    return hmac.new(key, as_bytes(text), hashlib.sha256).hexdigest()


def as_bytes(text: str) -> bytes:
    """UTF-8. Lone surrogates, which stand for broken bytes in a header, are encoded too."""
    return text.encode("utf-8", "surrogatepass")


def is_equal(one: str, other: str) -> bool:
    """Whether two texts are equal, in a time that does not depend on where they differ."""
    return hmac.compare_digest(as_bytes(one), as_bytes(other))


def _stretched(token: str) -> bytes:
    """Derive a key from a token, by scrypt (RFC 7914).

    It is slow on purpose: somebody who has a cookie cannot use it to guess the token quickly.
    """
    return hashlib.scrypt(
        token.encode(), salt=_SALT, n=_SCRYPT_COST, r=8, p=1, maxmem=2**26, dklen=32
    )
