"""The viewers of a worker: what concerns a stream happens here, all else in the host's process.

Event loop of a worker's process. It welcomes nobody, and moves nobody by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from samescreen.closing import CloseCode
from samescreen.errors import ProtocolError
from samescreen.grants import WATCH_ONLY
from samescreen.hub.hub import Hub
from samescreen.hub.people import Person
from samescreen.hub.stream import Stream
from samescreen.hub.subscriber import Ending
from samescreen.serve.socket import SocketTransport
from samescreen.subscribe.audience import HEAVY_BPS, Audience
from samescreen.subscribe.dispatch import rule_of
from samescreen.subscribe.facts import facts_about
from samescreen.subscribe.sound import switch_audio
from samescreen.subscribe.stream_viewers import StreamViewers
from samescreen.subscribe.viewer import Viewer
from samescreen.wire.messages import message_from_text
from samescreen.wire.session import MAX_PER_SECOND, FrameCount, Session

from .values import OF_STREAM, Enter, Lagging, Left, Measured, Said, Up

AT_ONCE: Final = 500
"""How many viewers one report describes."""


class Fanout(Audience):
    """The audience of a worker. `say` sends a message to the host's process."""

    def __init__(self, hub: Hub, clock_us: Callable[[], int], say: Callable[[Up], None]) -> None:
        super().__init__(hub, "", clock_us, max_viewers=0)
        self._say = say

    def of(self, stream: Stream) -> StreamViewers:
        group = super().of(stream)
        group.ink.ask = self._ask_for_marks
        return group

    def enter(self, client: Client, enter: Enter, stream: Stream) -> Viewer:
        """The host's process has let in a viewer, which watches this stream."""
        now_us = self._clock_us()
        person = Person("", "", client.address, WATCH_ONLY)
        began_us = now_us - client.greeting_us
        viewer = Viewer(
            str(client.number), person, client.address, client.transport, self, began_us, Session()
        )
        viewer.take(message_from_text(enter.hello))
        group = self.of(stream)
        self._enter(group, viewer)
        viewer.opened(now_us)
        if stream.stats.main_bps > HEAVY_BPS:
            viewer.begin_with_a_still()
        viewer.acknowledge_every(enter.ack_interval_ms)
        group.cursors.greet(viewer)
        switch_audio(viewer, None, group.sound)
        self.update_demand(viewer)
        return viewer

    def move(self, viewer: Viewer, stream: Stream, *, is_requested: bool) -> None:
        """The viewer watches another stream; the host's process has told its page."""
        before, group = self.group_of(viewer), self.of(stream)
        if group is before:
            return
        before.leave(viewer)
        self._enter(group, viewer)
        group.cursors.greet(viewer)
        viewer.switch_track(stream.track, self._clock_us(), is_requested=is_requested)
        switch_audio(viewer, before.sound, group.sound)

    def has(self, viewer: Viewer) -> bool:
        """Whether the viewer is still here."""
        return viewer.viewer_id in self._group_of

    def receive(self, viewer: Viewer, text: str) -> None:
        """Act upon a message about the stream; all others go to the host's process."""
        if not self.has(viewer):
            return  # it was dismissed while this message was on its way
        now_us = self._clock_us()
        try:
            message = viewer.session.read(text, now_us)
            rule = rule_of(message, is_open=True)
            if type(message) not in OF_STREAM:
                self._say(Said(int(viewer.viewer_id), text))
                return
            if rule.changes_viewer:
                viewer.take(message)
            rule.react(self, viewer, message, now_us)
        except ProtocolError as error:
            self.refuse(viewer, error)

    def leave(self, viewer: Viewer, why: str = "") -> None:
        """The connection is gone, or this process closes it; may be called twice."""
        if self.has(viewer):
            self._say(Left(int(viewer.viewer_id), why))
        super().leave(viewer, why)

    def stream_ended(self, viewer: Viewer, reason: Ending) -> None:
        """Wait for the host's process to name another stream."""
        before = self.group_of(viewer)
        before.leave(viewer)
        self._enter(self.of(self.hub.nothing), viewer)
        switch_audio(viewer, before.sound, None)

    def streams_changed(self, group: StreamViewers) -> None:
        """Nothing: the host's process moves viewers."""

    def report(self) -> None:
        """Say how all viewers are."""
        now_us = self._clock_us()
        facts = [
            (int(viewer.viewer_id), facts_about(group, viewer, now_us))
            for group in self.groups
            for viewer in group.viewers.values()
        ]
        for start in range(0, max(1, len(facts)), AT_ONCE):
            self._say(Measured(dict(facts[start : start + AT_ONCE])))

    def _ask_for_marks(self, viewer: Viewer) -> None:
        self._say(Lagging(int(viewer.viewer_id)))


class Client:
    """One connection of a worker. Until its viewer is let in, the host's process gets each message.
    """

    def __init__(
        self,
        number: int,
        address: str,
        transport: SocketTransport,
        fanout: Fanout,
        clock_us: Callable[[], int],
        say: Callable[[Up], None],
    ) -> None:
        self.number = number
        self.address = address
        self.transport = transport
        self.greeting_us = 0
        """How long after the handshake its first message came: one round trip."""
        self.viewer: Viewer | None = None
        self._fanout = fanout
        self._clock_us = clock_us
        self._say = say
        self._began_us = clock_us()
        self._frames = FrameCount(MAX_PER_SECOND)

    def receive(self, message: str | bytes) -> None:
        """React to one message of the page."""
        if isinstance(message, bytes):
            self.refuse(ProtocolError("a viewer sends text only"))
        elif self.viewer is not None:
            self._fanout.receive(self.viewer, message)
        else:
            self.greeting_us = self.greeting_us or self._clock_us() - self._began_us
            self.count()
            if not self.transport.is_closing:
                self._say(Said(self.number, message))

    def enter(self, enter: Enter, stream: Stream) -> None:
        """Its viewer is let in."""
        self.viewer = self._fanout.enter(self, enter, stream)

    def count(self) -> None:
        """Count a frame of any kind; too many close the connection."""
        if self.viewer is not None:
            self._fanout.count(self.viewer)
            return
        try:
            self._frames.count(self._clock_us())
        except ProtocolError as error:
            self.refuse(error)

    def refuse(self, error: ProtocolError) -> None:
        """Close the connection, because the peer broke the protocol."""
        if self.viewer is not None:
            self._fanout.refuse(self.viewer, error)
        else:
            self.close(error.close_code, error.close_code.reason)

    def close(self, code: CloseCode | int, reason: str) -> None:
        """Close the connection."""
        self.transport.close(code, reason)
        if self.viewer is not None:
            self._fanout.leave(self.viewer)

    def leave(self) -> None:
        """The connection is gone."""
        if self.viewer is not None:
            self._fanout.leave(self.viewer)
        else:
            self._say(Left(self.number, ""))
