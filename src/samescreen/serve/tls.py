"""The TLS side of a host: its certificate found or made, kept in the user's folder, kept fresh.

Runs on the event loop, at start and once a minute; what it reads and writes are a few small
files. `cryptography` is imported only where certificates are made.
"""

from __future__ import annotations

import logging
import os
import ssl
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, Protocol

from samescreen.errors import ServeError

from .addresses import own_addresses

if TYPE_CHECKING:
    from .certificates import Identity, Pair

_log = logging.getLogger(__name__)

_AUTHORITY: Final = "authority.pem"
_LEAF: Final = "host.pem"
PUBLIC_NAME: Final = "ca.crt"
"""The authority's certificate alone, to be handed to whoever shall trust it."""


@dataclass(frozen=True, slots=True)
class Authority:
    """The public side of the local certificate authority. `path` None: in memory only."""

    pem: bytes
    fingerprint: str
    path: Path | None
    expires: datetime


class Tls(Protocol):
    """What a host needs to speak TLS."""

    @property
    def context(self) -> ssl.SSLContext: ...

    @property
    def authority(self) -> Authority | None: ...

    @property
    def notes(self) -> Sequence[str]: ...

    def refresh(self, now: datetime) -> None:
        """Show another certificate from now on if this one no longer does."""


def open_tls(tls: str, names: Sequence[str], now: datetime) -> Tls:
    """What `--tls` asks for, unless that is "off". `names`: what else the host is called.

    Raises:
        ServeError: files of one's own that cannot be used; the message says why.
        OSError: no certificate could be made known to the TLS library.
    """
    if tls != "auto":
        certificate, _, key = tls.partition(",")
        return OwnTls(Path(certificate).expanduser(), Path(key).expanduser())
    return LocalTls(config_folder(), names, now)


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


class OwnTls:
    """A certificate of the user's own, read again when its files change."""

    authority: Authority | None = None
    notes: Sequence[str] = ()

    def __init__(self, certificate: Path, key: Path) -> None:
        self._files = (certificate, key)
        self.context = _new_context()
        self._stamps: tuple[int, ...] = ()
        self._read()

    def refresh(self, now: datetime) -> None:
        """Go on with the certificate there is while the new one is no good."""
        try:
            self._read()
        except ServeError as error:
            _log.warning("still showing the certificate from before: %s", error)

    def _read(self) -> None:
        certificate, key = self._files
        try:
            stamps = tuple(path.stat().st_mtime_ns for path in self._files)
            if stamps == self._stamps:
                return
            self._stamps = stamps
            # Into a context to throw away first: half of a new pair must not replace an old one.
            for context in (_new_context(), self.context):
                context.load_cert_chain(certificate, key, password=_refuse_password)
        except ssl.SSLError as error:
            raise ServeError(_why_no_pair(certificate, key, error)) from error
        except OSError as error:
            raise ServeError(
                f"--tls: cannot read {error.filename or certificate}: {error.strerror}"
            ) from error


class LocalTls:
    """A certificate by a local authority, both made on first use and kept in `folder`.

    Where that cannot be written they live in memory, for this run.
    """

    def __init__(self, folder: Path | None, names: Sequence[str], now: datetime) -> None:
        self.context = _new_context()
        self.authority: Authority | None = None
        self.notes: list[str] = []
        self._folder = folder
        self._names = names
        self._pairs: tuple[Pair, Pair] | None = None
        if folder is None:
            self._note("there is no home folder")
        self.refresh(now)

    def refresh(self, now: datetime) -> None:
        """Make what is missing or no longer fits, and show it from now on."""
        from .certificates import authority_serves, identity_of, leaf_serves

        identity = identity_of(self._names, own_addresses())
        if self._pairs is not None:
            authority, leaf = self._pairs
            if authority_serves(authority.certificate, identity, now) and leaf_serves(
                leaf, authority, identity, now
            ):
                return
        if self._folder is not None:
            try:
                self._show(*_kept_pairs(self._folder, identity, now, self.notes))
                return
            except OSError as error:
                self._note(f"cannot keep it in {self._folder}: {error.strerror or error}")
                self._folder = None
        self._show(*_new_pairs(self._pairs, identity, now))

    def _show(self, authority: Pair, leaf: Pair) -> None:
        _load(self.context, leaf.pem)
        path = self._folder / PUBLIC_NAME if self._folder is not None else None
        self._pairs = (authority, leaf)
        self.authority = _public(authority, path)

    def _note(self, reason: str) -> None:
        self.notes.append(f"the https certificate is for this run only: {reason}")
        _log.info("! %s", self.notes[-1])


def _kept_pairs(
    folder: Path, identity: Identity, now: datetime, notes: list[str]
) -> tuple[Pair, Pair]:
    """Authority and leaf in `folder`, made anew where they are missing or do not serve."""
    from .certificates import authority_serves, leaf_serves, make_authority, make_leaf

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority = _read_pair(folder / _AUTHORITY)
    if authority is None or not authority_serves(authority.certificate, identity, now):
        if authority is not None or (folder / _AUTHORITY).exists():
            notes.append("made a new certificate authority; browsers must trust it again")
        before = authority.certificate if authority is not None else None
        fresh = make_authority(identity, now, before=before)
        _write(folder / _AUTHORITY, fresh.pem, 0o600)
        # Two hosts may start at once: both then use the one that was written last.
        authority = _read_pair(folder / _AUTHORITY) or fresh
    if not _holds(folder / PUBLIC_NAME, authority.certificate_pem):
        _write(folder / PUBLIC_NAME, authority.certificate_pem, 0o644)
    leaf = _read_pair(folder / _LEAF)
    if leaf is None or not leaf_serves(leaf, authority, identity, now):
        leaf = make_leaf(authority, identity, now)
        _write(folder / _LEAF, leaf.pem, 0o600)
    return authority, leaf


def _new_pairs(
    before: tuple[Pair, Pair] | None, identity: Identity, now: datetime
) -> tuple[Pair, Pair]:
    from .certificates import authority_serves, make_authority, make_leaf

    authority = before[0] if before is not None else None
    if authority is None or not authority_serves(authority.certificate, identity, now):
        authority = make_authority(identity, now)
    return authority, make_leaf(authority, identity, now)


def _public(authority: Pair, path: Path | None) -> Authority:
    from .certificates import fingerprint

    certificate = authority.certificate
    return Authority(
        authority.certificate_pem,
        fingerprint(certificate),
        path,
        certificate.not_valid_after_utc,
    )


def _read_pair(path: Path) -> Pair | None:
    """A pair kept in a file; None when there is none, or none that can be read as one."""
    from .certificates import pair_from

    try:
        if sys.platform != "win32" and path.stat().st_mode & 0o077:
            path.chmod(0o600)
        return pair_from(path.read_bytes())
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        _log.warning("%s is broken and is made anew", path)
        return None


def _holds(path: Path, content: bytes) -> bool:
    with suppress(FileNotFoundError):
        return path.read_bytes() == content
    return False


def _write(path: Path, content: bytes, mode: int) -> None:
    """Whole or not at all; never readable to others in between."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(mode)
        Path(name).replace(path)
    except OSError:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _new_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    return context


def _load(context: ssl.SSLContext, pem: bytes) -> None:
    """The library reads files only, so the pair becomes one for a moment."""
    in_memory = getattr(os, "memfd_create", None)
    if in_memory is not None:  # Linux: needs no folder, and never reaches a disk
        handle = in_memory("samescreen")
        try:
            os.write(handle, pem)
            context.load_cert_chain(f"/proc/self/fd/{handle}")
        finally:
            os.close(handle)
        return
    handle, name = tempfile.mkstemp()
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
        context.load_cert_chain(name)
    finally:
        Path(name).unlink()


def _refuse_password() -> NoReturn:
    raise ServeError("--tls: the key is encrypted; give one that is not (openssl pkey)")


def _why_no_pair(certificate: Path, key: Path, error: ssl.SSLError) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"--tls: the key in {key} does not belong to the certificate in {certificate}"
    return f"--tls: {certificate} and {key} are not a certificate and its key in PEM form"
