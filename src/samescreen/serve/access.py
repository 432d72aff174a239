"""Who is let in: a link's token, the PIN, the cookie; Host and Origin.

Pure (time is an argument), apart from drawing random secrets. Rules and reasons: docs/security.md.
"""

from __future__ import annotations

import ipaddress
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final, Self

from samescreen.errors import Refused
from samescreen.flow.network import network_of
from samescreen.grants import Grant

from .backoff import Backoff
from .links import (
    HOST,
    Link,
    LinkTable,
    drawn_link,
    host_link,
    is_equal,
    new_id,
    new_token,
    signature,
    viewer_link,
)

_HOST: Final = re.compile(
    r"(?:(?P<name>[A-Za-z0-9._-]+)|\[(?P<inner>[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._%-]+)?)\])"
    r"(?::(?P<port>[0-9]{0,5}))?"
)

COOKIE_SECONDS: Final = 12 * 3600
"""How long a browser stays let in."""


def new_pin() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(1_000_000):06d}"


def _new_key() -> bytes:
    return secrets.token_bytes(32)


@dataclass(frozen=True, slots=True)
class Credentials:
    """The secrets of the two links that are made at start. `repr` shows none of them.

    Attributes:
        token: the secret in the viewer link.
        pin: six digits; they give what the viewer link gives.
        key: what signs the viewer link's cookies, 32 random bytes. None: a person chose the token;
            the key is then made of it, so that cookies outlive a restart with the same one.
        host_token: the secret in the host link.
        host_key: the same for the host link's cookies.
    """

    token: str = field(repr=False)
    pin: str = field(repr=False)
    key: bytes | None = field(default=None, repr=False)
    host_token: str = field(default_factory=new_token, repr=False)
    host_key: bytes | None = field(default_factory=_new_key, repr=False)

    @classmethod
    def of(cls, token: str, pin: str, host_token: str = "") -> Self:
        """These secrets, and random ones for those that are empty."""
        return cls(
            token or new_token(),
            pin or new_pin(),
            None if token else _new_key(),
            host_token or new_token(),
            None if host_token else _new_key(),
        )

    @property
    def is_unguessable(self) -> bool:
        """Whether the token was drawn here. What a person chose may stand in a list of words."""
        return self.key is not None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no log may show."""
        return self.token, self.pin, self.host_token


@dataclass(frozen=True, slots=True)
class Proof:
    """What a request has shown: by which link its sender came in, and which person it is.

    `until_s`: when the cookie ends, in seconds since 1970; None: there is none (a program).
    `is_framed`: the page is in a frame of another site's.
    """

    link: Link
    person_id: str
    until_s: int | None = None
    is_framed: bool = False

    @property
    def grants(self) -> frozenset[Grant]:
        """What the link gives; in a frame, where others guide the clicks, no host's powers."""
        return self.link.grants - {Grant.HOST} if self.is_framed else self.link.grants

    @property
    def is_of_program(self) -> bool:
        """No cookie named the person, but link and network do."""
        return "@" in self.person_id


class Gatekeeper:
    """Knows the links. `is_open` lets everybody watch (`--no-access-control`).

    While `is_locked` nobody comes in who was not in before, except by the host link.
    """

    def __init__(self, credentials: Credentials, *, is_open: bool = False) -> None:
        self.is_open = is_open
        self.is_locked = False
        self.credentials = credentials
        self._viewer = viewer_link(credentials.token, credentials.key)
        self.links = LinkTable(
            (self._viewer, host_link(credentials.host_token, credentials.host_key))
        )
        self._backoff = Backoff()
        self._barred: dict[str, int] = {}
        self._held: set[tuple[str, str]] = set()

    @property
    def token(self) -> str:
        """The viewer link's."""
        return self.credentials.token

    @property
    def viewer_link_id(self) -> str:
        return self._viewer.link_id

    @property
    def host_token(self) -> str:
        return self.credentials.host_token

    @property
    def pin(self) -> str:
        return self.credentials.pin

    def prepare(self) -> None:
        """Make the cookies' keys, which may take 0.4 s: call it on another thread, once."""
        self.links.prepare()

    def wait_us(self, secret: str, address: str, now_us: int, now_s: int = 0) -> int:
        """How long this address must wait before it may try this secret; 0: now.

        Who shows a token that cannot be guessed never waits: only its owner can have it.
        """
        link = self.links.by_secret(secret, now_s)
        if self.is_open or (link is not None and link.is_unguessable):
            return 0
        return self._backoff.wait_us(address, now_us)

    def login(
        self, secret: str, address: str, now_us: int, now_s: int, shown: Proof | None = None
    ) -> Proof | None:
        """The person that this link's token, or the PIN, makes of whoever shows it; None: wrong.

        A wrong secret is held against the address. Who has shown a cookie of the same link stays
        the same person.

        Raises:
            Refused: it is right, but the host is locked, or this address waits for the host.
        """
        # All are compared always, so that the time taken tells nothing.
        link, is_pin = self._link_of(secret, address, now_us, now_s), is_equal(secret, self.pin)
        if link is None and is_pin:
            link = self._viewer
        if link is None:
            self._backoff.wrong(address, now_us)
            if not self.is_open:
                return None
            link = self._viewer
        else:
            self._backoff.right(address)
        if shown is not None and shown.link.link_id == link.link_id:
            return replace(shown, link=link)
        self._check_admission(link, address)
        return Proof(link, new_id()) if self.links.use(link) else None

    def cookie(self, proof: Proof, now_s: int, scope: str = "") -> str:
        """A cookie's value, good for 12 hours, but not beyond its link.

        It names link and person, and holds for this `scope` (port and path) only. It outlives a
        restart of the host with the same chosen token.
        """
        body = f"{proof.link.link_id}.{proof.person_id}.{self.until_s(proof, now_s)}"
        return f"{body}.{self._sign(proof.link, scope, body)}"

    def until_s(self, proof: Proof, now_s: int) -> int:
        """When a cookie ends that is made now."""
        until_s = now_s + COOKIE_SECONDS
        return until_s if proof.link.expires_s is None else min(until_s, proof.link.expires_s)

    def proof_in(self, cookie: str, now_s: int, scope: str = "") -> Proof | None:
        """Who shows this cookie; None: it is none of this host's, or holds no more."""
        body, _, signed = cookie.rpartition(".")
        link_id, _, rest = body.partition(".")
        person_id, _, until = rest.partition(".")
        link = self.links.find(link_id, now_s)
        if link is None or not is_equal(signed, self._sign(link, scope, body)):
            return None
        # Only after the signature: it is a number that this host has written.
        if not int(until) > now_s or person_id in self._barred:
            return None
        return Proof(link, person_id, int(until))

    def proof_by_token(
        self, secret: str, address: str, now_us: int, now_s: int
    ) -> Proof | None:
        """The program at this address that shows a link's token; None: it is wrong.

        A wrong token is held against the address. The PIN is none, and neither is the token of a
        link that is used up by being used.

        Raises:
            Refused: it is right, but the host is locked, or this address waits for the host.
        """
        if self.wait_us(secret, address, now_us, now_s):
            return None
        link = self._link_of(secret, address, now_us, now_s)
        if link is None or link.uses_left is not None:
            self._backoff.wrong(address, now_us)
            return None
        self._check_admission(link, address)
        return Proof(link, _program_id(link, address))

    def proof_of_anybody(self, address: str) -> Proof:
        """Where everybody is let in: what the viewer link gives.

        Raises:
            Refused: the host is locked, or this address waits for the host.
        """
        self._check_admission(self._viewer, address)
        return Proof(self._viewer, _program_id(self._viewer, address))

    def named(self, proof: Proof) -> Proof:
        """The same, as a person of their own: with a cookie to come, each browser is one."""
        return replace(proof, person_id=new_id())

    def new_viewer_link(self) -> tuple[Link, Link]:
        """The viewer link that holds no more, and the new one; the PIN is another, too."""
        gone = self._viewer
        self._viewer = replace(
            drawn_link(gone.name, grants=gone.grants, may_ask=gone.may_ask), uses_left=None
        )
        self.links.end(gone.link_id)
        self.links.add(self._viewer)
        self.credentials = replace(
            self.credentials, token=self._viewer.secret, key=self._viewer.key, pin=new_pin()
        )
        return gone, self._viewer

    def put_out(self, person_id: str, link_id: str, address: str, now_s: int) -> None:
        """This person's cookies hold no more, and that address waits when it uses that link."""
        self._barred = {each: until for each, until in self._barred.items() if until > now_s}
        self._barred[person_id] = now_s + COOKIE_SECONDS
        if link_id != HOST:
            self._held.add((link_id, network_of(address)))

    def let_back(self, link_id: str, address: str) -> None:
        """That address may use that link again; the cookies from before stay barred."""
        self._held.discard((link_id, network_of(address)))

    @property
    def held(self) -> tuple[tuple[str, str], ...]:
        """Which link and network wait for the host."""
        return tuple(sorted(self._held))

    def is_barred(self, person_id: str) -> bool:
        """Whether that person was put out."""
        return person_id in self._barred

    def _link_of(self, secret: str, address: str, now_us: int, now_s: int) -> Link | None:
        """The link with that secret.

        Where everybody is let in nobody waits; so there a chosen secret is not looked at while
        its address would have to wait, or the host link could be guessed at any speed.
        """
        link = self.links.by_secret(secret, now_s)
        if link is None or link.is_unguessable or not self.is_open:
            return link
        return None if self._backoff.wait_us(address, now_us) else link

    def _check_admission(self, link: Link, address: str) -> None:
        if Grant.HOST in link.grants:
            return
        if (link.link_id, network_of(address)) in self._held:
            reason = "The person who shares must let you back in first."
            raise Refused(403, reason, cause="held")
        if self.is_locked:
            raise Refused(403, "Nobody else is let in at the moment.", cause="locked")

    def _sign(self, link: Link, scope: str, body: str) -> str:
        return signature(self.links.key_of(link), f"{scope}\n{body}")


def _program_id(link: Link, address: str) -> str:
    """All programs with one link in one network are one person: they bring no name of their own."""
    return f"{link.link_id}@{network_of(address)}"


def bearer_in(header: str | None) -> str | None:
    """The secret of an Authorization header; None: it carries none, but perhaps a proxy's."""
    scheme, _, secret = (header or "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


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
