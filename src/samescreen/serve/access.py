"""Who gets in: tokens, the PIN and cookies; the rules for the Host and Origin headers.

Pure (time is an argument), apart from drawing random secrets. docs/security.md has the reasons.
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
from .host_tickets import HostTickets
from .links import (
    HOST,
    Link,
    LinkTable,
    drawn_link,
    host_link,
    is_equal,
    new_id,
    new_token,
    publish_link,
    signature,
    viewer_link,
)

_HOST: Final = re.compile(
    r"(?:(?P<name>[A-Za-z0-9._-]+)|\[(?P<inner>[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._%-]+)?)\])"
    r"(?::(?P<port>[0-9]{0,5}))?"
)

COOKIE_SECONDS: Final = 12 * 3600
"""How long a cookie is valid at most."""


def new_pin() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(1_000_000):06d}"


def _new_key() -> bytes:
    return secrets.token_bytes(32)


@dataclass(frozen=True, slots=True)
class Credentials:
    """The secrets of the two links that the host makes at its start. `repr` shows none of them.

    Attributes:
        token: the secret in the viewer link.
        pin: six digits; they give what the viewer link gives.
        key: signs the viewer link's cookies, 32 random bytes. None: a person chose the token; the
            host then derives the key from it, so that cookies outlive a restart.
        host_token: the secret in the host link.
        host_key: signs the host link's cookies, like `key`.
    """

    token: str = field(repr=False)
    pin: str = field(repr=False)
    key: bytes | None = field(default=None, repr=False)
    host_token: str = field(default_factory=new_token, repr=False)
    host_key: bytes | None = field(default_factory=_new_key, repr=False)

    @classmethod
    def of(cls, token: str, pin: str, host_token: str = "") -> Self:
        """Credentials with these secrets; random ones in place of empty texts."""
        return cls(
            token or new_token(),
            pin or new_pin(),
            None if token else _new_key(),
            host_token or new_token(),
            None if host_token else _new_key(),
        )

    @property
    def is_unguessable(self) -> bool:
        """Whether the host drew the token. One that a person chose may be in a list of words."""
        return self.key is not None

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets that no log may show."""
        return self.token, self.pin, self.host_token


@dataclass(frozen=True, slots=True)
class Proof:
    """What a request has proved: which person sent it, and which link let that person in.

    `until_s`: when the cookie ends, in seconds since 1970; None: there is none (a program).
    `is_framed`: the page is in an iframe of another site.
    """

    link: Link
    person_id: str
    until_s: int | None = None
    is_framed: bool = False

    @property
    def grants(self) -> frozenset[Grant]:
        """The link's grants; without `host` in an iframe, whose site could guide the clicks."""
        return self.link.grants - {Grant.HOST} if self.is_framed else self.link.grants

    @property
    def is_of_program(self) -> bool:
        """The person has no cookie: their id is made of the link and the network."""
        return "@" in self.person_id


class Gatekeeper:
    """Decides who gets in. `is_open` lets everybody watch (`--no-access-control`).

    The viewer link also gives what is `allowed`. Other hosts publish with `publish_token`; "": no
    host may. While `is_locked`, people with a valid cookie and
    the host link get in, and nobody else.
    """

    def __init__(
        self,
        credentials: Credentials,
        publish_token: str = "",
        *,
        is_open: bool = False,
        allowed: frozenset[Grant] = frozenset(),
    ) -> None:
        self.is_open = is_open
        self.is_locked = False
        self.credentials = credentials
        self._viewer = viewer_link(credentials.token, credentials.key, allowed)
        links = [self._viewer, host_link(credentials.host_token, credentials.host_key)]
        if publish_token:
            links.append(publish_link(publish_token))
        self.links = LinkTable(links)
        self.host_tickets = HostTickets()
        self._backoff = Backoff()
        self._barred: dict[str, int] = {}
        self._held: set[tuple[str, str]] = set()

    @property
    def token(self) -> str:
        """The token of the viewer link."""
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
        """Derive the cookies' keys. Takes up to 0.4 s: call it once, on another thread."""
        self.links.prepare()

    def wait_us(self, secret: str, address: str, now_us: int, now_s: int = 0) -> int:
        """How long this address must wait before it may try this secret, in µs; 0: now.

        The right token of a link whose secret nobody can guess never has to wait, nor does a
        ticket for the host link.
        """
        link = self.links.by_secret(secret, now_s)
        is_ticket = self.host_tickets.holds(secret, now_s)
        if self.is_open or is_ticket or (link is not None and link.is_unguessable):
            return 0
        return self._backoff.wait_us(address, now_us)

    def login(
        self, secret: str, address: str, now_us: int, now_s: int, shown: Proof | None = None
    ) -> Proof | None:
        """Log in with a link's token, the PIN or a ticket. None: the secret is wrong.

        A wrong secret counts as a wrong guess of the address. `shown` is what the browser's cookie
        proves; for a cookie of the same link the person stays the same.

        Raises:
            Refused: it is right, but the host is locked, or must let this address back in first.
        """
        # Compare with all secrets always, so that the time taken reveals nothing.
        link, is_pin = self._link_of(secret, address, now_us, now_s), is_equal(secret, self.pin)
        if self.host_tickets.use(secret, now_s):
            link = self.links.find(HOST, now_s)
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
        """A new cookie's value, valid for 12 hours, but not beyond its link.

        It names link and person, and is valid for this `scope` (port and path) only. A cookie of a
        chosen token outlives a restart of the host with the same token.
        """
        body = f"{proof.link.link_id}.{proof.person_id}.{self.until_s(proof, now_s)}"
        return f"{body}.{self._sign(proof.link, scope, body)}"

    def until_s(self, proof: Proof, now_s: int) -> int:
        """When a cookie made now ends, in seconds since 1970."""
        until_s = now_s + COOKIE_SECONDS
        return until_s if proof.link.expires_s is None else min(until_s, proof.link.expires_s)

    def proof_in(self, cookie: str, now_s: int, scope: str = "") -> Proof | None:
        """What this cookie proves; None: this host did not sign it, or it is not valid any more."""
        body, _, signed = cookie.rpartition(".")
        link_id, _, rest = body.partition(".")
        person_id, _, until = rest.partition(".")
        link = self.links.find(link_id, now_s)
        if link is None or not is_equal(signed, self._sign(link, scope, body)):
            return None
        # The signature is right, so this host wrote the number.
        if not int(until) > now_s or person_id in self._barred:
            return None
        return Proof(link, person_id, int(until))

    def proof_by_token(
        self, secret: str, address: str, now_us: int, now_s: int
    ) -> Proof | None:
        """Identify a program by the token that it sends with each request. None: it is wrong.

        A wrong token counts as a wrong guess of the address. The PIN is wrong here, and so is the
        token of a link with a limited number of uses.

        Raises:
            Refused: it is right, but the host is locked, or must let this address back in first.
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
        """Identify a client without any secret, where `is_open` lets everybody in.

        Raises:
            Refused: the host is locked, or must let this address back in first.
        """
        self._check_admission(self._viewer, address)
        return Proof(self._viewer, _program_id(self._viewer, address))

    def named(self, proof: Proof) -> Proof:
        """The same proof for a new person: a browser that gets a cookie is a person of its own."""
        return replace(proof, person_id=new_id())

    def new_viewer_link(self) -> tuple[Link, Link]:
        """Replace the viewer link and the PIN. Returns the old link, now invalid, and the new."""
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
        """Bar this person's cookies, and keep that address from using that link again."""
        self._barred = {each: until for each, until in self._barred.items() if until > now_s}
        self._barred[person_id] = now_s + COOKIE_SECONDS
        if link_id != HOST:
            self._held.add((link_id, network_of(address)))

    def let_back(self, link_id: str, address: str) -> None:
        """Let that address use that link again; the barred cookies stay barred."""
        self._held.discard((link_id, network_of(address)))

    @property
    def held(self) -> tuple[tuple[str, str], ...]:
        """Link id and network of those whom the host must let back in, sorted."""
        return tuple(sorted(self._held))

    def is_barred(self, person_id: str) -> bool:
        """Whether the host put that person out."""
        return person_id in self._barred

    def _link_of(self, secret: str, address: str, now_us: int, now_s: int) -> Link | None:
        """The link with that secret, or None.

        Where `is_open` lets everybody in, no address waits. So that nobody can guess a chosen
        secret of the host link at any speed, a chosen secret does not count there while its address
        would have to wait.
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
    """The id of a program: all programs with one link in one network are one person."""
    return f"{link.link_id}@{network_of(address)}"


def bearer_in(header: str | None) -> str | None:
    """The secret in an Authorization header; None: it has another scheme, perhaps for a proxy."""
    scheme, _, secret = (header or "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


def split_host(host: str) -> tuple[str, int | None]:
    """The name and port in a Host header; the name in lower case and without brackets.

    The name is "" if the header is anything but a name or an address, with or without a port.
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
    """Which Host headers the host answers: those that a DNS rebinding attack cannot send.

    Such an attack needs a name that the attacker owns. So addresses in digits, localhost and this
    machine's own names are safe, and every other name must be in `allowed` (--allow-host).
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
    """Whether an Origin header names exactly the host and port of the Host header.

    A request through TLS must come from an https page: somebody may have changed a plain one on
    its way. A plain request from an https page is fine: a proxy that is not named as trusted may
    end TLS.
    """
    scheme, _, place = origin.partition("://")
    name, port = split_host(place)
    host_name, host_port = split_host(host)
    default = {"http": 80, "https": 443}.get(scheme)
    if default is None or (is_secure and scheme != "https") or not name or name != host_name:
        return False
    return (port or default) == (host_port or default)
