"""A certificate of the user's own (`--tls CERTIFICATE,KEY`): two small files."""

from __future__ import annotations

import logging
import ssl
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from samescreen.errors import ServeError

from .private_files import openness_of
from .tls_context import new_context

_log = logging.getLogger(__name__)


class UserCertificate:
    """A certificate of the user's own, read again when its files change."""

    authority = None

    def __init__(self, certificate: Path, key: Path) -> None:
        self.notes: list[str] = []
        self._files = (certificate, key)
        self.context = new_context()
        self._stamps: tuple[int, ...] = ()
        self._read()
        if note := openness_of(key):
            self.notes.append(note)

    def context_for(self, address: str) -> ssl.SSLContext:
        return self.context

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
            for context in (new_context(), self.context):
                context.load_cert_chain(certificate, key, password=_refuse_password)
        except ssl.SSLError as error:
            raise ServeError(_why_no_pair(certificate, key, error)) from error
        except OSError as error:
            raise ServeError(
                f"--tls: cannot read {error.filename or certificate}: {error.strerror}"
            ) from error


def _refuse_password() -> NoReturn:
    raise ServeError("--tls: the key is encrypted; give one that is not (openssl pkey)")


def _why_no_pair(certificate: Path, key: Path, error: ssl.SSLError) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"--tls: the key in {key} does not belong to the certificate in {certificate}"
    return f"--tls: {certificate} and {key} are not a certificate and its key in PEM form"
