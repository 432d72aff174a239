"""Reads `listen:rtmp://ADDRESS:PORT/APP/KEY`, from the spec itself or from a file. Any thread."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from samescreen.errors import UsageError
from samescreen.paths import typed_path

_PORT: Final = 1935
_LONGEST_FILE: Final = 4096
_ADDRESS: Final = re.compile(
    r"rtmp://(?P<host>[0-9.]+|localhost|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"/(?P<path>[!-.0-~]+(?:/[!-.0-~]+)+)",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Where to listen. `path`, "APP/KEY", is a secret: who knows it may publish."""

    host: str
    port: int
    path: str = field(repr=False)


def parse_listen(text: str) -> ListenAddress:
    """The address in `text`, or in the first line of the file in "@FILE". No error shows the key.

    Raises:
        UsageError: it is none, or the file cannot be read.
    """
    found = _ADDRESS.fullmatch(_line(text))
    port = int(found["port"] or _PORT) if found else 0
    if found is None or not 0 < port < 65536:
        raise UsageError(
            "listen takes rtmp://0.0.0.0:1935/APP/KEY, or @FILE with such a line: the address of "
            "this machine, and what others must know to publish"
        )
    return ListenAddress(found["host"].strip("[]"), port, found["path"])


def _line(text: str) -> str:
    if not text.startswith("@"):
        return text
    path = typed_path(text[1:])
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(_LONGEST_FILE).partition("\n")[0].strip()
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise UsageError(f"listen cannot read {path}: {reason}") from None
