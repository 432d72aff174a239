"""`samescreen ca renew`: replaces the certificate authority by a new one.

Main thread, without an event loop; it reads and writes files.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from samescreen.errors import ServeError
from samescreen.serve.tls import config_folder, renew_authority


def renew() -> int:
    """Make the authority, print what is left to do, and return the exit code.

    Raises:
        ServeError: there is no folder to keep it in, or other users can write there.
    """
    folder = config_folder()
    if folder is None:
        raise ServeError("there is no home folder to keep an authority in; set HOME")
    authority = renew_authority(folder, datetime.now(UTC))
    sys.stdout.write(
        f"A new authority is in {authority.path}\n"
        f"SHA-256 {authority.fingerprint}\n"
        "Restart all running hosts. In each browser or system that trusts the old authority, "
        "remove it and trust the new one: /trust.html says how.\n"
    )
    return 0
