"""Who is here, as the host sees it: the rows of the terminal and of the host page. Event loop.

Reads the hub and the viewers, changes nothing.
"""

from __future__ import annotations

from collections import defaultdict

import msgspec

from samescreen.grants import words_of
from samescreen.hub.people import ON_RELAY
from samescreen.subscribe.audience import Audience
from samescreen.subscribe.stream_viewers import StreamViewers
from samescreen.subscribe.viewer import Viewer

from .host_actions import HostActions
from .status import ViewerStatus, viewer_status


class PersonRow(msgspec.Struct, frozen=True):
    """One person who is connected and was let in.

    `hand_since_us`: on the host's clock; None: the hand is down. `viewers`: one for each stream
    that the person watches; none for a program that reads stills.
    """

    person: str
    name: str
    link: str
    link_name: str
    address: str
    grants: list[str]
    connections: int
    hand_since_us: int | None
    viewers: list[ViewerStatus]


def roster(audience: Audience, actions: HostActions, now_us: int) -> list[PersonRow]:
    """A row for each person, raised hands first, in the order in which they went up."""
    hands = {hand.person_id: hand.since_us for hand in actions.hands.hands}
    link_names = {ON_RELAY: "relay"} | {link.link_id: link.name for link in actions.links}
    viewers = _viewers_by_person(audience)
    rows = [
        PersonRow(
            person=person.person_id,
            name=person.name,
            link=person.link_id,
            link_name=link_names.get(person.link_id, ""),
            address=person.address,
            grants=words_of(person.grants),
            connections=len(person.connections),
            hand_since_us=hands.get(person.person_id),
            viewers=[
                viewer_status(group, viewer, now_us) for group, viewer in viewers[person.person_id]
            ],
        )
        for person in actions.people
    ]
    order = {person_id: place for place, person_id in enumerate(hands)}
    return sorted(rows, key=lambda row: order.get(row.person, len(order)))


def _viewers_by_person(audience: Audience) -> dict[str, list[tuple[StreamViewers, Viewer]]]:
    found: dict[str, list[tuple[StreamViewers, Viewer]]] = defaultdict(list)
    for group in audience.groups:
        for viewer in group.everybody:
            if viewer.session.is_open:
                found[viewer.person.person_id].append((group, viewer))
    return found
