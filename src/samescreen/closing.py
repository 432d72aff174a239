"""Why a host closes a WebSocket: the codes and their names on the wire. Pure.

viewer/wire.js has the same table, and docs/protocol.md explains it; tests/wire/test_closing.py
keeps the three equal.
"""

from __future__ import annotations

from enum import IntEnum


class CloseCode(IntEnum):
    """The code of a close frame. `reason` is its name, which the frame and `bye` carry."""

    STOPPING = 1001
    PROTOCOL = 4400
    EXPIRED = 4401
    FORBIDDEN = 4403
    STALLED = 4408
    PUT_OUT = 4410
    VERSION = 4426
    FULL = 4429

    @property
    def reason(self) -> str:
        """The code's name on the wire, such as "put-out"."""
        return self.name.lower().replace("_", "-")
