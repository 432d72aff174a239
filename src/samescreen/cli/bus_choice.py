"""`--bus` of `samescreen serve`: which broker, by which secret, and what the terminal says.

The choice is read on the main thread, before the event loop. What becomes of the bus is printed on
the loop.
"""

from __future__ import annotations

import os
from typing import Final

from samescreen.bus.address import BusChoice, Secret, parse_secret, parse_servers
from samescreen.errors import UsageError
from samescreen.paths import typed_path

from .console import plain_console
from .words import words_for

_MOST_BYTES: Final = 65_536


def bus_choice(bus: str, secret: str) -> BusChoice | None:
    """The broker that these options name; None: none.

    Raises:
        UsageError: they name none, or the file of the secret cannot be read.
    """
    if not bus:
        if secret:
            raise UsageError("--bus-secret is for the broker that --bus names")
        return None
    return BusChoice(parse_servers(bus), _secret_of(secret) if secret else Secret())


def _secret_of(text: str) -> Secret:
    path = text.removeprefix("file:")
    if path == text:
        return parse_secret(text)
    place = typed_path(path)
    try:
        with place.open(encoding="utf-8") as file:
            return parse_secret(file.read(_MOST_BYTES), str(place))
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise UsageError(f"cannot read the file of --bus-secret: {why}") from None


class BusNews:
    """Prints when the broker is found and lost, once each."""

    def __init__(self, is_quiet: bool) -> None:
        self._is_quiet = is_quiet
        self._last: str | None = None

    def show(self, why: str) -> None:
        """Why there is no broker; "": there is one."""
        if why == self._last or self._is_quiet:
            return
        self._last = why
        words = words_for(os.environ)
        line = words("bus-lost", why=words.translated(why)) if why else words("bus-open")
        plain_console().print(line)
