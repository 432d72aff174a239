"""The sound that a page publishes: Opus, of which this host makes samples for pages that need them.

Event loop. The packets have passed the gate. They are decoded here only while a page on plain http
listens, which has no decoder; that takes less than 1 % of a core.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from samescreen.encode.opus_samples import OpusSamples
from samescreen.gate.profiles import Profile
from samescreen.hub.demand import Demand
from samescreen.hub.events import TrackEvent
from samescreen.media import BLOCK_US, Packet, Rendition
from samescreen.wire.publishing import Offer

from .remote import RemotePublisher


def is_of_opus_alone(offer: Offer, profile: Profile) -> bool:
    """Whether a page offers Opus and no samples, as all do."""
    return offer.sounds == [Rendition.OPUS] and not profile.is_partial and not offer.sealed


class RemoteSound(RemotePublisher):
    """The track of such an offer."""

    _samples: OpusSamples | None = None
    _sequence = 0

    def start(self, deliver: Callable[[TrackEvent], None]) -> None:
        """Pass on what comes, and ask for what is demanded."""
        super().start(partial(self._pass_on, deliver))

    def set_demand(self, demand: Demand) -> None:
        """Ask the page for Opus, whatever is demanded."""
        if Rendition.PCM in demand.renditions:
            self._samples = self._samples or OpusSamples()
            demand = replace(demand, renditions=frozenset({Rendition.OPUS}))
        else:
            self._samples = None
        super().set_demand(demand)

    def _pass_on(self, deliver: Callable[[TrackEvent], None], event: TrackEvent) -> None:
        deliver(event)
        if self._samples is None or not isinstance(event, Packet):
            return
        for number, block in enumerate(self._samples.take(event.payload)):
            deliver(
                replace(
                    event,
                    rendition=Rendition.PCM,
                    sequence=self._sequence,
                    pts_us=event.pts_us + number * BLOCK_US,
                    payload=block,
                )
            )
            self._sequence = (self._sequence + 1) % 2**32
