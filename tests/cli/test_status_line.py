"""What is printed where no terminal shows the state: a service, a pipe."""

from __future__ import annotations

from samescreen.cli.status_line import PictureNews
from samescreen.cli.words import CHINESE, ENGLISH
from samescreen.clock import clock_us
from samescreen.hub.events import SourceStatus
from samescreen.hub.hub import Hub
from tests.fakes import FakePublisher

LIVE = SourceStatus("live", "live", "screen 1 640×480", "X11")
LOST = SourceStatus("lost", "source-lost", "X display :7 went away")


async def test_a_picture_that_goes_away_and_comes_back_is_said_once_each() -> None:
    hub = Hub(clock_us)
    hub.add("screen", "screen 1 640×480", FakePublisher())
    stream = hub.streams["screen"]
    stream.deliver(LIVE)
    news = PictureNews(hub.streams, ENGLISH)
    assert list(news()) == []
    stream.deliver(LOST)
    assert list(news()) == [
        "No picture of screen 1 640×480: X display :7 went away; trying again."
    ]
    assert list(news()) == []
    assert list(PictureNews(hub.streams, CHINESE)()) == [], "the welcome has said it"
    stream.deliver(LIVE)
    assert list(news()) == ["Sharing screen 1 640×480 now."]
    stream.deliver(SourceStatus("waiting", "paused", "the host has paused sharing"))
    assert list(news()) == []
    await hub.remove("screen")
    assert list(news()) == []
