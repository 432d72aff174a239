"""Which rendition each viewer of a stream is sent, and what each rendition may cost.

Event loop. Decides by asking flow; the hub calls it and it changes nothing but viewers' lanes and
the bridge's demand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from samescreen.flow.rate import Aim
from samescreen.media import Rendition, TrackConfig

from .stream import Stream
from .viewer import Viewer

SLOW_STILL_US: Final = 400_000


def steer(stream: Stream, now_us: int) -> None:
    """A few times a second: let each rendition cost what its healthy viewers' links carry."""
    if stream.bridge is None or not stream.configs:
        return
    changed = False
    for rendition, rate in stream.rates.items():
        watching = [v for v in stream.viewers.values() if v.rendition is rendition]
        config = stream.configs.get(rendition)
        if not stream.viewers and rate.is_lowered:
            rate.reset()
            changed = True
        elif watching and config is not None:
            claims = [viewer.late_claim(now_us) for viewer in watching]
            changed |= rate.update(claims, config.width * config.height, now_us)
    if changed:
        stream.bridge.wish_aims(_aims(stream))
    _give_up_main(stream, now_us)


def _any_config(stream: Stream) -> TrackConfig | None:
    """Of main, or of the stills, which are as large."""
    return stream.configs.get(Rendition.MAIN) or stream.configs.get(Rendition.JPEG)


def _aims(stream: Stream) -> dict[Rendition, Aim]:
    return {rendition: rate.aim for rendition, rate in stream.rates.items()}


def _give_up_main(stream: Stream, now_us: int) -> None:
    """A lone viewer for whom main cannot become cheaper gets a smaller picture."""
    on_main = [v for v in stream.viewers.values() if v.rendition is Rendition.MAIN]
    is_alone = stream.rates[Rendition.MAIN].is_at_floor and len(on_main) == 1
    if is_alone and on_main[0].outbox.window.is_congested():
        on_main[0].go_low(now_us)


def welcome_path(stream: Stream, viewer: Viewer, now_us: int) -> None:
    """Its first still told what the path of a newcomer carries: do not begin with too much."""
    burst = viewer.outbox.window.burst
    if burst is None or not viewer.is_new or stream.bridge is None:
        return
    if burst.took_us < SLOW_STILL_US:
        return  # a page that just starts is busy for as long
    rate, config = stream.rates[Rendition.MAIN], _any_config(stream)
    others = (v for v in stream.viewers.values() if v is not viewer)
    if any(v.rendition is Rendition.MAIN for v in others):
        if not viewer.carries(stream.stats.main_bps):
            viewer.go_low(now_us)
    elif config is not None:
        claims = [viewer.claim(burst.rate_bps)]
        if rate.update(claims, config.width * config.height, now_us):
            stream.bridge.wish_aims(_aims(stream))


def settle_fallen(stream: Stream, fallen: Sequence[Viewer], now_us: int) -> None:
    """Move them to low, for a keyframe would cost those in step on main.

    Where more fell at once than are in step, the cause is not theirs: they stay.
    """
    viewers = stream.viewers.values()
    in_step = sum(v.rendition is Rendition.MAIN and v.is_in_step for v in viewers)
    if in_step >= len(fallen):
        for viewer in fallen:
            viewer.go_low(now_us)


def update_demand(stream: Stream) -> None:
    """Have made what somebody watches, and nothing else."""
    wanted = {viewer.rendition for viewer in stream.viewers.values()}
    if stream.awaiting_still or stream.stills.readers:
        wanted.add(Rendition.JPEG)
    if stream.bridge is not None:
        stream.bridge.wish_renditions(frozenset(r for r in wanted if r is not None))


def update_hold(stream: Stream) -> None:
    """Do not grab what nobody has room for."""
    if stream.bridge is not None:
        stream.bridge.hold(_are_full(stream) and not stream.stills.readers)


def release_hold(stream: Stream, viewer: Viewer) -> None:
    """This viewer may have room again. With many viewers, all their acks pass here."""
    bridge = stream.bridge
    if bridge is None or not bridge.is_held:
        return
    if viewer.has_room():
        bridge.hold(False)


def _are_full(stream: Stream) -> bool:
    """Somebody watches, and nobody has room."""
    is_watched = False
    for viewer in stream.viewers.values():
        if viewer.rendition is not None:
            if viewer.has_room():
                return False
            is_watched = True
    return is_watched
