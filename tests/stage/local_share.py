"""A Share that only this machine reaches, on a free port."""

from __future__ import annotations

from typing import Any

from samescreen import Share


def local(source: Any = None, **more: Any) -> Share:
    """A Share with these options, not started."""
    options: dict[str, Any] = {"host": "127.0.0.1", "port": 0, "tls": "off"} | more
    return Share(source, **options)
