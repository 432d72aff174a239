"""Why a host closes a WebSocket: one table of codes and their names on the wire. Pure.

viewer/wire.js has the same table and docs/protocol.md explains it; tests/wire/test_closing.py
compares the three.
"""

from __future__ import annotations

from enum import IntEnum


class CloseCode(IntEnum):
    """The code of a close frame. `reason` is the same in a word: in the frame, and in `bye`."""

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
        """Such as "put-out"."""
        return self.name.lower().replace("_", "-")
