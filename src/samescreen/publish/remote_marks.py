"""Marks that people here draw over another host's picture, on their way to that host. Event loop.

The pages here draw them too. The host shows them to its own viewers and on its desktop.
"""

from __future__ import annotations

from samescreen.hub.ink import Ink
from samescreen.hub.marks import Board, Mark
from samescreen.hub.stream import Stream

from .remote import RemotePublisher


class RemoteMarks:
    """Implements `MarkShower` for all streams that other hosts publish here."""

    def __init__(self, ink: Ink) -> None:
        self._ink = ink

    def shows(self, stream: Stream) -> bool:
        """No: the pictures come without them, as far as this host knows."""
        return False

    def drew(self, stream: Stream, mark: Mark) -> None:
        """Pass a stroke on."""
        publisher, board = stream.publisher, self._ink.board_of(stream)
        if isinstance(publisher, RemotePublisher) and board is not None:
            names = {each.by: each.name for each in board.inkers}
            publisher.drew(mark, names.get(mark.by, ""))

    def changed(self, stream: Stream, board: Board | None) -> None:
        """Say which strokes stay."""
        publisher = stream.publisher
        if isinstance(publisher, RemotePublisher):
            strokes = () if board is None else board.strokes
            publisher.kept([(each.by, each.stroke) for each in strokes])
