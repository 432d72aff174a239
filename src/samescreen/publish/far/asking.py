"""What a viewer of another host owes it, and may ask of it: acks, fresh starts. Pure.

Time is an argument, in µs of this host's clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from samescreen.flow.pace import Allowance
from samescreen.flow.trials import Backoff, Trials
from samescreen.media import Packet, PacketKind, Quality, Rendition
from samescreen.wire.messages import Ack

_ACK_INTERVAL_US: Final = 50_000
_LONGEST_HOLD_US: Final = 1_000_000
"""A host drops who acknowledges nothing for ten seconds."""

_STARTS_AT_ONCE: Final = 2
_START_EVERY_US: Final = 1_100_000
"""A host allows three at once and one a second, and sends no picture to who asks more often."""

_ANSWERED_WITHIN_US: Final = 2_000_000

_TOO_MUCH: Final = 0.7
"""Main does not fit where viewers here can take less than this share of it."""

_FOR_US: Final = 3_000_000
"""For so long: a machine that is busy for a moment is no reason."""

_RETURNS: Final = Backoff(
    first_us=8_000_000, longest_us=256_000_000, failed_within_us=20_000_000
)


class Acks:
    """The newest packet of each rendition, until it is acknowledged.

    While no viewer here has room for a picture, acks wait: the other host then sends less, or
    captures less, as it would for one of its own viewers.
    """

    def __init__(self) -> None:
        self.interval_us = _ACK_INTERVAL_US
        self._unsaid: dict[tuple[int, Rendition], tuple[int, int]] = {}
        self._said_us = 0
        self._held_since_us: int | None = None

    def took(self, packet: Packet, now_us: int) -> None:
        """This packet came and was passed on."""
        if packet.kind is not PacketKind.AUDIO:
            self._unsaid[packet.track, packet.rendition] = packet.sequence, now_us

    def hold(self, is_held: bool, now_us: int) -> None:
        """Say nothing while `is_held`, but not for long."""
        if not is_held:
            self._held_since_us = None
        elif self._held_since_us is None:
            self._held_since_us = now_us

    def wait_us(self, now_us: int) -> int | None:
        """Microseconds until the next ack is due (0: now); None: there is nothing to say."""
        if not self._unsaid:
            return None
        due_us = self._said_us + self.interval_us
        if self._held_since_us is not None:
            due_us = max(due_us, self._held_since_us + _LONGEST_HOLD_US)
        return max(0, due_us - now_us)

    def take(self, now_us: int) -> list[Ack]:
        """The acks to send now."""
        unsaid, self._unsaid, self._said_us = self._unsaid, {}, now_us
        if self._held_since_us is not None:
            self._held_since_us = now_us
        return [
            Ack(rendition, sequence, now_us - at_us, track)
            for (track, rendition), (sequence, at_us) in unsaid.items()
        ]


class FreshStarts:
    """When to ask for pictures that stand alone. Many wishes get one answer.

    A start ends with a packet of `rendition` that stands alone; a still may come before.
    """

    def __init__(self, rendition: Rendition) -> None:
        self._rendition = rendition
        self._allowance = Allowance(_STARTS_AT_ONCE, _START_EVERY_US)
        self._wishes: set[Rendition] = set()
        self._asked_us: int | None = None

    def wish(self, renditions: Iterable[Rendition]) -> None:
        """Viewers here need one of each of these."""
        self._wishes.update(renditions)

    def asked(self, now_us: int) -> None:
        """It was asked for now, by whatever message."""
        self._allowance.take(now_us)
        self._asked_us = now_us

    def came(self, rendition: Rendition) -> None:
        """One came: it answers each wish for it until now."""
        self._wishes.discard(rendition)
        if rendition is self._rendition:
            self._asked_us = None

    def is_due(self, now_us: int) -> bool:
        """Whether to ask now."""
        if not self._wishes or self._allowance.wait_us(now_us):
            return False
        return self._asked_us is None or now_us - self._asked_us >= _ANSWERED_WITHIN_US


class Preference:
    """Which quality to prefer over there. Main cannot be made cheaper from here, so where it is too
    much for all viewers here, low comes in its place. A return is a trial; failed ones get rare.
    """

    def __init__(self) -> None:
        self.quality = Quality.AUTO
        self.main_bps = 0
        """What main costs over there, as far as known; 0: unknown."""

        self._trials = Trials(_RETURNS)
        self._lowered_us = 0
        self._too_much_since_us: int | None = None

    def fit(self, target_bps: int | None, now_us: int) -> bool:
        """Viewers here can take so much of main (None: all of it); whether `quality` changed."""
        if self.quality is Quality.LOW:
            if now_us - self._lowered_us < self._trials.wait_us:
                return False
            self._trials.begin(now_us)
            self.quality, self.main_bps = Quality.AUTO, 0
            return True
        if target_bps is None or target_bps >= _TOO_MUCH * self.main_bps:
            self._too_much_since_us = None
            return False
        if self._too_much_since_us is None:
            self._too_much_since_us = now_us
        if now_us - self._too_much_since_us < _FOR_US:
            return False
        self._too_much_since_us = None
        self._trials.end(now_us)
        self.quality, self._lowered_us = Quality.LOW, now_us
        return True
