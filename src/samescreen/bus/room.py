"""One room of this relay among the same room of all others. Event loop; nothing here waits.

Each relay shows to all others what hosts publish at it, and takes from them what is published
there. A stream that came from the bus never goes back on it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection
from typing import Final

from samescreen.errors import ProtocolError
from samescreen.gate.profiles import HOST, Profile
from samescreen.hub.hub import Hub
from samescreen.hub.stream import Stream
from samescreen.wire.messages import OLDEST_OF_PROGRAMS, PROTOCOL_VERSION

from .endpoint import Endpoint
from .marks import BusMarks, Place
from .messages import Answer, Ask, Heartbeat, Message, from_text
from .origin import Origin
from .peer import Peer, names_in
from .subjects import last_token
from .wire import MOST_BYTES, Joined, Kind

_log = logging.getLogger(__name__)

MOST_NODES: Final = 64
"""Other relays that show something in one room."""
_NODE: Final = re.compile(r"[a-z0-9]{8,32}")
MOST_WAITING_BYTES: Final = 2 * MOST_BYTES
"""Of texts whose other parts have not come. The longest of them is dropped when there are more."""
_MOST_LOGGED: Final = 20


class RoomOnBus:
    """Open until closed. `most_bps`: of each rendition that comes; None: what is offered."""

    def __init__(
        self, hub: Hub, endpoint: Endpoint, clock_us: Callable[[], int], most_bps: int | None = None
    ) -> None:
        self._hub = hub
        self._endpoint = endpoint
        self._clock_us = clock_us
        self._profile: Profile = HOST if most_bps is None else HOST.within(most_bps)
        self._peers: dict[str, Peer] = {}
        self._origin = Origin(hub, endpoint, clock_us, self._from_others)
        self._joined: dict[tuple[str, str], Joined] = {}
        self._was_open = False
        self._logged: set[str] = set()
        subjects = endpoint.subjects
        self._marks = BusMarks(hub, endpoint, clock_us, self._place_of, self._stream_at)
        self._ends = [
            endpoint.bus.subscribe(subjects.inks, self._receive_marks),
            endpoint.bus.subscribe(subjects.redraw(endpoint.node), self._receive_marks),
            endpoint.bus.subscribe(subjects.states, self._receive_state),
            endpoint.bus.subscribe(subjects.ask(endpoint.node), self._receive_ask),
            endpoint.bus.subscribe(subjects.answers(endpoint.node), self._receive_answer),
        ]

    @property
    def others(self) -> list[str]:
        """The other relays that show something here."""
        return list(self._peers)

    def tick(self) -> None:
        """A few times a second, and as soon as the broker comes or goes."""
        is_open = self._endpoint.bus.is_open
        if is_open != self._was_open:
            self._was_open = is_open
            for peer in self._peers.values():
                if is_open:
                    peer.found_broker()
                else:
                    peer.lost_broker()
        self._origin.tick()
        now_us = self._clock_us()
        for node, peer in list(self._peers.items()):
            peer.tick()
            if peer.is_gone(now_us):
                self._drop(node)
        for peer in list(self._peers.values()):
            self._drop_superseded(peer.names, peer)
        self._marks.tick()

    def _drop_superseded(self, names: Collection[str], new: Peer | None) -> None:
        """Drop relays that have missed a heartbeat and whose streams another relay shows now.

        Their host has moved to it; its viewers need not wait until `SILENT_US` have passed.
        """
        now_us = self._clock_us()
        if new is not None and new.is_superseded(names, now_us):
            return  # `new` is silent itself
        for node, peer in list(self._peers.items()):
            if peer is not new and peer.is_superseded(names, now_us):
                self._drop(node)

    def close(self) -> None:
        """The relay stops."""
        self._marks.close()
        self._origin.close()
        for end in self._ends:
            end()
        for node in list(self._peers):
            self._drop(node)

    def _from_others(self) -> list[Stream]:
        return [stream for peer in self._peers.values() for stream in peer.shown]

    def _place_of(self, stream: Stream) -> Place | None:
        number = self._origin.number_of(stream)
        if number is not None:
            return self._endpoint.node, number
        for node, peer in self._peers.items():
            for track, each in peer.tracks.items():
                if each is stream:
                    return node, track
        return None

    def _stream_at(self, place: Place) -> Stream | None:
        node, track = place
        if node == self._endpoint.node:
            return self._origin.stream_of(track)
        peer = self._peers.get(node)
        return None if peer is None else peer.tracks.get(track)

    def _drop(self, node: str) -> None:
        self._peers.pop(node).close()
        self._joined.pop((node, "state"), None)
        self._joined.pop((node, "answer"), None)

    # What comes

    def _receive_state(self, subject: str, message: bytes) -> None:
        node = last_token(subject)
        if node == self._endpoint.node or not _NODE.fullmatch(node):
            return
        if node not in self._peers and len(self._joined) >= 2 * MOST_NODES:
            for place in [each for each in self._joined if each[0] not in self._peers]:
                del self._joined[place]
        self._guard(lambda: self._take_state(node, message))

    def _take_state(self, node: str, message: bytes) -> None:
        heartbeat = self._text_of(node, "state", message)
        if not isinstance(heartbeat, Heartbeat):
            return
        if not OLDEST_OF_PROGRAMS <= heartbeat.protocol <= PROTOCOL_VERSION:
            raise ProtocolError(
                f"another relay speaks version {heartbeat.protocol} of the protocol, this one "
                f"{PROTOCOL_VERSION}; update the older one"
            )
        if heartbeat.is_last:
            if node in self._peers:
                self._drop(node)
            return
        peer = self._peers.get(node)
        if peer is None:
            if len(self._peers) >= MOST_NODES:
                return
            peer = self._peers[node] = Peer(
                self._hub, self._endpoint, node, self._profile, self._clock_us, self._guard
            )
        self._drop_superseded(names_in(heartbeat.news), peer)
        peer.receive_heartbeat(heartbeat)

    def _receive_ask(self, subject: str, message: bytes) -> None:
        def take() -> None:
            ask = _text_of(Joined(), message)
            if isinstance(ask, Ask) and ask.node != self._endpoint.node:
                self._origin.asked(ask)

        self._guard(take)

    def _receive_answer(self, subject: str, message: bytes) -> None:
        node = last_token(subject)
        if node not in self._peers:
            return

        def take() -> None:
            answer = self._text_of(node, "answer", message)
            if isinstance(answer, Answer):
                self._drop_superseded(names_in(answer.all or ()), self._peers[node])
                self._peers[node].receive_answer(answer)

        self._guard(take)

    def _receive_marks(self, subject: str, message: bytes) -> None:
        """`ink` is from the relay that its subject names, `redraw` to this one."""

        def take() -> None:
            marks = _text_of(Joined(), message)
            if marks is not None and _NODE.fullmatch(last_token(subject)):
                self._marks.received(last_token(subject), marks)

        self._guard(take)

    def _text_of(self, node: str, what: str, message: bytes) -> Message | None:
        """The text of that relay that this message ends. Raises ProtocolError."""
        joined = self._joined.setdefault((node, what), Joined())
        text, all_joined = _text_of(joined, message), self._joined.values()
        if joined.waiting_bytes:
            while sum(each.waiting_bytes for each in all_joined) > MOST_WAITING_BYTES:
                max(all_joined, key=lambda each: each.waiting_bytes).forget()
        return text

    def _guard(self, act: Callable[[], None]) -> None:
        """Run `act`; a message that breaks the protocol is logged once and dropped."""
        try:
            act()
        except ProtocolError as error:
            if len(self._logged) < _MOST_LOGGED and str(error) not in self._logged:
                self._logged.add(str(error))
                room = self._endpoint.subjects.room
                _log.warning("room %s: what another relay sent is dropped: %s", room, error)


def _text_of(joined: Joined, message: bytes) -> Message | None:
    """The text that this message ends. Raises ProtocolError."""
    payload = joined.take(message)
    if payload is None or payload.kind is not Kind.TEXT:
        return None
    return from_text(payload.body)
