"""When an output does not even begin."""

from __future__ import annotations

from dataclasses import replace

from samescreen.hub.hub import Hub
from samescreen.option_values import OutputAddress
from samescreen.outputs.output import SEALED, Output, OutputNews
from tests.fakes import FakePublisher


def test_sealed_pictures_go_to_no_server_and_the_host_reads_why() -> None:
    hub = Hub(lambda: 0)
    publisher = FakePublisher()
    publisher.tracks = (replace(publisher.tracks[0], is_sealed=True),)
    hub.add("screen", "Screen 1", publisher)
    news: list[OutputNews] = []
    address = OutputAddress("rtmp://127.0.0.1:1/a/b", "127.0.0.1", "127.0.0.1", 1, False)
    output = Output(address, hub, lambda: 0, news.append)
    output.tick(0)
    assert news == [OutputNews("127.0.0.1", SEALED, 1.0)]
    assert output.state == "waiting"
