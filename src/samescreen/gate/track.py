"""What the gates of all tracks share: offers, numbers, and what becomes of a fault. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from samescreen.media import MAX_REGIONS, Damage, Region, Rendition, TrackConfig
from samescreen.wire.published import Published
from samescreen.wire.publishing import Offer

from .profiles import Profile
from .rates import Patience
from .refusal import Reason, Refusal, Unfit, malformed

VIDEO: Final = frozenset({Rendition.MAIN, Rendition.LOW})
SOUND: Final = frozenset({Rendition.OPUS, Rendition.PCM})
_NUMBERS: Final = 2**32

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Passed:
    """What viewers may get. `config`: to be delivered first, if there is one."""

    published: Published
    config: TrackConfig | None = None


def check_offer(offer: Offer, profile: Profile) -> Refusal | None:
    """Why such a track cannot be had at all; None: it can."""
    video = [each.rendition for each in offer.video]
    stills = [] if offer.stills is None else [Rendition.JPEG]
    wanted = {*video, *stills, *offer.sounds}
    if len(set(video)) < len(video) or not wanted or not wanted <= profile.renditions:
        return Refusal(Reason.NOT_ALLOWED, f"a track of {sorted(wanted)} by a {profile.name}")
    if offer.sealed and not profile.is_partial:
        return Refusal(Reason.NOT_ALLOWED, f"sealed packets by a {profile.name}")
    is_sound = bool(offer.sounds)
    if not set(video) <= VIDEO or not set(offer.sounds) <= SOUND:
        return Refusal(Reason.MISMATCH, "sound among pictures, or pictures among sound")
    if is_sound and (video or stills or offer.sound is not None):
        return Refusal(Reason.MISMATCH, "one track with pictures and sound")
    return None


class TrackGate:
    """One track. `ended`: why nothing passes any more; None: it goes on."""

    def __init__(self, now_us: int) -> None:
        self.ended: Refusal | None = None
        self._patience = Patience(now_us)

    def _tried(self, act: Callable[[], _Result], now_us: int) -> _Result | Refusal:
        """What `act` returns, or why something is unfit; a fault too many ends the track."""
        if self.ended is not None:
            return self.ended
        try:
            return act()
        except Unfit as unfit:
            refusal = unfit.refusal
        is_too_much = refusal.reason.is_fault and self._patience.is_over(now_us)
        if refusal.reason.ends_track or is_too_much:
            self.ended = refusal
        return refusal


class Numbers:
    """The publisher's numbers of one rendition, which grow."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: int | None = None

    def take(self, number: int) -> bool:
        """Whether this is the next one; False: some are missing. Raises Unfit: it goes back."""
        last, self._last = self._last, number
        if last is None:
            return True
        step = (number - last) % _NUMBERS
        if not 0 < step < _NUMBERS // 2:
            raise malformed(f"number {number} after {last}")
        return step == 1


def check_rectangles(damage: Damage, bounds: Region) -> None:
    """All of it lies inside the picture, and none of it is empty. Raises Unfit."""
    if len(damage.regions) > MAX_REGIONS:
        raise malformed(f"{len(damage.regions)} rectangles, at most {MAX_REGIONS}")
    for region in damage.regions:
        if not region or region.right > bounds.right or region.bottom > bounds.bottom:
            raise malformed(f"a rectangle outside the picture: {region}")
