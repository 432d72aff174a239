"""Paths as people type them."""

from __future__ import annotations

import os
from pathlib import Path


def typed_path(text: str | os.PathLike[str]) -> Path:
    """The path, with `~` as the home folder.

    Other than `Path.expanduser` it takes `~name` where nobody has that name: nothing is found
    there, and whoever opens it says so.
    """
    return Path(os.path.expanduser(text))
