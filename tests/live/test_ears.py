"""Streams with sounds of their own: who turns to another is told of its sound, and hears it."""

from __future__ import annotations

import pytest

from samescreen.live.slot import SourceStatus
from samescreen.live.sound_feed import SoundFeed, move_ears
from samescreen.live.stream import Stream
from samescreen.media import Damage, Packet, PacketKind, Rendition
from tests.fakes import AIM, DeafSlot
from tests.live.room import LIVE, Guest, Room

OPUS, PCM = Rendition.OPUS, Rendition.PCM


class Films:
    """A hub with two films that have sound, tracks 3 and 4, and one that has none, the first."""

    def __init__(self) -> None:
        self.room = Room()
        streams = [self.room.hub.add_stream(name, name, n, AIM) for n, name in enumerate("ab", 3)]
        self.room.begin()
        self.mute, *self.films = self.room.stream, *streams
        self.feeds = [self._with_sound(film) for film in self.films]
        for film in self.films:
            film.slot = DeafSlot()
            self.room.hub.deliver(film, LIVE)

    def _with_sound(self, film: Stream) -> SoundFeed:
        feed = SoundFeed(film.track, SourceStatus("live", "live", film.name))
        feed.slot = DeafSlot()
        film.sound = feed
        return feed

    def play(self, rendition: Rendition = OPUS) -> None:
        """Both films sound once."""
        for feed in self.feeds:
            packet = Packet(
                kind=PacketKind.AUDIO,
                rendition=rendition,
                track=feed.track,
                sequence=0,
                pts_us=0,
                is_keyframe=True,
                damage=Damage.ALL,
                payload=b"sound",
            )
            feed.deliver(packet)

    @property
    def demands(self) -> list[frozenset[Rendition]]:
        slots = [feed.slot for feed in self.feeds]
        return [slot.renditions for slot in slots if slot is not None]


@pytest.fixture
def films() -> Films:
    return Films()


def told(guest: Guest) -> list[tuple[int, str]]:
    messages = [m for m in guest.transport.messages if m["type"] == "audio"]
    return [(message["track"], message["state"]) for message in messages]


def heard(guest: Guest) -> list[int]:
    return [packet.track for packet in guest.packets if packet.kind is PacketKind.AUDIO]


def test_who_turns_to_another_film_hears_that_one_and_back(films: Films) -> None:
    guest = films.room.guest().hello(stream="a").say("listen", on=True, codec="pcm")
    films.play(PCM)
    assert heard(guest) == [3]
    guest.say("watch", stream="b")
    assert films.demands == [frozenset(), {PCM}]
    films.play(PCM)
    assert heard(guest) == [3, 4]
    guest.say("watch", stream="a")
    assert films.demands == [{PCM}, frozenset()]
    films.play(PCM)
    assert heard(guest) == [3, 4, 3]
    assert told(guest) == [(3, "live"), (4, "live"), (3, "live")]


def test_who_does_not_listen_is_told_and_hears_nothing(films: Films) -> None:
    guest = films.room.guest().hello(stream="a").say("watch", stream="b")
    films.play()
    assert told(guest) == [(3, "live"), (4, "live")]
    assert heard(guest) == []
    assert films.demands == [frozenset(), frozenset()]


def test_a_film_without_sound_is_told_as_none_and_ears_stay_open(films: Films) -> None:
    guest = films.room.guest().hello(stream="a").say("listen", on=True)
    guest.say("watch", stream="screen")
    assert told(guest)[-1] == (0, "none")
    films.play()
    assert heard(guest) == []
    assert films.demands == [frozenset(), frozenset()]
    guest.say("watch", stream="b")
    films.play()
    assert heard(guest) == [4]


def test_who_begins_without_sound_is_told_of_none_and_then_of_the_films(films: Films) -> None:
    guest = films.room.guest().hello()
    assert told(guest) == []
    guest.say("watch", stream="a")
    assert told(guest) == [(3, "live")]


def test_who_shuts_the_ears_on_the_way_finds_the_next_film_silent(films: Films) -> None:
    guest = films.room.guest().hello(stream="a").say("listen", on=True)
    guest.say("watch", stream="screen").say("listen", on=False).say("watch", stream="b")
    films.play()
    assert heard(guest) == []


def test_one_sound_with_all_streams_goes_on_untold(films: Films) -> None:
    films.films[1].sound = films.mute.sound = films.feeds[0]
    guest = films.room.guest().hello(stream="a").say("listen", on=True)
    guest.say("watch", stream="b").say("watch", stream="screen")
    films.play()
    assert heard(guest) == [3]
    assert told(guest) == [(3, "live")]


def test_who_leaves_after_turning_is_recorded_for_no_more(films: Films) -> None:
    guest = films.room.guest().hello(stream="a").say("listen", on=True).say("watch", stream="b")
    films.room.hub.leave(guest.viewer)
    assert films.demands == [frozenset(), frozenset()]
    assert films.feeds[1].listeners == {}


def test_who_has_not_said_hello_is_told_nothing(films: Films) -> None:
    guest = films.room.guest()
    move_ears(guest.viewer, films.feeds[0], None)
    move_ears(guest.viewer, None, films.feeds[1])
    assert guest.heard == []
