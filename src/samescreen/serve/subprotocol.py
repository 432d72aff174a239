"""The subprotocols that a viewer's WebSocket offers: the protocol's name, and perhaps a pass. Pure.

A page cannot set headers on its WebSocket, but it can offer subprotocols. The pass is in one of
them, for browsers that keep no cookie: there no URL and no access log contains it.
"""

from __future__ import annotations

from typing import Final

from samescreen.errors import Refused

from .proxy import Headers

PROTOCOL: Final = "samescreen"
_PASS_PREFIX: Final = "samescreen.pass."


def offered_pass(headers: Headers) -> str:
    """The offered pass, unchecked; "" if there is none."""
    passes = (each for each in _offered(headers) if each.startswith(_PASS_PREFIX))
    return next(passes, "").removeprefix(_PASS_PREFIX)


def agree_on_protocol(headers: Headers) -> str | None:
    """The subprotocol to answer; None: the request offers none.

    Raises:
        Refused: it offers only others.
    """
    offered = _offered(headers)
    if offered and PROTOCOL not in offered:
        raise Refused(400, f"This WebSocket speaks {PROTOCOL} and nothing else.")
    return PROTOCOL if offered else None


def _offered(headers: Headers) -> list[str]:
    values = ",".join(headers.getall("Sec-WebSocket-Protocol", [])).split(",")
    return [value.strip() for value in values if value.strip()]
