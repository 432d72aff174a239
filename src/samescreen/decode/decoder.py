"""Decodes one stream in a process of its own, and restarts it when it dies.

`submit` and `newest` may be called on any thread, and never wait for the process. What was not
taken is replaced by what is newer: nothing here grows.
"""

from __future__ import annotations

from collections.abc import Callable

from samescreen.media import Codec

from .values import Decoded, Layout, Limits


class Decoder:
    """Decodes the stream `name` (for log lines) from now on, until `close`.

    `changed` is called on the decoder's own thread when there is a new picture, when a keyframe is
    needed, and when decoding has ended for good. It must return at once.

    If the process dies (killed, out of memory, crashed, or a packet takes longer than
    `limits.packet_s`), one line in the log says why. The process starts again after a pause that
    doubles each time, from 0.25 s. After five deaths, each within a minute after the one before,
    it does not start again, and `ended` says why.
    """

    def __init__(
        self,
        name: str,
        codec: Codec,
        changed: Callable[[], None],
        *,
        layout: Layout = "bgr",
        limits: Limits = Limits(),  # noqa: B008 - frozen
    ) -> None:
        raise NotImplementedError

    @property
    def needs_keyframe(self) -> bool:
        """Only a keyframe can be decoded now. True at first, and again after whatever is lost."""
        raise NotImplementedError

    @property
    def ended(self) -> str:
        """Why it decodes nothing any more, as one line; "" while it does."""
        raise NotImplementedError

    def submit(self, payload: bytes, when_us: int, *, is_keyframe: bool) -> bool:
        """Decode one packet that passed the gate: an access unit in Annex B, or a JPEG file.

        A JPEG file is always a keyframe. False: it was dropped, and a keyframe is needed.
        """
        raise NotImplementedError

    def newest(self) -> Decoded | None:
        """The newest picture, once; None if there is none since the last call."""
        raise NotImplementedError

    def close(self) -> None:
        """End the process and forget everything. Does not wait; may be called twice."""
        raise NotImplementedError
