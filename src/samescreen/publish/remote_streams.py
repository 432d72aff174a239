"""The streams that one other machine publishes here, for as long as its connection lasts.

Event loop. It reads the publisher's messages, checks its offers, and adds, replaces and removes
streams of the hub. A stream keeps its viewers when its source changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from samescreen.errors import ProtocolError
from samescreen.gate.profiles import Profile
from samescreen.gate.sealed import gate_of
from samescreen.gate.times import PublisherClock
from samescreen.gate.track import check_offer
from samescreen.gate.video import VideoGate
from samescreen.grants import CLIPBOARDS, FILES, Grant
from samescreen.hub.events import SourceStatus
from samescreen.hub.hub import Hub
from samescreen.hub.stream import Stream
from samescreen.labels import label
from samescreen.wire.carried import Carry, Part, Took
from samescreen.wire.files import FileAnswer
from samescreen.wire.guests import Acted, Allows, Answered, Drew, Kept, Wiped
from samescreen.wire.published import Published
from samescreen.wire.publishing import (
    Accepted,
    Clock,
    ClockAnswer,
    Ended,
    FromPublisher,
    Offer,
    Publish,
    Refuse,
    ToPublisher,
    Withdraw,
)

from .remote import RemotePublisher, media_track
from .remote_clipboard import RemoteClipboard
from .remote_control import RemoteControl
from .remote_files import RemoteFiles
from .remote_guests import RemoteGuests
from .remote_marks import RemoteMarks
from .remote_pictures import RemotePictures, is_of_pictures, profile_of_pictures
from .remote_sound import RemoteSound, is_of_opus_alone

MOST_TRACKS: Final = 32
MOST_STREAMS: Final = 200
"""Of the whole hub: track numbers are one byte, and a new source needs a free one."""

_NOT_HEARD_YET: Final = SourceStatus("waiting", "starting", "nobody has listened yet")


@dataclass(slots=True)
class _Track:
    """A track that was accepted. `stream_id`: of the hub; "" for sound."""

    offer: Offer
    publisher: RemotePublisher | RemotePictures
    stream: Stream
    stream_id: str


class RemoteStreams:
    """What a publisher of this `profile` brings. `send`: to it. `clock_us`: the host's clock.

    `is_private`: only the host sees its streams until it shows them to everybody. `owner`: the
    id of the person whose page it is; "": a program's.
    """

    def __init__(
        self,
        hub: Hub,
        profile: Profile,
        send: Callable[[ToPublisher], None],
        clock_us: Callable[[], int],
        *,
        is_private: bool = False,
        owner: str = "",
    ) -> None:
        self._owner = owner
        self._is_private = is_private
        self._hub = hub
        self._profile = profile
        self._send = send
        self._clock_us = clock_us
        self._clock = PublisherClock()
        self._tracks: dict[int, _Track] = {}
        self._guests = RemoteGuests(hub, send, clock_us)
        self._clipboard = RemoteClipboard(send)
        self._files = RemoteFiles(send, hub.transfers, self._guests.given)
        self._marks = RemoteMarks(hub.ink, self._publisher_of, clock_us)

    @property
    def stream_ids(self) -> list[str]:
        """The streams that it publishes now."""
        return [each.stream_id for each in self._tracks.values() if each.stream_id]

    @property
    def shown(self) -> dict[int, Stream]:
        """The streams of its pictures, by its own track numbers."""
        tracks = self._tracks.items()
        return {theirs: each.stream for theirs, each in tracks if each.stream_id}

    def read(self, message: FromPublisher, now_us: int) -> None:
        """A message after `publish`.

        Raises:
            ProtocolError: a second `publish`.
        """
        if isinstance(message, Publish):
            raise ProtocolError("a connection begins with one publish")
        if isinstance(message, Offer):
            self._offered(message, now_us)
        elif isinstance(message, Clock):
            self._clock.measured(message.sent_us, message.rtt_us, now_us)
            self._send(ClockAnswer(message.sent_us, now_us))
        elif isinstance(message, Withdraw):
            self._end(message.track)
        elif isinstance(message, Allows | Answered):
            self._decided(message)
        elif isinstance(message, Drew | Kept | Wiped):
            track = self._tracks.get(message.track)
            if track is not None and self._profile.is_partial:
                self._marks.read(message, track.stream)
        elif isinstance(message, Carry | Part | Took):
            if self._guests.allowed & CLIPBOARDS:
                self._clipboard.received(message)
        elif isinstance(message, FileAnswer):
            self._files.answered(message)
        elif isinstance(message, Acted):
            track = self._tracks.get(message.track)
            control = None if track is None else track.publisher.control
            if isinstance(control, RemoteControl):
                control.received(message)
        elif message.track in self._tracks:
            self._tracks[message.track].publisher.read(message, now_us)
            self._end_if_refused(message.track)

    def take(self, published: Published, now_us: int) -> None:
        """A packet; one of a track that is not there is dropped, because it may have just ended."""
        theirs = published.packet.track
        if theirs in self._tracks:
            self._tracks[theirs].publisher.take(published, now_us)
            self._end_if_refused(theirs)

    def tick(self) -> None:
        """Pass on what people here want of the publisher. A few times a second."""
        self._guests.tick()

    def _decided(self, message: Allows | Answered) -> None:
        """What people here may do there: only another host has anything to give."""
        if not self._profile.is_partial:
            return
        if isinstance(message, Answered):
            self._guests.answered(message)
            return
        self._guests.allow(message)
        self._offer_files(is_open=bool(self._guests.allowed & FILES))
        for track in self._tracks.values():
            self._let_act(track.publisher, track.offer)
            self._marks.let(track.stream)

    def _publisher_of(self, stream: Stream) -> RemotePublisher | None:
        found = (each.publisher for each in self._tracks.values() if each.stream is stream)
        publisher = next(found, None)
        return publisher if isinstance(publisher, RemotePublisher) else None

    def _offer_files(self, *, is_open: bool) -> None:
        """Let people here use that host's files, as far as it gives them the right; or no more."""
        far = [each for each in self._hub.transfers.far if each is not self._files]
        self._hub.transfers.far = [*far, self._files] if is_open else far

    def _let_act(self, publisher: RemotePublisher | RemotePictures, offer: Offer) -> None:
        """Let people here act on that source, as far as its host allows."""
        publisher.takes_marks = Grant.POINT in self._guests.allowed
        publisher.clipboard = self._clipboard if self._guests.allowed & CLIPBOARDS else None
        if Grant.CONTROL not in self._guests.allowed or not offer.input:
            publisher.control = None
        elif publisher.control is None:
            publisher.control = RemoteControl(offer.track, self._send, self._holder)

    def _holder(self) -> str:
        """Who has control here now."""
        holder = self._hub.control.holder
        return "" if holder is None else holder.person_id

    def close(self) -> None:
        """The connection is gone: all its streams end."""
        self._guests.close()
        self._clipboard.close()
        self._files.close()
        self._offer_files(is_open=False)
        self._marks.close()
        for theirs in list(self._tracks):
            self._end(theirs)

    def _offered(self, offer: Offer, now_us: int) -> None:
        refusal = check_offer(offer, self._profile)
        if refusal is not None:
            self._send(Refuse(offer.track, "not-allowed", refusal.detail))
            return
        self._forget_ended()
        known = self._tracks.get(offer.track)
        if known is not None:
            self._renew(known, offer)
            return
        if len(self._tracks) >= MOST_TRACKS or len(self._hub.streams) >= MOST_STREAMS:
            self._send(Refuse(offer.track, "full", "there are as many tracks as there may be"))
            return
        self._accept(offer, now_us)

    def _forget_ended(self) -> None:
        """The host has ended these."""
        over = [theirs for theirs, track in self._tracks.items() if track.publisher.is_over]
        for theirs in over:
            del self._tracks[theirs]

    def _renew(self, known: _Track, offer: Offer) -> None:
        """Other facts about a track: its name and its sound may change while it runs."""
        known.offer = offer
        if known.stream_id:
            self._hub.rename(known.stream, offer.name)
        self._join_sound()

    def _accept(self, offer: Offer, now_us: int) -> None:
        profile = self._profile
        if is_of_pictures(offer, profile):
            profile = profile_of_pictures(profile)
        publisher = self._publisher(offer, profile, now_us)
        if publisher is None:
            self._send(Refuse(offer.track, "format", "this host encodes nothing for pages"))
            return
        bounds, targets = profile.picture, publisher.tracks[0].targets
        bitrate_bps = max((each.bitrate_bps for each in targets.values()), default=0)
        self._send(
            Accepted(offer.track, bounds.long_side, bounds.short_side, bounds.fps, bitrate_bps)
        )
        if offer.sounds:
            name = label(offer.name)
            stream = Stream("sound", name, publisher, self._clock_us, status=_NOT_HEARD_YET)
            self._tracks[offer.track] = _Track(offer, publisher, stream, "")
        else:
            stream, stream_id = self._shown(offer, publisher)
            self._tracks[offer.track] = _Track(offer, publisher, stream, stream_id)
        self._let_act(publisher, offer)
        publisher.start(stream.deliver)
        self._join_sound()

    def _publisher(
        self, offer: Offer, profile: Profile, now_us: int
    ) -> RemotePublisher | RemotePictures | None:
        """What brings the track of this offer; None: this host cannot encode it."""
        number = self._hub.next_track()
        gate = gate_of(profile, offer, number, self._clock, now_us)
        if isinstance(gate, VideoGate) and is_of_pictures(offer, profile):
            encoding = self._hub.people.publishers.encoding
            if encoding is None:
                return None
            return RemotePictures(offer, number, gate, self._send, encoding)
        track = media_track(offer, number, profile.bitrate_bps)
        if is_of_opus_alone(offer, profile):
            return RemoteSound(track, offer.track, gate, self._send)
        return RemotePublisher(track, offer.track, gate, self._send)

    def _shown(
        self, offer: Offer, publisher: RemotePublisher | RemotePictures
    ) -> tuple[Stream, str]:
        """The stream for these pictures: the one of this name, with its viewers, or one more."""
        for theirs, track in list(self._tracks.items()):
            if track.stream_id and track.offer.stream == offer.stream:
                del self._tracks[theirs]
                track.publisher.stop()
                self._hub.replace(track.stream, offer.name, publisher)
                return track.stream, track.stream_id
        stream_id = self._free(label(offer.stream) or "published")
        stream = self._hub.add(stream_id, offer.name, publisher, is_private=self._is_private)
        if self._owner:
            self._hub.people.roster.add(stream_id, self._owner)
        return stream, stream_id

    def _free(self, wished: str) -> str:
        """This name, or with a number where the hub has such a stream."""
        name, count = wished, 1
        while name in self._hub.streams:
            count += 1
            name = f"{wished[:100]}-{count}"
        return name

    def _join_sound(self) -> None:
        """Give each stream the sound that its offer names."""
        for track in self._tracks.values():
            if not track.stream_id:
                continue
            theirs = track.offer.sound
            sound = None if theirs is None else self._tracks.get(theirs)
            is_sound = sound is not None and not sound.stream_id
            wanted = sound.stream if sound is not None and is_sound else None
            if track.stream.sound is not wanted:
                self._hub.replace_sound(track.stream, wanted)

    def _end_if_refused(self, theirs: int) -> None:
        refusal = self._tracks[theirs].publisher.ended
        if refusal is not None:
            self._send(Ended(theirs, "format", refusal.detail))
            self._end(theirs)

    def _end(self, theirs: int) -> None:
        track = self._tracks.pop(theirs, None)
        if track is None:
            return
        if self._hub.streams.get(track.stream_id) is track.stream:
            self._hub.end(track.stream_id)
        track.publisher.stop()
        self._join_sound()
