"""Streams with sounds of their own: a viewer that switches gets the sound of each."""

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


def notices(guest: Guest) -> list[tuple[int, str]]:
    messages = [m for m in guest.transport.messages if m["type"] == "audio"]
    return [(message["track"], message["state"]) for message in messages]


def received(guest: Guest) -> list[int]:
    return [packet.track for packet in guest.packets if packet.kind is PacketKind.AUDIO]


def test_a_listener_that_switches_films_gets_the_sound_of_each(films: Films) -> None:
    guest = films.room.guest().hello(stream="a").say("listen", on=True, codec="pcm")
    films.play(PCM)
    assert received(guest) == [3]
    guest.say("watch", stream="b")
    assert films.demands == [frozenset(), {PCM}]
    films.play(PCM)
    assert received(guest) == [3, 4]
    guest.say("watch", stream="a")
    assert films.demands == [{PCM}, frozenset()]
    films.play(PCM)
    assert received(guest) == [3, 4, 3]
    assert notices(guest) == [(3, "live"), (4, "live"), (3, "live")]


def test_a_viewer_that_does_not_listen_gets_notices_and_no_sound(films: Films) -> None:
    guest = films.room.guest().hello(stream="a").say("watch", stream="b")
    films.play()
    assert notices(guest) == [(3, "live"), (4, "live")]
    assert received(guest) == []
    assert films.demands == [frozenset(), frozenset()]


def test_a_silent_film_is_announced_and_the_viewer_listens_on(films: Films) -> None:
    guest = films.room.guest().hello(stream="a").say("listen", on=True)
    guest.say("watch", stream="screen")
    assert notices(guest)[-1] == (0, "none")
    films.play()
    assert received(guest) == []
    assert films.demands == [frozenset(), frozenset()]
    guest.say("watch", stream="b")
    films.play()
    assert received(guest) == [4]


def test_a_viewer_of_a_silent_stream_gets_no_notice_until_it_switches(films: Films) -> None:
    guest = films.room.guest().hello()
    assert notices(guest) == []
    guest.say("watch", stream="a")
    assert notices(guest) == [(3, "live")]


def test_a_viewer_that_stops_listening_gets_no_sound_of_the_next_film(films: Films) -> None:
    guest = films.room.guest().hello(stream="a").say("listen", on=True)
    guest.say("watch", stream="screen").say("listen", on=False).say("watch", stream="b")
    films.play()
    assert received(guest) == []


def test_a_sound_of_all_streams_goes_on_without_another_notice(films: Films) -> None:
    for film in (films.films[1], films.mute):
        film.replace_sound(films.feeds[0])
    guest = films.room.guest().hello(stream="a").say("listen", on=True)
    guest.say("watch", stream="b").say("watch", stream="screen")
    films.play()
    assert received(guest) == [3]
    assert notices(guest) == [(3, "live")]


def test_a_listener_that_switched_and_left_ends_the_recording(films: Films) -> None:
    guest = films.room.guest().hello(stream="a").say("listen", on=True).say("watch", stream="b")
    films.room.audience.leave(guest.viewer)
    assert films.demands == [frozenset(), frozenset()]
    sound = films.room.audience.of(films.films[1]).sound
    assert sound is not None
    assert sound.listeners == {}


def test_a_viewer_gets_no_notice_before_its_hello(films: Films) -> None:
    guest = films.room.guest()
    first, second = (films.room.audience.of(film).sound for film in films.films)
    switch_audio(guest.viewer, first, None)
    switch_audio(guest.viewer, None, second)
    assert guest.received == []
