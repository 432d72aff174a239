"""Who is sent pieces of refinement, and who asks for those it missed. Event loop.

Everybody in step on main is sent a piece that is new. One for which there was no room is written
down as missed; a few times a second all that viewers missed is asked for at once, in rounds of
repeats, and only those that asked are sent these.
"""

from __future__ import annotations

from samescreen.media import Damage

from .framed import FramedPacket
from .slot import Piece
from .stream import Stream
from .viewer import Viewer


def hand_out_piece(stream: Stream, piece: Piece, now_us: int) -> None:
    """To all who are in step and have room."""
    framed = FramedPacket(piece.packet)
    grace_us = stream.slot.held_up_us if stream.slot else 0
    departure = framed.departing(now_us, grace_us)
    for viewer in stream.viewers.values():
        viewer.offer_piece(framed, departure, is_repeat=piece.is_repeat)
    stop_refining_if_full(stream)


def end_round(stream: Stream) -> None:
    """All that was asked for has been sent, or changed since."""
    stream.is_repeating = False
    for viewer in stream.viewers.values():
        viewer.end_repeats()


def ask_for_missed(stream: Stream) -> None:
    """A few times a second: have made again what those that have room for it missed."""
    if stream.slot is None or stream.is_repeating:
        return
    missed = Damage.NONE
    for viewer in stream.viewers.values():
        if viewer.has_room_for_piece():
            missed |= viewer.take_missed()
    if missed:
        stream.is_repeating = True
        stream.slot.ask_again(missed)
    update_refining(stream)


def update_refining(stream: Stream) -> None:
    """Refine only while somebody has room."""
    if stream.slot is not None:
        stream.roomy = next((v for v in stream.viewers.values() if v.has_room_for_piece()), None)
        stream.slot.refine(refines=stream.roomy is not None)


def stop_refining_if_full(stream: Stream) -> None:
    """A packet has gone to all. Usually asks one viewer: who had room may have it still."""
    if stream.slot is None or not stream.slot.refines:
        return
    roomy = stream.roomy
    if roomy is None or roomy.viewer_id not in stream.viewers or not roomy.has_room_for_piece():
        update_refining(stream)


def release_refining(stream: Stream, viewer: Viewer) -> None:
    """This viewer may have room again. With many viewers, all their acks pass here."""
    slot = stream.slot
    if slot is None or slot.refines:
        return
    if viewer.has_room_for_piece():
        stream.roomy = viewer
        slot.refine(refines=True)
