"""Counts visits, and decides which visit ends when the host is full. Event loop.

A visit is one page, however many streams it shows: each of its connections names the visit in its
hello. A reader of stills counts as a visit too.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import chain
from typing import Final

from samescreen.errors import ProtocolError
from samescreen.flow.network import network_of
from samescreen.flow.places import Places

from .far_viewer import is_stuck
from .stills import StillReader
from .stream_viewers import StreamViewers
from .viewer import Viewer

MAX_CONNECTIONS_PER_VISIT: Final = 40
_Visit = tuple[str, str]
_draw: Final = random.Random()


def visit_of(viewer: Viewer) -> _Visit:
    """The network and the visit of a viewer. The name of a visit is valid within one network."""
    return network_of(viewer.address), viewer.session.visit or viewer.viewer_id


def visits(groups: Iterable[StreamViewers]) -> set[_Visit | StillReader]:
    """All visits that have sent hello, and all readers of stills."""
    groups = tuple(groups)
    viewers = chain.from_iterable(group.everybody for group in groups)
    found: set[_Visit | StillReader] = {visit_of(v) for v in viewers if v.session.is_open}
    return found.union(*(group.stills.readers for group in groups))


def watching(group: StreamViewers, owner: str | None) -> tuple[int, list[str]]:
    """How many watch these viewers' stream besides the person who owns it, and their names."""
    others = [v for v in group.everybody if v.session.is_open and v.person.person_id != owner]
    count = len({visit_of(viewer) for viewer in others}) + len(group.stills.readers)
    return count, sorted({viewer.person.name for viewer in others} - {""})


def viewers_to_evict(
    groups: Iterable[StreamViewers], newcomer: Viewer, most: int, now_us: int
) -> list[Viewer] | None:
    """The viewers to dismiss so that at most `most` visits are left; None: dismiss the newcomer.

    `newcomer` has sent hello and is among the viewers. Those that acknowledge nothing go first.

    Raises:
        ProtocolError: its visit has too many connections.
    """
    groups, own = tuple(groups), visit_of(newcomer)
    by_visit: dict[_Visit, list[Viewer]] = {}
    for viewer in chain.from_iterable(group.everybody for group in groups):
        if viewer.session.is_open:
            by_visit.setdefault(visit_of(viewer), []).append(viewer)
    if len(by_visit[own]) > MAX_CONNECTIONS_PER_VISIT:
        raise ProtocolError(f"a page has at most {MAX_CONNECTIONS_PER_VISIT} connections")
    readers = sum(len(group.stills.readers) for group in groups)
    if len(by_visit) + readers <= most:
        return []
    places: Places[_Visit] = Places(most, 2, _draw)
    for visit, viewers in by_visit.items():
        if visit != own:
            are_stuck = all(is_stuck(viewer, now_us) for viewer in viewers)
            places.enter(visit, visit[0], 0 if are_stuck else 1)
    gone = places.next_to_go(own[0])
    return None if gone is None else by_visit[gone]


def reader_to_evict(readers: Iterable[StillReader], newcomer: str) -> StillReader | None:
    """The reader of stills to end for one of that address, a slow one first; None: none."""
    places: Places[StillReader] = Places(0, 2, _draw)
    for reader in readers:
        places.enter(reader, network_of(reader.address), 0 if reader.is_slow else 1)
    return places.next_to_go(network_of(newcomer))
