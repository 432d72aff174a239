"""What a portal gave so that the person at the desktop is not asked again, kept in files.

One file for each kind of share, which only this user can read. Any thread.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

_LONGEST: Final = 4096


class Tokens:
    """The tokens in `folder`; None: nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def read(self, kind: str) -> str:
        """The kept token; "": none."""
        path = self._path(kind)
        if path is None:
            return ""
        with suppress(OSError, ValueError):
            token = path.read_text("utf-8").strip()
            return token if token.isprintable() and len(token) <= _LONGEST else ""
        return ""

    def write(self, kind: str, token: str) -> None:
        """Keep this token in place of the one before; "": keep none. Nothing if that fails."""
        path = self._path(kind)
        if path is None:
            return
        with suppress(OSError):
            if not token:
                path.unlink(missing_ok=True)
                return
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fd, made = tempfile.mkstemp(dir=path.parent)  # which only this user may read
            try:
                with os.fdopen(fd, "w", encoding="utf-8") as file:
                    file.write(token)
                os.replace(made, path)
            except OSError:
                os.unlink(made)
                raise

    def forget(self) -> tuple[str, ...]:
        """Keep none of them; the kinds that were kept.

        Raises:
            OSError: a file cannot be removed.
        """
        kept = sorted(self._folder.glob("portal-*.token")) if self._folder else []
        for path in kept:
            path.unlink(missing_ok=True)
        return tuple(path.stem.removeprefix("portal-") for path in kept)

    def _path(self, kind: str) -> Path | None:
        return self._folder / f"portal-{kind}.token" if self._folder else None


def kept_tokens(environment: Mapping[str, str] = os.environ) -> Tokens:
    """Those of this user."""
    state, home = environment.get("XDG_STATE_HOME", ""), environment.get("HOME", "")
    if os.path.isabs(state):
        return Tokens(Path(state, "samescreen"))
    return Tokens(Path(home, ".local/state/samescreen") if os.path.isabs(home) else None)
