"""When one rendition of a track is encoded, and what its next packet must show.

Pure bookkeeping on the track's thread: time is an argument, encoding is the caller's.
"""

from __future__ import annotations

from samescreen.media import Damage, Rendition

from .pace import Allowance, Coalescer, Pace


class Output:
    """One rendition: answers to requests come `spacing_us` apart, and as `allowance` lets.

    `unseen` is what its last packet does not show. `fps`: at most so many packets a second (None:
    one for each picture). `every_us`: a keyframe at least so often, as long as there is something
    to show.
    """

    def __init__(
        self,
        rendition: Rendition,
        *,
        spacing_us: int,
        fps: int | None = None,
        every_us: int | None = None,
        allowance: Allowance | None = None,
    ) -> None:
        self.rendition = rendition
        self.unseen = Damage.ALL
        self._pace = Pace(fps) if fps else None
        self._requests = Coalescer(spacing_us, allowance)
        self._every_us = every_us
        self._keyframe_us: int | None = None

    def ask(self) -> None:
        """Somebody needs a packet that stands alone."""
        self._requests.ask()

    @property
    def is_asked(self) -> bool:
        """Somebody waits for such a packet."""
        return self._requests.is_asked

    @property
    def quality(self) -> int | None:
        """At most, of the packet made now; None: as good as it gets."""
        return None

    def changed(self, damage: Damage) -> None:
        """The picture changed."""
        self.unseen |= damage

    def reset(self) -> None:
        """What was shown so far counts for nothing: pictures of another size follow."""
        self.unseen = Damage.ALL
        self.renew()

    def renew(self, fps: int | None = None) -> None:
        """The next packet comes from another encoder, and then at most so many a second."""
        self._keyframe_us = None
        if self._pace and fps:
            self._pace.at_most(fps)

    def due_us(self, now_us: int) -> int | None:
        """How long until it should be encoded (0: now); None: no need."""
        asked_us = self._requests.due_us(now_us)
        if not self.unseen:
            return asked_us
        paced_us = self._pace.wait_us(now_us) if self._pace else 0
        return paced_us if asked_us is None else min(paced_us, asked_us)

    def wants_keyframe(self, now_us: int) -> bool:
        """Whether the packet made now should stand alone."""
        if self._requests.is_due(now_us) or self._keyframe_us is None:
            return True
        return self._every_us is not None and now_us - self._keyframe_us >= self._every_us

    def encoded(self, *, is_keyframe: bool, now_us: int) -> None:
        """Its packet for the newest picture was made."""
        self.unseen = Damage.NONE
        if self._pace:
            self._pace.took(now_us)
        if is_keyframe:
            self._keyframe_us = now_us
            self._requests.answered(now_us)
