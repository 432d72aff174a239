"""`samescreen ca renew`: another certificate authority in the place of the one there is."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from samescreen.errors import ServeError
from samescreen.serve.tls import config_folder, renew_authority


def renew() -> int:
    """Make it, and print what is left to do; the exit code.

    Raises:
        ServeError: there is no folder to keep it in, or not one that is this user's alone.
    """
    folder = config_folder()
    if folder is None:
        raise ServeError("there is no home folder to keep an authority in; set HOME")
    authority = renew_authority(folder, datetime.now(UTC))
    sys.stdout.write(
        f"A new authority is in {authority.path}\n"
        f"SHA-256 {authority.fingerprint}\n"
        "Start hosts that are running again. Whoever trusts the old authority removes it from the "
        "browser or system, and trusts this one: /trust.html says how.\n"
    )
    return 0
