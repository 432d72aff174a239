"""The media of one other relay on their way to the gate: gaps, and configurations. Event loop.

A configuration comes twice: with the state, for a relay that begins to read, and among the packets,
where its place says from which packet on it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from samescreen.errors import ProtocolError
from samescreen.gate.profiles import Profile
from samescreen.gate.rates import Intake
from samescreen.gate.refusal import Unfit
from samescreen.media import Rendition
from samescreen.wire.published import Published, published_from_bytes
from samescreen.wire.publishing import Configure

from .gaps import Gaps
from .messages import from_text
from .wants import Wants
from .wire import Kind, Payload

Place = tuple[int, int]


class Pictures:
    """`configure`: takes a configuration for the gate."""

    def __init__(
        self,
        profile: Profile,
        now_us: int,
        configure: Callable[[Configure], None],
        wants: Wants,
    ) -> None:
        self._intake = Intake(profile.rates, now_us)
        self._configure = configure
        self._wants = wants
        self._gaps: dict[int, Gaps] = {}
        self._announced: dict[Place, Configure] = {}
        self._applied: dict[Place, Configure] = {}

    def begin(self, wants: Wants) -> None:
        """Nothing of before holds."""
        self._wants = wants
        for each in (self._gaps, self._announced, self._applied):
            each.clear()

    def announced(self, config: Configure, *, is_read: bool) -> None:
        """The state has this configuration; `is_read`: packets of it come already."""
        place = config.track, config.rendition
        self._announced[place] = config
        if not is_read or place not in self._applied:
            self._apply(config)

    def taken(
        self, place: Place, payload: Payload, now_us: int, *, is_first: bool
    ) -> Published | None:
        """What is for the gate; None: nothing. `is_first`: of a new subscription.

        Raises:
            ProtocolError: it is no packet, and no configuration, of that place.
        """
        gaps = self._gaps.setdefault(place[0], Gaps())
        if payload.is_after_gap:
            gaps.lost(Rendition(place[1]), is_first=is_first)
            if place in self._announced:
                self._apply(self._announced[place])
        if payload.kind is Kind.TEXT:
            self._announce_here(place, payload.body)
            return None
        try:
            self._intake.count(len(payload.body), now_us)
        except Unfit:
            gaps.lost(Rendition(place[1]))
            return None  # the gap makes the gate wait for a keyframe
        published = published_from_bytes(payload.body)
        if (published.packet.track, published.packet.rendition) != place:
            raise ProtocolError("a packet on another track's subject")
        self._wants.came(published)
        return gaps.passed(published)

    def lost_all(self) -> None:
        """Nobody knows what is lost."""
        for gaps in self._gaps.values():
            gaps.lost(Rendition.JPEG)

    def ask_for_pieces(self, tracks: Iterable[int]) -> None:
        """Ask for lost pieces where viewers have room for them."""
        for track in tracks:
            gaps = self._gaps.get(track)
            if gaps is not None and gaps.lacks_pieces and self._wants.wants_pieces(track):
                gaps.asked()
                self._wants.repair_all(track)

    def repaired(self, track: int) -> None:
        """All lost pieces came."""
        self._wants.repaired(track)
        if track in self._gaps:
            self._gaps[track].repaired()

    def drop(self, track: int) -> None:
        """That track is gone."""
        self._wants.drop(track)
        self._gaps.pop(track, None)
        for of_place in (self._announced, self._applied):
            for place in [each for each in of_place if each[0] == track]:
                del of_place[place]

    def _announce_here(self, place: Place, text: bytes) -> None:
        config = from_text(text)
        if not isinstance(config, Configure) or (config.track, config.rendition) != place:
            raise ProtocolError("no configuration of its subject")
        self._announced[place] = config
        self._apply(config)

    def _apply(self, config: Configure) -> None:
        place = config.track, config.rendition
        if self._applied.get(place) != config:
            self._applied[place] = config
            self._configure(config)
