"""When tests make certificates, and what the kept certificate looks like."""

from __future__ import annotations

import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from samescreen.serve.certificates import pair_from

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
YEARS = timedelta(days=366)
LOOPBACK = {"127.0.0.1", "::1"}
posix = pytest.mark.skipif(sys.platform == "win32", reason="file modes")


def mode(path: Path) -> int:
    """The permissions of this file."""
    return stat.S_IMODE(path.stat().st_mode)


def shown(folder: Path) -> set[str]:
    """The addresses that the certificate kept there names."""
    pair = pair_from((folder / "host.pem").read_bytes())
    found = pair.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return set(map(str, found.value.get_values_for_type(x509.IPAddress)))
