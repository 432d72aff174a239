"""Which sites may show the page in an iframe, and the mark on the pass of a framed page. Pure.

Only its own link lets a framed page in: its login gets a pass and no cookie, and the host ignores
a cookie that the browser sends along. So a frame never has grants that its reader got elsewhere,
and the page around it gains nothing by covering the frame and guiding clicks into it.
docs/security.md has the rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_NOBODY: Final = "frame-ancestors 'none'"
_MARK: Final = "framed."


def allowing(policy: str, origins: Sequence[str]) -> str:
    """A Content-Security-Policy like `policy`, in which these origins may frame the page.

    `policy` allows nobody. The caller has checked each origin: scheme, name, and perhaps a port.
    """
    return policy.replace(_NOBODY, f"frame-ancestors {' '.join(origins)}") if origins else policy


def marked(login_pass: str) -> str:
    """The pass with the mark of a framed page."""
    return _MARK + login_pass


def unmarked(offered: str) -> str:
    """The pass without the mark, if it has one."""
    return offered.removeprefix(_MARK)


def is_framed(offered: str) -> bool:
    """Whether the page that offers this pass is in a frame.

    Such a page has the grants of its link, except `host`.
    """
    return offered.startswith(_MARK)
