"""Streams with sounds of their own: who turns to another is told of its sound, and hears it."""

from __future__ import annotations

import pytest

from samescreen.hub.events import SourceStatus
from samescreen.hub.stream import Stream
from samescreen.media import Damage, Packet, PacketKind, Rendition
from samescreen.subscribe.sound import switch_audio
from tests.fakes import FakePublisher
from tests.hub.room import LIVE, Guest, Room

OPUS, PCM = Rendition.OPUS, Rendition.PCM


class Films:
    """A hub with two films that have sound, tracks 3 and 4, and one that has none, the first."""

    def __init__(self) -> None:
        self.room = Room()
        streams = [
            self.room.hub.add(name, name, FakePublisher(n)) for n, name in enumerate("ab", 3)
        ]
        self.room.begin()
        self.mute, *self.films = self.room.stream, *streams
        self.feeds = [self._with_sound(film) for film in self.films]
        for film in self.films:
            film.deliver(LIVE)

    def _with_sound(self, film: Stream) -> Stream:
        status = SourceStatus("live", "live", film.name)
        publisher = FakePublisher(film.track)
        sound = Stream("sound", "", publisher, lambda: self.room.now_us, status=status)
        film.replace_sound(sound)
        return sound

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
        return [feed.demand.renditions for feed in self.feeds]


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
    for film in (films.films[1], films.mute):
        film.replace_sound(films.feeds[0])
    guest = films.room.guest().hello(stream="a").say("listen", on=True)
    guest.say("watch", stream="b").say("watch", stream="screen")
    films.play()
    assert heard(guest) == [3]
    assert told(guest) == [(3, "live")]


def test_who_leaves_after_turning_is_recorded_for_no_more(films: Films) -> None:
    guest = films.room.guest().hello(stream="a").say("listen", on=True).say("watch", stream="b")
    films.room.audience.leave(guest.viewer)
    assert films.demands == [frozenset(), frozenset()]
    sound = films.room.audience.of(films.films[1]).sound
    assert sound is not None
    assert sound.listeners == {}


def test_who_has_not_said_hello_is_told_nothing(films: Films) -> None:
    guest = films.room.guest()
    first, second = (films.room.audience.of(film).sound for film in films.films)
    switch_audio(guest.viewer, first, None)
    switch_audio(guest.viewer, None, second)
    assert guest.heard == []
