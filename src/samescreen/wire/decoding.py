"""Reads one JSON message into its type, for every socket. Pure."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from samescreen.errors import ProtocolError

T = TypeVar("T")


def decoded(decoder: msgspec.json.Decoder[T], text: str | bytes, what: str) -> T:
    """The message of a text. `what` names it in the error.

    Raises:
        ProtocolError: not JSON, an unknown type, a missing field or one out of range.
    """
    try:
        return decoder.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ProtocolError(f"{what} refused: {error}") from error
