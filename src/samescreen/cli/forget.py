"""`samescreen doctor --forget`: the desktop's dialogs open again at the next share.

Main thread, without an event loop; it deletes files.
"""

from __future__ import annotations

import os
import sys

from samescreen.errors import UsageError
from samescreen.portal.tokens import kept_tokens

from .words import words_for


def forget_choices() -> int:
    """Remove what desktops gave so that they need not ask again, and print what that was.

    Raises:
        UsageError: a file cannot be removed.
    """
    words = words_for(os.environ)
    try:
        kinds = kept_tokens().forget()
    except OSError as error:
        raise UsageError(f"cannot remove {error.filename}: {error.strerror}") from error
    said = words("forgot", kinds=", ".join(kinds)) if kinds else words("forgot-nothing")
    sys.stdout.write(f"{said}\n")
    return 0
