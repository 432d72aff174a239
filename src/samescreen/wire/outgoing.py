"""An encoded message to viewers, for any kind of transport. Pure.

A transport that speaks WebSocket itself writes `frame`, which is built once for all viewers. A
transport whose server frames messages takes `message`.
"""

from __future__ import annotations

from samescreen.media import Packet, Rendition

from .messages import ToViewer, message_to_text
from .packets import binary_frame, packet_to_bytes, text_frame
from .talk import Voice, voice_to_bytes


class Outgoing:
    """`rendition` is a packet's; None: text. `stands_alone`: it decodes without earlier packets."""

    __slots__ = ("frame", "message", "rendition", "stands_alone")

    def __init__(
        self,
        message: bytes,
        frame: bytes,
        rendition: Rendition | None = None,
        *,
        stands_alone: bool = False,
    ) -> None:
        self.message = message
        self.frame = frame
        self.rendition = rendition
        self.stands_alone = stands_alone

    @property
    def is_text(self) -> bool:
        return self.rendition is None


def text(message: ToViewer) -> Outgoing:
    """A control message."""
    return encoded_text(message_to_text(message))


def encoded_text(encoded: bytes) -> Outgoing:
    """UTF-8 JSON that is encoded already."""
    return Outgoing(encoded, text_frame(encoded))


def media(packet: Packet) -> Outgoing:
    """A packet. Raises ValueError: a rectangle or a counter does not fit its field."""
    encoded = packet_to_bytes(packet)
    return Outgoing(
        encoded, binary_frame(encoded), packet.rendition, stands_alone=packet.is_keyframe
    )


def voice_out(voice: Voice) -> Outgoing:
    """A packet of a voice. Raises ValueError: a number does not fit its field."""
    encoded = voice_to_bytes(voice)
    return Outgoing(encoded, binary_frame(encoded), Rendition.OPUS, stands_alone=True)
