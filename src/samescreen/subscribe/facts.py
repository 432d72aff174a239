"""How each viewer is, whichever process serves it. Event loop; changes nothing."""

from __future__ import annotations

from samescreen.media import Rendition

from .far_viewer import Facts, FarViewer, is_stuck
from .stream_viewers import StreamViewers
from .viewer import Viewer


def facts_about(group: StreamViewers, viewer: Viewer, now_us: int) -> Facts:
    """How this viewer of `group` is now; of a far one, as it was reported last."""
    if isinstance(viewer, FarViewer):
        return viewer.facts
    outbox = viewer.outbox
    return Facts(
        rendition=viewer.rendition or viewer.session.rendition,
        hidden=viewer.session.hidden,
        limit=group.statistics.limit_on(viewer, now_us),
        rtt_us=outbox.window.rtt_us,
        queue_us=outbox.window.queue_us,
        in_flight_bytes=outbox.window.in_flight_bytes,
        gated=outbox.gated,
        gated_us=outbox.gated_us(now_us),
        dropped=outbox.dropped,
        is_stuck=is_stuck(viewer, now_us),
        report=viewer.report,
        sound=_sound_of(group, viewer),
    )


def _sound_of(group: StreamViewers, viewer: Viewer) -> tuple[Rendition, int, int] | None:
    listener = None if group.sound is None else group.sound.listeners.get(viewer.viewer_id)
    return None if listener is None else (listener.rendition, listener.sent, listener.dropped)
