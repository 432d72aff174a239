"""A certificate of the user's own (`--tls CERTIFICATE,KEY`): two small files.

The event loop refreshes it; a thread that may wait reads the files (`aside.py`).
"""

from __future__ import annotations

import logging
import ssl
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, NoReturn

from samescreen.aside import waited_for
from samescreen.errors import ServeError

from .private_files import openness_of
from .tls_context import new_context

_log = logging.getLogger(__name__)

_WHAT: Final = "the certificate of --tls"


class UserCertificate:
    """A certificate of the user's own, read again when its files change.

    Raises:
        ServeError: a file cannot be read or used; the message says why.
    """

    authority = None

    def __init__(self, certificate: Path, key: Path) -> None:
        self._files = (certificate, key)
        self._stamps = _stamps_of(certificate, key)
        self.context, self._pem = _shown_of(certificate, key)
        note = openness_of(key)
        self.notes = [note] if note else []

    def context_for(self, address: str) -> ssl.SSLContext:
        return self.context

    def pem_for(self, address: str) -> bytes:
        return self._pem

    async def refresh(self, now: datetime) -> None:
        """Read files that have changed; keep the old certificate while the new one is bad."""
        try:
            stamps = await waited_for(partial(_stamps_of, *self._files), _WHAT)
            if stamps != self._stamps:
                self._stamps = stamps
                shown = await waited_for(partial(_shown_of, *self._files), _WHAT)
                self.context, self._pem = shown
        except ServeError as error:
            _log.warning("still showing the certificate from before: %s", error)


def _stamps_of(certificate: Path, key: Path) -> tuple[int, ...]:
    """When the files changed. Raises ServeError."""
    try:
        return tuple(path.stat().st_mtime_ns for path in (certificate, key))
    except OSError as error:
        raise _unreadable(certificate, error) from error


def _shown_of(certificate: Path, key: Path) -> tuple[ssl.SSLContext, bytes]:
    """A server context with this certificate, and both in PEM form. Raises ServeError."""
    context = new_context()
    try:
        context.load_cert_chain(certificate, key, password=_refuse_password)
        pem = b"\n".join(path.read_bytes() for path in dict.fromkeys((certificate, key)))
    except ssl.SSLError as error:
        raise ServeError(_why_no_pair(certificate, key, error)) from error
    except OSError as error:
        raise _unreadable(certificate, error) from error
    return context, pem


def _unreadable(certificate: Path, error: OSError) -> ServeError:
    return ServeError(f"--tls: cannot read {error.filename or certificate}: {error.strerror}")


def _refuse_password() -> NoReturn:
    raise ServeError("--tls: the key is encrypted; give one that is not (openssl pkey)")


def _why_no_pair(certificate: Path, key: Path, error: ssl.SSLError) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"--tls: the key in {key} does not belong to the certificate in {certificate}"
    return f"--tls: {certificate} and {key} are not a certificate and its key in PEM form"
