"""When an output does not even begin."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from samescreen.hub.hub import Hub
from samescreen.media import Packet, Rendition
from samescreen.option_values import OutputAddress
from samescreen.outputs import output as room
from samescreen.outputs.output import SEALED, Output, OutputNews
from samescreen.record.black import black_picture
from samescreen.record.timeline import Arrived, Timeline
from samescreen.wire.talk import Voice, VoiceKind
from tests.fakes import FakePublisher, soon

ADDRESS: Final = OutputAddress("rtmp://127.0.0.1:1/a/b", "127.0.0.1", "127.0.0.1", 1, False)


class Series:
    """In place of a connection; keeps what would be sent."""

    is_sending = True

    def __init__(self, address: OutputAddress) -> None:
        self.timeline = Timeline(black_picture)
        self.taken: list[Arrived] = []

    def take(self, arrived: Arrived) -> None:
        self.taken.append(arrived)

    def passed(self, now_us: int) -> None:
        """Nothing is sent."""

    def finish(self, now_us: int) -> None:
        """Nothing is sent."""

    def abandon(self) -> None:
        """Nothing is sent."""

    def cut(self) -> None:
        """Nothing is sent."""

    @property
    def sounds(self) -> int:
        """How many packets of sound would be sent."""
        packets = (each.what for each in self.taken if isinstance(each.what, Packet))
        return sum(each.rendition is Rendition.OPUS for each in packets)


def test_sealed_pictures_go_to_no_server_and_the_host_reads_why() -> None:
    hub = Hub(lambda: 0)
    publisher = FakePublisher()
    publisher.tracks = (replace(publisher.tracks[0], is_sealed=True),)
    hub.add("screen", "Screen 1", publisher)
    news: list[OutputNews] = []
    output = Output(ADDRESS, hub, lambda: 0, news.append)
    output.tick(0)
    assert news == [OutputNews("127.0.0.1", SEALED, 1.0)]
    assert output.state == "waiting"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Series]:
    """In place of connections."""
    all_made: list[Series] = []

    def series(address: OutputAddress) -> Series:
        all_made.append(Series(address))
        return all_made[-1]

    monkeypatch.setattr(room, "ConnectionSeries", series)
    return all_made


async def test_what_only_the_host_sees_is_sent_nowhere(made: list[Series]) -> None:
    hub, private, shown = Hub(lambda: 50_000_000), FakePublisher(), FakePublisher(1)
    output = Output(ADDRESS, hub, lambda: 50_000_000, lambda news: None)
    hub.add("private", "Private", private, is_private=True)
    output.tick(50_000_000)
    assert not made
    hub.add("shown", "Shown", shown)
    output.tick(50_000_000)
    assert shown.take().renditions
    assert not private.take().renditions
    hub.end("shown")
    await soon(lambda: output.state == "waiting", "the stream has ended")
    output.end()
    await output.ended()


async def test_an_output_takes_the_voices_until_it_ends(made: list[Series]) -> None:
    hub = Hub(lambda: 50_000_000)
    hub.add("screen", "Screen 1", FakePublisher())
    output = Output(ADDRESS, hub, lambda: 50_000_000, lambda news: None)
    output.tick(0)
    said = Voice(VoiceKind.MIX, 0, 0, bytes(1920))
    hub.people.voices.send_mix(said)
    await soon(lambda: made[0].sounds == 2, "two packets of 10 ms")
    output.end()
    hub.people.voices.send_mix(said)
    await output.ended()
    assert made[0].sounds == 2
