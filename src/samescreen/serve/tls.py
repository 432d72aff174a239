"""The TLS side of a host: its certificate found or made, kept in the user's folder, kept fresh.

Runs on the event loop, at start and once a minute; what it reads and writes are a few small
files. `cryptography` is imported only where certificates are made.
"""

from __future__ import annotations

import logging
import os
import socket
import ssl
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, Self

from samescreen.errors import ServeError

from .addresses import is_loopback, own_addresses, shown_addresses
from .private_files import NotPrivate, fault_of, open_folder, read_key, write_whole
from .tls_context import load_pair, new_context
from .user_certificate import UserCertificate

if TYPE_CHECKING:
    from .certificates import Address, Identity, Pair

_log = logging.getLogger(__name__)

_AUTHORITY: Final = "authority.pem"
_LEAF: Final = "host.pem"
_LEAF_AT: Final = "host-{}.pem"
PUBLIC_NAME: Final = "ca.crt"
"""The authority's certificate alone, to be handed to whoever shall trust it."""


@dataclass(frozen=True, slots=True)
class Authority:
    """The public side of the local certificate authority. `path` None: in memory only."""

    pem: bytes
    fingerprint: str
    path: Path | None
    expires: datetime
    is_web_only: bool


class Tls(Protocol):
    """What a host needs to speak TLS."""

    def context_for(self, address: str) -> ssl.SSLContext:
        """The server's side of a connection that was made to this address of ours."""

    @property
    def authority(self) -> Authority | None: ...

    @property
    def notes(self) -> Sequence[str]: ...

    def refresh(self, now: datetime) -> None:
        """Show another certificate from now on if this one no longer does."""


def open_tls(tls: str, names: Sequence[str], now: datetime, host: str) -> Tls:
    """What `--tls` asks for, unless that is "off".

    `names`: what else the host is called; `host`: the address or name it listens on.

    Raises:
        ServeError: files of one's own that cannot be used; the message says why.
        OSError: no certificate could be made known to the TLS library.
    """
    if tls != "auto":
        certificate, _, key = tls.partition(",")
        return UserCertificate(Path(certificate).expanduser(), Path(key).expanduser())
    return LocalTls(config_folder(), names, now, host)


def config_folder() -> Path | None:
    """Where this user's programs keep their settings; None when there is no such place."""
    with suppress(RuntimeError):  # nobody's home
        if sys.platform == "win32":
            base = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
        elif chosen := os.environ.get("XDG_CONFIG_HOME"):
            base = Path(chosen)
        elif sys.platform == "darwin":
            base = Path.home() / "Library" / "Application Support"
        else:
            base = Path.home() / ".config"
        return base / "samescreen"
    return None


def own_names() -> list[str]:
    """What this machine is called on its network."""
    name = socket.gethostname()
    return [name, f"{name}.local"]


def renew_authority(folder: Path, now: datetime) -> Authority:
    """Put another authority in the place of the one kept in `folder`, and forget that one's leaf.

    Hosts that run go on with the old one until they are started again.

    Raises:
        ServeError: the folder is another user's, or cannot be written.
    """
    try:
        open_folder(folder)
        before = None
        with suppress(NotPrivate):
            before = _read_pair(folder / _AUTHORITY, [])
        fresh = _write_authority(folder, _Wanted.of(own_names(), "0.0.0.0", now), before=before)
        write_whole(folder / PUBLIC_NAME, fresh.certificate_pem, 0o644)
        for leaf in (folder / _LEAF, *folder.glob(_LEAF_AT.format("*"))):
            leaf.unlink(missing_ok=True)
    except OSError as error:
        raise ServeError(f"cannot renew the authority: {error}") from error
    return _public(fresh, folder / PUBLIC_NAME)


def faults_of(folder: Path) -> list[str]:
    """Why the keys kept there are not safe from other users; changes nothing."""
    leaves = folder / _LEAF, *folder.glob(_LEAF_AT.format("*"))
    places = (folder, folder / _AUTHORITY, *leaves)
    return [fault for place in places if (fault := fault_of(place))]


def known_authority(folder: Path) -> Authority | None:
    """The authority kept in a folder; changes nothing. None: there is none yet.

    Raises:
        OSError: it cannot be read.
        ValueError: it is broken.
    """
    from .certificates import pair_from

    try:
        pem = (folder / _AUTHORITY).read_bytes()
    except FileNotFoundError:
        return None
    return _public(pair_from(pem), folder / PUBLIC_NAME)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the certificates shall say now, and what of this machine they shall not."""

    identity: Identity
    hidden: frozenset[Address]
    now: datetime

    @classmethod
    def of(cls, names: Sequence[str], host: str, now: datetime) -> Self:
        """For a host that listens on `host`."""
        return cls._of([*names, *shown_addresses(host)], host, now)

    @classmethod
    def at(cls, names: Sequence[str], address: str, now: datetime) -> Self:
        """For connections to one address."""
        return cls._of([*names, address], "", now)

    @classmethod
    def _of(cls, called: Sequence[str], host: str, now: datetime) -> Self:
        from .certificates import address_in, identity_of

        # Among the names, where an address is one too: a host may listen on either.
        identity = identity_of(called, ())
        # Only this machine sees the certificate of a host that listens on loopback.
        own = () if is_loopback(host) else map(address_in, own_addresses())
        hidden = frozenset(each for each in own if each is not None)
        return cls(identity, hidden - set(identity.addresses), now)

    def is_served_by(self, authority: Pair) -> bool:
        from .certificates import authority_serves

        return authority_serves(authority.certificate, self.identity, self.now)

    def is_shown_by(self, leaf: Pair, authority: Pair) -> bool:
        from .certificates import leaf_serves

        return leaf_serves(leaf, authority, self.identity, self.now, self.hidden)

    def new_authority(self, before: Pair | None = None) -> Pair:
        from .certificates import make_authority

        known = before.certificate if before is not None else None
        return make_authority(self.identity, self.now, before=known)

    def new_leaf(self, authority: Pair) -> Pair:
        from .certificates import make_leaf

        return make_leaf(authority, self.identity, self.now)


class LocalTls:
    """A certificate by a local authority, both made on first use and kept in `folder`.

    Where that cannot be written, or others could have, they live in memory, for this run. Each
    connection is shown a certificate of the host's names and the one address it was made to, so
    that a stranger who reaches one address learns of no other.
    """

    def __init__(
        self, folder: Path | None, names: Sequence[str], now: datetime, host: str = "0.0.0.0"
    ) -> None:
        self.context = new_context()
        self.authority: Authority | None = None
        self.notes: list[str] = []
        self._folder = folder
        self._names = names
        self._host = host
        self._pairs: tuple[Pair, Pair] | None = None
        self._at: dict[str, tuple[Pair, ssl.SSLContext]] = {}
        if folder is None:
            self._note("there is no home folder")
        self.refresh(now)

    def context_for(self, address: str) -> ssl.SSLContext:
        """Made when the first connection to that address comes, and kept like the others."""
        if address not in self._at:
            leaf, context = self._leaf_for(address), new_context()
            load_pair(context, leaf.pem)
            self._at[address] = leaf, context
        return self._at[address][1]

    def _leaf_for(self, address: str) -> Pair:
        assert self._pairs is not None
        authority, leaf = self._pairs
        now = datetime.now(UTC)
        wanted = _Wanted.at(self._names, address, now)
        if not wanted.is_served_by(authority):
            return leaf  # an address that is new here: the next refresh knows it
        if self._folder is not None:
            path = self._folder / _LEAF_AT.format(address.replace(":", "-").partition("%")[0])
            with suppress(OSError):
                return _kept_leaf(path, wanted, authority)
        return wanted.new_leaf(authority)

    def refresh(self, now: datetime) -> None:
        """Make what is missing or no longer fits, and show it from now on."""
        wanted = _Wanted.of(self._names, self._host, now)
        if self._pairs is not None:
            authority, leaf = self._pairs
            if wanted.is_served_by(authority) and wanted.is_shown_by(leaf, authority):
                self._drop_outdated(authority, now)
                return
        if self._folder is not None:
            try:
                self._show(*_kept_pairs(self._folder, wanted, self.notes))
                return
            except NotPrivate as error:
                self._note(str(error))
            except OSError as error:
                self._note(f"cannot keep it in {self._folder}: {error.strerror or error}")
            self._folder = None
        self._show(*_new_pairs(self._pairs, wanted))

    def _drop_outdated(self, authority: Pair, now: datetime) -> None:
        """Of the certificates for one address those that no longer serve."""
        for address, (leaf, _) in list(self._at.items()):
            if not _Wanted.at(self._names, address, now).is_shown_by(leaf, authority):
                del self._at[address]

    def _show(self, authority: Pair, leaf: Pair) -> None:
        load_pair(self.context, leaf.pem)
        path = self._folder / PUBLIC_NAME if self._folder is not None else None
        self._pairs = (authority, leaf)
        self._at.clear()
        self.authority = _public(authority, path)

    def _note(self, reason: str) -> None:
        self.notes.append(f"the https certificate is for this run only: {reason}")
        _log.info("! %s", self.notes[-1])


def _kept_pairs(folder: Path, wanted: _Wanted, notes: list[str]) -> tuple[Pair, Pair]:
    """Authority and leaf in `folder`, made anew where they are missing or do not serve."""
    if note := open_folder(folder):
        notes.append(note)
    authority = _read_pair(folder / _AUTHORITY, notes)
    if authority is None or not wanted.is_served_by(authority):
        if authority is not None or (folder / _AUTHORITY).exists():
            notes.append("made a new certificate authority; browsers must trust it again")
        authority = _write_authority(folder, wanted, before=authority)
    if not _holds(folder / PUBLIC_NAME, authority.certificate_pem):
        write_whole(folder / PUBLIC_NAME, authority.certificate_pem, 0o644)
    return authority, _kept_leaf(folder / _LEAF, wanted, authority)


def _kept_leaf(path: Path, wanted: _Wanted, authority: Pair) -> Pair:
    """The leaf kept in a file, made anew where it is missing or does not serve."""
    try:
        leaf = _read_pair(path, [])
    except NotPrivate:
        leaf = None  # another is made: nobody trusts a leaf by itself
    if leaf is None or not wanted.is_shown_by(leaf, authority):
        leaf = wanted.new_leaf(authority)
        write_whole(path, leaf.pem, 0o600)
    return leaf


def _write_authority(folder: Path, wanted: _Wanted, *, before: Pair | None) -> Pair:
    fresh = wanted.new_authority(before)
    write_whole(folder / _AUTHORITY, fresh.pem, 0o600)
    # Two hosts may start at once: both then use the one that was written last.
    return _read_pair(folder / _AUTHORITY, []) or fresh


def _new_pairs(before: tuple[Pair, Pair] | None, wanted: _Wanted) -> tuple[Pair, Pair]:
    authority = before[0] if before is not None else None
    if authority is None or not wanted.is_served_by(authority):
        authority = wanted.new_authority()
    return authority, wanted.new_leaf(authority)


def _public(authority: Pair, path: Path | None) -> Authority:
    from .certificates import fingerprint, is_web_only

    certificate = authority.certificate
    return Authority(
        authority.certificate_pem,
        fingerprint(certificate),
        path,
        certificate.not_valid_after_utc,
        is_web_only(certificate),
    )


def _read_pair(path: Path, notes: list[str]) -> Pair | None:
    """A pair kept in a file; None when there is none, or none that can be read as one.

    Raises:
        NotPrivate: others could have written it.
    """
    from .certificates import pair_from

    try:
        content, was_open = read_key(path)
        if was_open:
            notes.append(
                f"others could read {path}; it is closed to them now, and "
                "`samescreen ca renew` makes another key"
            )
        return pair_from(content)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        _log.warning("%s is broken and is made anew", path)
        return None


def _holds(path: Path, content: bytes) -> bool:
    with suppress(FileNotFoundError):
        return path.read_bytes() == content
    return False
