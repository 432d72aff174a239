"""Who may show the page in a frame, and the mark on the pass of a framed page. Pure.

A framed page is let in by its link alone: its login gets a pass and no cookie, and a cookie that
the browser sends along counts for nothing. So a frame never has rights that its reader was given
elsewhere, and the page around it gains nothing by covering the frame and guiding clicks into it.
docs/security.md has the rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_NOBODY: Final = "frame-ancestors 'none'"
_MARK: Final = "framed."


def allowing(policy: str, origins: Sequence[str]) -> str:
    """This Content-Security-Policy, which lets nobody frame the page, with these origins let.

    Each origin must have been checked: scheme, name, and perhaps a port.
    """
    return policy.replace(_NOBODY, f"frame-ancestors {' '.join(origins)}") if origins else policy


def marked(login_pass: str) -> str:
    """The pass as a framed page gets it."""
    return _MARK + login_pass


def unmarked(offered: str) -> str:
    """The pass itself, whoever it was given to."""
    return offered.removeprefix(_MARK)


def is_framed(offered: str) -> bool:
    """Whether the page that offers this pass is in a frame.

    The place for rights: who is let in by such a pass gets what its link says, less the host's.
    """
    return offered.startswith(_MARK)
