"""The messages of /ws from a viewer's side: for a program that watches another host. Pure."""

from __future__ import annotations

from typing import Final

import msgspec

from .decoding import decoded
from .messages import FromViewer, ToViewer

_encoder: Final = msgspec.json.Encoder()
_to_viewer: Final[msgspec.json.Decoder[ToViewer]] = msgspec.json.Decoder(ToViewer)


def text_from_viewer(message: FromViewer) -> str:
    """JSON of a viewer's message."""
    return _encoder.encode(message).decode()


def message_to_viewer(text: str | bytes) -> ToViewer:
    """The message that a viewer got.

    Raises:
        ProtocolError: not JSON, an unknown type, a missing field or one of another type.
    """
    return decoded(_to_viewer, text, "message to a viewer")
