"""All viewers of this host: they join, switch from stream to stream, and leave.

Event loop. It owns the viewers and decides which stream each of them watches.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Final

from samescreen.closing import CloseCode
from samescreen.errors import ProtocolError, UsageError
from samescreen.flow.first_still import still_limit_bytes
from samescreen.grants import WATCH_ONLY, Grant, grants_from
from samescreen.hub.hub import Hub
from samescreen.hub.ink import Added
from samescreen.hub.people import Person
from samescreen.hub.stream import Stream
from samescreen.hub.subscriber import Ending, StreamsChanged
from samescreen.wire import messages
from samescreen.wire.session import Session

from .acting import ActingSign
from .dispatch import receive
from .notices import initial_state, outgoing_of, stream_list
from .sound import SoundListeners, switch_audio
from .stream_viewers import StreamViewers
from .transport import Transport
from .viewer import Viewer
from .visits import viewers_to_evict, visits, watching

_log = logging.getLogger(__name__)

_STOPPED: Final = "the host stopped sharing"
WATCHED_AT_ONCE: Final = 50
HEAVY_BPS: Final = 4_000_000
"""A newcomer to a stream of this rate begins with a still, which measures its path first."""


class Audience:
    """`clock_us` is the host's monotonic clock. At most `max_viewers` visits have a place."""

    def __init__(
        self, hub: Hub, host_name: str, clock_us: Callable[[], int], max_viewers: int
    ) -> None:
        self.hub = hub
        self.on_join: Callable[[Viewer], None] = _nothing
        """Called after a viewer's welcome; `on_leave` when a viewer has gone, welcomed or not."""
        self.on_leave: Callable[[Viewer], None] = _nothing
        self._is_recorded = False
        self._acting = ActingSign(hub.control)
        self.host_name = host_name
        self._clock_us = clock_us
        self._max_viewers = max_viewers
        self._joined = 0
        self._groups: dict[Stream, StreamViewers] = {}
        self._sounds: dict[Stream, SoundListeners] = {}
        self._group_of: dict[str, StreamViewers] = {}

    def of(self, stream: Stream) -> StreamViewers:
        """The viewers of that stream."""
        group = self._groups.get(stream)
        if group is None:
            group = self._groups[stream] = StreamViewers(
                stream, self._clock_us, self, self.hub.ink
            )
            group.sound = self._listeners_of(stream.sound)
        return group

    @property
    def groups(self) -> list[StreamViewers]:
        """The viewers of each stream, and those that wait for one."""
        return [self.of(stream) for stream in (*self.hub.streams.values(), self.hub.nothing)]

    @property
    def viewers(self) -> list[Viewer]:
        """All of them, welcomed or not. Any thread: each copy is made in one step."""
        groups = list(self._groups.values())
        return [viewer for group in groups for viewer in group.everybody]

    # Connections

    def join(
        self,
        address: str,
        transport: Transport,
        session: Session | None = None,
        person: Person | None = None,
        kind: type[Viewer] = Viewer,
    ) -> Viewer:
        """Make a viewer of a new connection. The host sends it nothing before its hello.

        Without a `person`, it belongs to a person who may only watch. `kind`: its class.
        """
        self._joined += 1
        session = session or Session()
        person = person or Person("", "", address, WATCH_ONLY)
        now_us = self._clock_us()
        viewer = kind(f"v{self._joined}", person, address, transport, self, now_us, session)
        self._enter(self.of(self.hub.first), viewer)
        return viewer

    def receive(self, viewer: Viewer, text: str) -> None:
        """Take one message of a viewer. Close the connection if it breaks the protocol."""
        if viewer.viewer_id not in self._group_of:
            return  # it was dismissed while this message was on its way
        now_us = self._clock_us()
        try:
            receive(self, viewer, text, now_us)
        except ProtocolError as error:
            self.refuse(viewer, error)

    def count(self, viewer: Viewer) -> None:
        """Count a frame that carries no message. Close the connection after too many."""
        try:
            viewer.session.count(self._clock_us())
        except ProtocolError as error:
            self.refuse(viewer, error)

    def refuse(self, viewer: Viewer, error: ProtocolError) -> None:
        """Tell a viewer how it broke the protocol, and close its connection."""
        self.dismiss(viewer, error.close_code, str(error))

    def leave(self, viewer: Viewer, why: str = "its connection is gone") -> None:
        """The connection is gone, or the host closes it because of `why`; may be called twice."""
        group = self._group_of.pop(viewer.viewer_id, None)
        if group is None:
            return
        if viewer.session.is_open:
            _log_visit("leave", viewer, why)
        group.leave(viewer)
        self.hub.people.visits.leave(viewer.session.visit, self._clock_us())
        if group.sound is not None:
            group.sound.leave(viewer)
        self.on_leave(viewer)

    def viewer_count(self) -> int:
        """The number of visits: pages that have sent hello, and readers of stills."""
        return len(visits(self.groups))

    def watched(self, stream: Stream) -> tuple[int, list[str], bool]:
        """How many others watch that stream, their names, and whether it may be seen later."""
        owner = self.hub.people.roster.owner_of(stream.stream_id)
        count, names = watching(self.of(stream), owner)
        return count + stream.programs, names, self._is_recorded

    def tick_in_turns(self) -> Iterator[None]:
        """A few times a second, before the hub's: renditions, rates, viewers that have stalled.

        Yields after every few viewers: packets must not wait for hundreds."""
        now_us = self._clock_us()
        self._acting.tick(self.viewers)
        for group in self.groups:
            for number, viewer in enumerate(group.everybody, 1):
                is_here = self._group_of.get(viewer.viewer_id) is group  # or it left
                if is_here and (detail := viewer.reason_to_close(now_us)):
                    self.dismiss(viewer, CloseCode.STALLED, detail)
                elif is_here:
                    group.watch(viewer, now_us)
                if number % WATCHED_AT_ONCE == 0:
                    yield
            group.tick(now_us)

    def note_cpu(self, percent: float) -> None:
        """Keep how busy this machine is, for the statistics."""
        for group in self.groups:
            group.statistics.cpu_percent = percent

    def show_recording(self, is_on: bool) -> None:
        """Tell everybody whether what is shown now may be seen later."""
        if is_on is not self._is_recorded:
            self._is_recorded = is_on
            for viewer in self.viewers:
                self._tell_recording(viewer)

    def _tell_recording(self, viewer: Viewer) -> None:
        if messages.Recording.__struct_config__.tag in viewer.session.kinds:
            viewer.send(messages.Recording(self._is_recorded))

    # What viewers call

    def update_demand(self, viewer: Viewer) -> None:
        """Ask the stream for what this viewer needs now, keyframes included."""
        group = self._group_of.get(viewer.viewer_id)
        if group is None:
            return
        group.control.probe_newcomer(viewer, self._clock_us())
        wanted = group.stream.demand.renditions
        still_bytes = still_limit_bytes(viewer.outbox.window.largest_sample)
        group.stream.changed(viewer, viewer.wants(), still_bytes)
        if viewer.rendition not in wanted:
            group.stream.reduced()

    def stream_ended(self, viewer: Viewer, reason: Ending) -> None:
        """Show the viewer another stream; when the host stops, say goodbye."""
        group = self._group_of[viewer.viewer_id]
        if reason == "stopping":
            self.dismiss(viewer, CloseCode.STOPPING, _STOPPED)
        else:
            self._switch(viewer, group, self.of(self.hub.first))

    # What the groups of viewers call

    def streams_changed(self, group: StreamViewers) -> None:
        """Show the first stream to the viewers that waited for one."""
        if group.stream is self.hub.nothing:
            self.gathered(group)

    def gathered(self, group: StreamViewers) -> None:
        """Move the viewers of that stream to the first one."""
        first = self.of(self.hub.first)
        for viewer in group.everybody if group is not first else ():
            self._switch(viewer, group, first)

    def sound_replaced(self, group: StreamViewers) -> None:
        """Move the viewers of that stream to its new sound."""
        before, group.sound = group.sound, self._listeners_of(group.stream.sound)
        for viewer in group.viewers.values():
            switch_audio(viewer, before, group.sound)
        used = {each.sound for each in self._groups.values()}
        self._sounds = {key: each for key, each in self._sounds.items() if each in used}

    def group_ended(self, group: StreamViewers) -> None:
        """Forget a stream that has ended."""
        self._groups.pop(group.stream, None)

    # What messages call

    def group_of(self, viewer: Viewer) -> StreamViewers:
        """The viewers of the stream that this one watches. Raises KeyError: it has gone."""
        return self._group_of[viewer.viewer_id]

    def welcome(self, viewer: Viewer, stream_id: str) -> None:
        """Let a viewer that has sent hello watch that stream, if there is a place.

        Raises:
            ProtocolError: its visit has too many connections.
        """
        if self.hub.people.is_over:  # a page that got the goodbye comes again at once
            self.dismiss(viewer, CloseCode.STOPPING, _STOPPED)
            return
        now_us, session, visits = self._clock_us(), viewer.session, self.hub.people.visits
        session.visit = visits.enter(viewer.person.person_id, session.visit, now_us)
        gone = viewers_to_evict(self.groups, viewer, self._max_viewers, now_us)
        detail = f"{self._max_viewers} are watching already, and no more may"
        for each in [viewer] if gone is None else gone:
            self.dismiss(each, CloseCode.FULL, detail)
        if gone is None:
            return
        group = self._move(viewer, stream_id)
        if group.stream.stats.main_bps > HEAVY_BPS:
            viewer.begin_with_a_still()
        interval_ms = group.statistics.ack_interval_ms()
        viewer.acknowledge_every(interval_ms)
        viewer.send(
            messages.Welcome(
                version=session.version,
                viewer=viewer.viewer_id,
                host=self.host_name,
                ack_interval_ms=interval_ms,
                streams=stream_list(self.hub.listed(group.stream)),
                watching=group.stream.stream_id,
                visit=session.visit,
            )
        )
        for outgoing in initial_state(group.stream):
            viewer.send_ready(outgoing)
        group.cursors.greet(viewer)
        if self._is_recorded:
            self._tell_recording(viewer)
        group.ink.greet(viewer)
        self._acting.greet(viewer)
        switch_audio(viewer, None, group.sound)
        self.update_demand(viewer)
        _log_visit("join", viewer, group.stream.stream_id)
        self.on_join(viewer)

    def switch(self, viewer: Viewer, stream_id: str) -> None:
        """Show the stream that the viewer asked for. An unknown name changes nothing."""
        before, stream = self.group_of(viewer), self._find(viewer, stream_id)
        if stream is not None and stream is not before.stream:
            self._switch(viewer, before, self.of(stream), is_requested=True)

    def renamed(self, viewer: Viewer, name: str) -> None:
        """Its person chose a name."""
        if (person := self._person_of(viewer)) is not None:
            self.hub.people.rename(person, name)

    def raised_hand(self, viewer: Viewer, is_up: bool) -> None:
        """Its person raises a hand, or takes it down."""
        if (person := self._person_of(viewer)) is not None:
            self.hub.people.set_hand(person, is_up, self._clock_us())

    def wrote(self, viewer: Viewer, text: str) -> None:
        """Its person wrote a line to the host."""
        if (person := self._person_of(viewer)) is not None:
            self.hub.people.write(person, text, self._clock_us())

    def asked(self, viewer: Viewer, grants: list[str]) -> None:
        """Its person asks the host for grants. Raises ProtocolError: one is unknown."""
        if (person := self._person_of(viewer)) is None:
            return
        try:
            wanted = grants_from(grants)
        except UsageError as error:
            raise ProtocolError(str(error)) from None
        answer = self.hub.control.ask(person, wanted)
        if messages.Asked.__struct_config__.tag in viewer.session.kinds:
            viewer.send_if_idle(messages.Asked(list(answer.grants), answer.state))

    def drew(self, viewer: Viewer, drawn: messages.Draw) -> None:
        """Its person drew over the picture. Raises ProtocolError: the points make no sense."""
        if (person := self._person_of(viewer)) is not None:
            group = self.group_of(viewer)
            added = Added(drawn.stroke, drawn.tool, drawn.points, drawn.end)
            mark = self.hub.ink.draw(group.stream, person, drawn.track, added)
            if mark is not None:
                group.ink.add(mark)

    def erased(self, viewer: Viewer, *, everything: bool) -> None:
        """Its person takes back a stroke, or everything."""
        if (person := self._person_of(viewer)) is not None:
            self.hub.ink.erase(self.group_of(viewer).stream, person, everything=everything)

    def _person_of(self, viewer: Viewer) -> Person | None:
        return self.hub.people.find(viewer.person.person_id)

    def _switch(
        self,
        viewer: Viewer,
        before: StreamViewers,
        group: StreamViewers,
        *,
        is_requested: bool = False,
    ) -> None:
        """Show the viewer another stream: it asked for it, or its own has ended."""
        before.leave(viewer)
        self._enter(group, viewer)
        if viewer.session.is_open:
            listed = self.hub.listed(group.stream)
            viewer.send_ready(outgoing_of(StreamsChanged(listed, group.stream.stream_id)))
            for outgoing in initial_state(group.stream):
                viewer.send_ready(outgoing)
            group.cursors.greet(viewer)
            group.ink.greet(viewer)
        viewer.switch_track(group.stream.track, self._clock_us(), is_requested=is_requested)
        switch_audio(viewer, before.sound, group.sound)

    def _move(self, viewer: Viewer, stream_id: str) -> StreamViewers:
        """Show the viewer that stream. An unknown name changes nothing."""
        before, stream = self.group_of(viewer), self._find(viewer, stream_id)
        if stream is None or stream is before.stream:
            return before
        before.leave(viewer)
        group = self.of(stream)
        self._enter(group, viewer)
        return group

    def _find(self, viewer: Viewer, stream_id: str) -> Stream | None:
        """The stream of that name, if this viewer may see it."""
        return self.hub.find(stream_id, sees_all=Grant.HOST in viewer.person.grants)

    def _enter(self, group: StreamViewers, viewer: Viewer) -> None:
        self._group_of[viewer.viewer_id] = group
        group.enter(viewer)

    def _listeners_of(self, sound: Stream | None) -> SoundListeners | None:
        """The viewers that can listen to that sound, which several streams may share."""
        if sound is None:
            return None
        if sound not in self._sounds:
            self._sounds[sound] = SoundListeners(sound)
        return self._sounds[sound]

    def dismiss(self, viewer: Viewer, code: CloseCode, detail: str) -> None:
        """Send the reason to the viewer, and close its connection."""
        viewer.send_if_idle(messages.Bye(reason=code.reason, detail=detail))
        viewer.hang_up(code, code.reason)
        self.leave(viewer, f"{code.reason}: {detail}")


def _log_visit(event: str, viewer: Viewer, why: str) -> None:
    """Log that a viewer joined (`why`: which stream) or left."""
    person = viewer.person
    fields = {
        "event": event,
        "viewer": viewer.viewer_id,
        "person": person.person_id,
        "name": person.name,
        "link": person.link_id,
        "address": viewer.address,
        "reason": why,
    }
    words = (event, viewer.viewer_id, viewer.address, why)
    _log.info("%s: viewer %s of %s: %s", *words, extra={"fields": fields})


def _nothing(viewer: Viewer) -> None:
    """Ignore the call."""
