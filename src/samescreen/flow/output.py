"""When the track encodes one rendition, and what its next packet must show. Pure.

The track calls it on its own thread, and encodes the packets itself.
"""

from __future__ import annotations

from samescreen.media import Damage, Rendition

from .first_still import NO_LIMIT
from .pace import Allowance, Coalescer, Pace


class Output:
    """The schedule of one rendition.

    Keyframes on request come at most one each `spacing_us`, and as `allowance` permits. `fps`
    limits the packets a second; None: one packet for each picture. `every_us` is the interval of
    regular keyframes while the picture changes; None: no regular keyframes. While a packet of
    `preview` is being made, requested keyframes wait for it.
    """

    def __init__(
        self,
        rendition: Rendition,
        *,
        spacing_us: int,
        fps: int | None = None,
        every_us: int | None = None,
        allowance: Allowance | None = None,
        preview: Output | None = None,
    ) -> None:
        self.rendition = rendition
        self.unseen = Damage.ALL
        """What changed since the last packet."""
        self._pace = Pace(fps) if fps else None
        self._requests = Coalescer(spacing_us, allowance)
        self._every_us = every_us
        self._preview = preview
        self._keyframe_us: int | None = None

    def request(self, still_bytes: int = NO_LIMIT) -> None:
        """Record that a viewer needs a keyframe, or a still of at most that size."""
        self._requests.request()

    @property
    def is_requested(self) -> bool:
        """Whether a viewer waits for a keyframe or a still."""
        return self._requests.is_requested

    @property
    def is_being_made(self) -> bool:
        """Whether a packet has begun that is not posted yet; only stills are made beside video."""
        return False

    @property
    def is_running(self) -> bool:
        """Whether there was a keyframe that viewers in step build on."""
        return self._keyframe_us is not None

    @property
    def quality(self) -> int | None:
        """The highest quality of the next packet; None: no limit."""
        return None

    @property
    def limit_bytes(self) -> int:
        """The most bytes that the next packet should have."""
        return NO_LIMIT

    def changed(self, damage: Damage) -> None:
        """Record a change of the picture."""
        self.unseen |= damage

    def reset(self) -> None:
        """Start again with a whole picture: pictures have another size from now on."""
        self.unseen = Damage.ALL
        self.on_new_encoder()

    def rest(self) -> None:
        """Nobody watches any more, so nobody can use a delta."""
        self._keyframe_us = None

    def on_new_encoder(self, fps: int | None = None) -> None:
        """Make the next packet a keyframe, as a new encoder must; `fps` is the new limit."""
        self._keyframe_us = None
        if self._pace and fps:
            self._pace.set_fps(fps)

    def due_us(self, now_us: int) -> int | None:
        """Microseconds until the next packet is due (0: now); None if there is no need."""
        requested_us = None if self._waits else self._requests.due_us(now_us)
        if not self.unseen:
            return requested_us
        paced_us = self._pace.wait_us(now_us) if self._pace else 0
        return paced_us if requested_us is None else min(paced_us, requested_us)

    def wants_keyframe(self, now_us: int) -> bool:
        """Whether a packet made now should be a keyframe."""
        is_requested = not self._waits and self._requests.is_due(now_us)
        if is_requested or self._keyframe_us is None:
            return True
        return self._every_us is not None and now_us - self._keyframe_us >= self._every_us

    @property
    def _waits(self) -> bool:
        """Whether requested keyframes wait, because viewers show the preview first."""
        return self._preview is not None and self._preview.is_being_made

    def encoded(self, *, is_keyframe: bool, now_us: int) -> None:
        """Record the packet of the newest picture."""
        self.unseen = Damage.NONE
        if self._pace:
            self._pace.took(now_us)
        if is_keyframe:
            self._keyframe_us = now_us
            self._requests.answered(now_us)
