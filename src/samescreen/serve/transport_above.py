"""A transport on top of another one, which does most of the work. Event loop."""

from __future__ import annotations

import asyncio
from typing import Any


class TransportAbove(asyncio.Transport):
    """Passes everything on to the transport below. `own`: what it says of itself instead."""

    def __init__(self, below: asyncio.Transport, own: dict[str, Any]) -> None:
        super().__init__()
        self._below = below
        self._own = own

    def write(self, data: Any) -> None:
        self._below.write(data)

    def get_write_buffer_size(self) -> int:
        """How many bytes the kernel has not taken yet."""
        return self._below.get_write_buffer_size()

    def close(self) -> None:
        self._below.close()

    def abort(self) -> None:
        self._below.abort()

    def is_closing(self) -> bool:
        return self._below.is_closing()

    def can_write_eof(self) -> bool:
        return False

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._below.set_write_buffer_limits(high, low)

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return self._below.get_write_buffer_limits()

    def is_reading(self) -> bool:
        return self._below.is_reading()

    def pause_reading(self) -> None:
        self._below.pause_reading()

    def resume_reading(self) -> None:
        self._below.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        own = self._own
        return own[name] if name in own else self._below.get_extra_info(name, default)
