"""The page's files, read once at start into a fixed table: no request's path reaches the disk.

The table has each file twice: under its name, and below a folder whose name is a hash of all files.
The page uses the latter. What is there never changes, so browsers keep it without asking again.
Besides the files, the table has those that `bundle.py` joins: a page needs five instead of eighty.

Runs on the event loop at start. The content types are fixed here, because guesses of the standard
library depend on the Windows registry.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from .bundle import joined

_LINK: Final = re.compile(rb'((?:href|src)=")([a-z])')
_PAGES: Final = {"": "index.html", "host": "host.html", "show": "show.html"}
_STYLES: Final = (
    *("style", "chrome", "panels", "streams", "control", "key_bar", "exchange", "ink"),
    *("onair", "voice"),
)
_LATER: Final = {"app/app.js": "app.bundle.js", "worker.js": "worker.bundle.js"}
_TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "wasm": "application/wasm",
    "svg": "image/svg+xml",
    "png": "image/png",
    "webmanifest": "application/manifest+json",
}


_COMMENT_OF_CSS: Final = re.compile(rb"/\*.*?\*/\n?", re.DOTALL)
_SPACE_OF_CSS: Final = re.compile(rb"\s*([{};])\s*")
"""No string of ours has the like of either."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served. `is_lasting`: the content at its URL never changes."""

    body: bytes
    content_type: str
    etag: str
    is_lasting: bool = False

    @property
    def packed(self) -> bytes:
        """The body as gzip; empty if that is not smaller. Made once, when first asked for."""
        return _packed(self.body)


@lru_cache(maxsize=512)
def _packed(body: bytes) -> bytes:
    packed = gzip.compress(body, mtime=0)
    return packed if len(packed) < len(body) else b""


def load_assets() -> dict[str, Asset]:
    """All files of the pages, by URL path without the leading slash.

    "" is the viewer's page, "host" the host's, "show" that of a link to show something.
    """
    named = dict(_walk(files("samescreen") / "viewer", ""))
    named |= _bundles(named)
    contents = hashlib.sha256(repr(sorted((p, a.etag) for p, a in named.items())).encode())
    folder = f"v/{contents.hexdigest()[:16]}/"
    table = {folder + path: replace(asset, is_lasting=True) for path, asset in named.items()}
    pages = {path: _linked(named[name], folder) for path, name in _PAGES.items()}
    return {**table, **named, **pages}


def _bundles(named: dict[str, Asset]) -> dict[str, Asset]:
    """What the viewer's page loads: its first scripts, its style sheet, its worker, the rest."""
    sources = tuple((path, each.body) for path, each in named.items() if path.endswith(".js"))
    scripts = {path: _asset(body, _TYPES["js"]) for path, body in _scripts(sources)}
    styles = b"".join(named[f"app/{name}.css"].body for name in _STYLES)
    styles = _SPACE_OF_CSS.sub(rb"\1", _COMMENT_OF_CSS.sub(b"", styles))
    return scripts | {"page.bundle.css": _asset(styles, _TYPES["css"])}


@lru_cache(maxsize=1)
def _scripts(sources: tuple[tuple[str, bytes], ...]) -> list[tuple[str, bytes]]:
    """The joined scripts by path; made once for all hosts of a process."""
    modules = {path: body.decode() for path, body in sources}
    first = joined("opening.bundle.js", "app/opening.js", modules, instead=_LATER, is_classic=True)
    then = joined("entrance.bundle.js", "app/entrance.js", modules, before=(first,), instead=_LATER)
    rest = joined("app.bundle.js", "app/app.js", modules, before=(first, then), instead=_LATER)
    worker = joined("worker.bundle.js", "worker.js", modules)
    return [(each.path, each.source.encode()) for each in (first, then, rest, worker)]


def _linked(page: Asset, folder: str) -> Asset:
    """The page with links to the files that never change."""
    body = _LINK.sub(lambda link: link[1] + folder.encode() + link[2], page.body)
    return _asset(body, page.content_type)


def _asset(body: bytes, content_type: str) -> Asset:
    return Asset(body, content_type, f'"{hashlib.sha256(body).hexdigest()[:16]}"')


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, Asset]]:
    found: list[tuple[str, Asset]] = []
    for entry in folder.iterdir():
        path = prefix + entry.name
        content_type = _TYPES.get(entry.name.rpartition(".")[2])
        if entry.is_dir():
            found += _walk(entry, path + "/")
        elif content_type is not None:
            found.append((path, _asset(entry.read_bytes(), content_type)))
    return found
