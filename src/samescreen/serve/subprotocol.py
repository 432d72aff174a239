"""What a viewer's WebSocket offers to speak: the protocol, and with it the pass of its login. Pure.

A page can give its WebSocket no header, but names of subprotocols. The pass travels as one of them,
for browsers that keep no cookie: no URL and no access log contains it there.
"""

from __future__ import annotations

from typing import Final

from samescreen.errors import Refused

from .proxy import Headers

PROTOCOL: Final = "samescreen"
_PASS_PREFIX: Final = "samescreen.pass."


def offered_pass(headers: Headers) -> str:
    """The pass, which may be anything; "" where there is none."""
    passes = (each for each in _offered(headers) if each.startswith(_PASS_PREFIX))
    return next(passes, "").removeprefix(_PASS_PREFIX)


def agree_on_protocol(headers: Headers) -> str | None:
    """The protocol that a WebSocket's request and this host speak; None where it names none.

    Raises:
        Refused: it offers others only.
    """
    offered = _offered(headers)
    if offered and PROTOCOL not in offered:
        raise Refused(400, f"This WebSocket speaks {PROTOCOL} and nothing else.")
    return PROTOCOL if offered else None


def _offered(headers: Headers) -> list[str]:
    values = ",".join(headers.getall("Sec-WebSocket-Protocol", [])).split(",")
    return [value.strip() for value in values if value.strip()]
