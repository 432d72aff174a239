"""The page's files, read once at start: a fixed table, no paths from requests.

Runs on the event loop at start; types are named here because Windows' registry breaks guessing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

_TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "wasm": "application/wasm",
    "svg": "image/svg+xml",
    "png": "image/png",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served."""

    body: bytes
    content_type: str
    etag: str


def load_assets() -> dict[str, Asset]:
    """All files of the page by their URL path below the root ("" is the page itself)."""
    table = dict(_walk(files("samescreen") / "viewer", ""))
    table[""] = table["index.html"]
    return table


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, Asset]]:
    found: list[tuple[str, Asset]] = []
    for entry in folder.iterdir():
        path = prefix + entry.name
        content_type = _TYPES.get(entry.name.rpartition(".")[2])
        if entry.is_dir():
            found += _walk(entry, path + "/")
        elif content_type is not None:
            body = entry.read_bytes()
            etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            found.append((path, Asset(body, content_type, etag)))
    return found
