"""Links: the secrets that let people in, and what each of them gives. Pure: time is an argument.

Drawing random secrets is the only thing here that two calls do differently.
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
"""The id of the viewer link that is made at start; the next one has a random id."""
HOST: Final = "host"
"""The id of the host link."""
MOST_LINKS: Final = 256

_SCRYPT_COST: Final = 2**15
"""With blocks of 8 this takes 32 MiB and 0.1 to 0.2 s: the host pays once, a guesser each time."""
_SALT: Final = b"samescreen cookie 3"


def new_token() -> str:
    """128 random bits, as they stand in a link."""
    return secrets.token_urlsafe(16)


def new_id() -> str:
    """A name that nobody else has: 64 random bits. It is no secret."""
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class Link:
    """One link. `repr` shows no secret.

    Attributes:
        link_id: its name in cookies; tells nothing of the secret.
        secret: the token.
        key: what signs its cookies, 32 bytes. None: a person chose the secret; the key is then
            made of it, so that cookies outlive a restart with the same secret.
        name: for the host's list.
        grants: what it gives.
        may_ask: what its people may ask the host for.
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
        """Whether the secret was drawn here. What a person chose may stand in a list of words."""
        return self.key is not None

    def holds(self, now_s: int) -> bool:
        """Whether it has not expired."""
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


def viewer_link(token: str, key: bytes | None) -> Link:
    """The one to hand out: whoever has it may watch, and ask for anything but the host's powers."""
    return Link(VIEWER, token, key, "viewer link", WATCH_ONLY, EVERYTHING - {Grant.HOST})


def host_link(token: str, key: bytes | None) -> Link:
    """The one for the person at the machine."""
    return Link(HOST, token, key, "host link", EVERYTHING)


class LinkTable:
    """The links that hold, by id."""

    def __init__(self, links: Iterable[Link]) -> None:
        self._links = {link.link_id: link for link in links}
        self._keys: dict[str, bytes] = {}

    def __iter__(self) -> Iterator[Link]:
        return iter(tuple(self._links.values()))

    def __len__(self) -> int:
        return len(self._links)

    def prepare(self) -> None:
        """Make the keys of chosen secrets, which may take 0.4 s: call it on another thread."""
        for link in self:
            self.key_of(link)

    def key_of(self, link: Link) -> bytes:
        """What signs the cookies of that link."""
        if link.key is not None:
            return link.key
        if link.link_id not in self._keys:
            self._keys[link.link_id] = _stretched(link.secret)
        return self._keys[link.link_id]

    def find(self, link_id: str, now_s: int) -> Link | None:
        """The link of that id; None: there is none, or it has expired."""
        link = self._links.get(link_id)
        return link if link is not None and link.holds(now_s) else None

    def by_secret(self, secret: str, now_s: int) -> Link | None:
        """The link with that secret.

        Every link is compared, in a time that tells nothing of the secret.
        """
        found = None
        for link in self:
            if is_equal(secret, link.secret) and link.holds(now_s):
                found = link
        return found

    def add(self, link: Link) -> None:
        """Let it hold from now on."""
        self._links[link.link_id] = link

    def end(self, link_id: str) -> Link | None:
        """The link, which holds no more; None: there was none."""
        self._keys.pop(link_id, None)
        return self._links.pop(link_id, None)

    def use(self, link: Link) -> bool:
        """Somebody logs in with it. False: it was used as often as it may be."""
        if link.uses_left is None:
            return True
        if link.uses_left <= 0:
            return False
        self.add(replace(link, uses_left=link.uses_left - 1))
        return True

    def end_expired(self, now_s: int) -> list[Link]:
        """Those that have expired since the last call; they are gone."""
        gone = [link for link in self if not link.holds(now_s)]
        for link in gone:
            self.end(link.link_id)
        return gone


def signature(key: bytes, text: str) -> str:
    """HMAC-SHA-256 in hexadecimal digits."""
    return hmac.new(key, as_bytes(text), hashlib.sha256).hexdigest()


def as_bytes(text: str) -> bytes:
    """UTF-8, also of the lone surrogates that stand for a header's broken bytes."""
    return text.encode("utf-8", "surrogatepass")


def is_equal(one: str, other: str) -> bool:
    """Whether two texts are the same, in a time that tells nothing."""
    return hmac.compare_digest(as_bytes(one), as_bytes(other))


def _stretched(token: str) -> bytes:
    """A key out of a token: so slowly (RFC 7914) that a cookie is no way to guess the token."""
    return hashlib.scrypt(
        token.encode(), salt=_SALT, n=_SCRYPT_COST, r=8, p=1, maxmem=2**26, dklen=32
    )
