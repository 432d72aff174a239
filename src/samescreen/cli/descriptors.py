"""Sets how many files and connections this process may open. At start, before threads."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Final

_ENOUGH: Final = 65_536


def use_all_descriptors() -> None:
    """Raise the soft limit towards the hard one, so that there is room for viewers."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):  # macOS allows fewer than it says
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
