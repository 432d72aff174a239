"""The TLS side of a host: finds or makes its certificate, keeps it in the user's folder, renews it.

The event loop owns what is shown. A thread that may wait (`aside.py`) reads and writes the files,
at start and once a minute; only a certificate for an address that is new here is made on the loop.
`cryptography` is imported only where certificates are made.
"""

from __future__ import annotations

import logging
import os
import socket
import ssl
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, Self

from samescreen.aside import waited_for
from samescreen.errors import ServeError
from samescreen.paths import typed_path

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
"""The file with the authority's certificate alone, for people who want to trust it."""


@dataclass(frozen=True, slots=True)
class Authority:
    """The public side of the local certificate authority. `path` None: in memory only."""

    pem: bytes
    fingerprint: str
    path: Path | None
    expires: datetime
    is_web_only: bool


class Tls(Protocol):
    """The TLS side of a host. `notes`: lines for the user."""

    def context_for(self, address: str) -> ssl.SSLContext:
        """The server context for a connection that was made to this address of ours."""

    def pem_for(self, address: str) -> bytes:
        """Certificate and key for such a connection, in PEM form."""

    @property
    def authority(self) -> Authority | None: ...

    @property
    def notes(self) -> Sequence[str]: ...

    async def refresh(self, now: datetime) -> None:
        """Replace the certificate if it is not good any more. One call at a time."""


def open_tls(tls: str, names: Sequence[str], now: datetime, host: str) -> Tls:
    """The TLS side for the option `--tls`, unless that is "off". May wait for files.

    `names`: further names of the host; `host`: the address or name that it listens on.

    Raises:
        ServeError: the user's own files cannot be used; the message says why.
        OSError: the TLS library could not load the certificate.
    """
    if tls != "auto":
        certificate, _, key = tls.partition(",")
        return UserCertificate(typed_path(certificate), typed_path(key))
    return LocalTls(config_folder(), names, now, host)


def config_folder() -> Path | None:
    """This user's folder for our settings; None: the user has no home."""
    with suppress(RuntimeError):  # there is no home folder
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
    """The names of this machine on its network."""
    name = socket.gethostname()
    return [name, f"{name}.local"]


def renew_authority(folder: Path, now: datetime) -> Authority:
    """Replace the authority in `folder` by a new one, and delete the certificates of the old one.

    Running hosts keep the old authority until they are started again.

    Raises:
        ServeError: the folder belongs to another user, or cannot be written.
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
        why = error.strerror or error
        raise ServeError(f"cannot renew the authority in {folder}: {why}") from error
    return _public(fresh, folder / PUBLIC_NAME)


def faults_of(folder: Path) -> list[str]:
    """Why the keys in this folder are not safe from other users. Changes nothing."""
    leaves = folder / _LEAF, *folder.glob(_LEAF_AT.format("*"))
    paths = (folder, folder / _AUTHORITY, *leaves)
    return [fault for path in paths if (fault := fault_of(path))]


def known_authority(folder: Path) -> Authority | None:
    """The authority in this folder; None: there is none yet. Changes nothing.

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
    """What the certificates must name now, and which addresses they must not name."""

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

        # As names, because `host` may be a name or an address, and `identity_of` tells them apart.
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


@dataclass(frozen=True, slots=True)
class _Shown:
    """The certificates that a host shows. `folder`: where they are kept; None: in memory only.

    `notes`: lines for the user, from finding or making them.
    """

    authority: Pair
    leaf: Pair
    folder: Path | None
    notes: tuple[str, ...] = ()

    def serves(self, wanted: _Wanted) -> bool:
        """Whether they are still good."""
        return wanted.is_served_by(self.authority) and wanted.is_shown_by(self.leaf, self.authority)


class LocalTls:
    """A certificate signed by a local authority. Both are made on first use and kept in `folder`.

    They are in memory, for this run only, if the folder cannot be written or others could have
    written to it. Each connection is shown a certificate with the host's names and the one address
    that it was made to, so a stranger who reaches one address learns of no other.
    """

    def __init__(
        self, folder: Path | None, names: Sequence[str], now: datetime, host: str = "0.0.0.0"
    ) -> None:
        self._names = names
        self._host = host
        self._at: dict[str, tuple[Pair, ssl.SSLContext]] = {}
        self.notes = [] if folder is not None else [_for_this_run("there is no home folder")]
        self._show(_renewed(_Wanted.of(names, host, now), folder, None))

    def context_for(self, address: str) -> ssl.SSLContext:
        """Made when the first connection to that address comes, then kept."""
        if address not in self._at:
            leaf, context = self._leaf_for(address), new_context()
            load_pair(context, leaf.pem)
            self._at[address] = leaf, context
        return self._at[address][1]

    def pem_for(self, address: str) -> bytes:
        """Those of `context_for`."""
        self.context_for(address)
        return self._at[address][0].pem

    def _leaf_for(self, address: str) -> Pair:
        shown = self._shown
        wanted = _Wanted.at(self._names, address, datetime.now(UTC))
        if not wanted.is_served_by(shown.authority):
            return shown.leaf  # the machine got this address after the last refresh
        if shown.folder is not None:
            name = _LEAF_AT.format(address.replace(":", "-").partition("%")[0])
            with suppress(OSError):
                return _kept_leaf(shown.folder / name, wanted, shown.authority)
        return wanted.new_leaf(shown.authority)

    async def refresh(self, now: datetime) -> None:
        """Make what is missing or not good any more, and show it from now on."""
        before = self._shown
        leaves = {address: leaf for address, (leaf, _) in self._at.items()}
        look = partial(_look_again, self._names, self._host, now, before, leaves)
        shown, outdated = await waited_for(look, "the https certificate")
        if shown is not before:
            self._show(shown)
        for address in outdated:
            self._at.pop(address, None)

    def _show(self, shown: _Shown) -> None:
        path = None if shown.folder is None else shown.folder / PUBLIC_NAME
        self._shown = shown
        self.authority: Authority | None = _public(shown.authority, path)
        self.notes += shown.notes
        self._at.clear()


def _look_again(
    names: Sequence[str], host: str, now: datetime, before: _Shown, leaves: Mapping[str, Pair]
) -> tuple[_Shown, list[str]]:
    """What to show now, and for which addresses the certificate in `leaves` is not good any more.

    May wait for files.
    """
    shown = _renewed(_Wanted.of(names, host, now), before.folder, before)
    outdated = [
        address
        for address, leaf in leaves.items()
        if not _Wanted.at(names, address, now).is_shown_by(leaf, shown.authority)
    ]
    return shown, outdated


def _renewed(wanted: _Wanted, folder: Path | None, before: _Shown | None) -> _Shown:
    """The certificates of `before` while they are good, else those in the folder, else new ones."""
    if before is not None and before.serves(wanted):
        return before
    notes: list[str] = []
    if folder is not None:
        try:
            return _Shown(*_kept_pairs(folder, wanted, notes), folder, tuple(notes))
        except NotPrivate as error:
            notes.append(_for_this_run(str(error)))
        except OSError as error:
            notes.append(_for_this_run(f"cannot keep it in {folder}: {error.strerror or error}"))
    authority = before.authority if before is not None else None
    return _Shown(*_new_pairs(authority, wanted), None, tuple(notes))


def _for_this_run(reason: str) -> str:
    note = f"the https certificate is for this run only: {reason}"
    _log.info("! %s", note)
    return note


def _kept_pairs(folder: Path, wanted: _Wanted, notes: list[str]) -> tuple[Pair, Pair]:
    """Authority and leaf from `folder`, with new ones in place of those missing or not good."""
    if note := open_folder(folder):
        notes.append(note)
    authority = _read_pair(folder / _AUTHORITY, notes)
    if authority is None or not wanted.is_served_by(authority):
        if authority is not None or (folder / _AUTHORITY).exists():
            from .certificates import note_of_new
            notes.append(note_of_new(authority, wanted.identity, wanted.now))
        authority = _write_authority(folder, wanted, before=authority)
    if not _holds(folder / PUBLIC_NAME, authority.certificate_pem):
        write_whole(folder / PUBLIC_NAME, authority.certificate_pem, 0o644)
    return authority, _kept_leaf(folder / _LEAF, wanted, authority)


def _kept_leaf(path: Path, wanted: _Wanted, authority: Pair) -> Pair:
    """The leaf from a file, or a new one if it is missing or not good."""
    try:
        leaf = _read_pair(path, [])
    except NotPrivate:
        leaf = None  # make another one: nobody trusts a leaf by itself
    if leaf is None or not wanted.is_shown_by(leaf, authority):
        leaf = wanted.new_leaf(authority)
        write_whole(path, leaf.pem, 0o600)
    return leaf


def _write_authority(folder: Path, wanted: _Wanted, *, before: Pair | None) -> Pair:
    fresh = wanted.new_authority(before)
    write_whole(folder / _AUTHORITY, fresh.pem, 0o600)
    # Two hosts may start at once. Both then use the authority that was written last.
    return _read_pair(folder / _AUTHORITY, []) or fresh


def _new_pairs(authority: Pair | None, wanted: _Wanted) -> tuple[Pair, Pair]:
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
    """The pair in a file; None: there is no such file, or it is broken.

    Raises NotPrivate: others could have written it.
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
        _log.warning("%s is broken; making a new one", path)
        return None


def _holds(path: Path, content: bytes) -> bool:
    with suppress(FileNotFoundError):
        return path.read_bytes() == content
    return False
