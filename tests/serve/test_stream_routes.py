"""/api/sources and /api/streams: which source is shared where, within which limits."""

from __future__ import annotations

from typing import Any

import pytest

from samescreen.capture.choose import OpenedSource
from samescreen.capture.hiding import NO_RULES
from samescreen.errors import UsageError
from samescreen.flow.rate import RateTarget
from samescreen.media import Rendition
from samescreen.serve.addresses import HostUrls
from tests.serve.conftest import Site
from tests.serve.test_host_routes import ask


class FakeStreams:
    """Notes what it is asked to change; the hub's streams stay as they are."""

    capture_rules = NO_RULES
    links = HostUrls("http://localhost:9000/#token=t", ("http://10.0.0.5:9000/#token=t",))
    secure_links = None

    def __init__(self) -> None:
        self.did: list[tuple[str, ...]] = []
        self.is_full = False

    def add(self, choice: OpenedSource, title: str = "") -> str:
        choice.source.dispose()
        if self.is_full:
            raise UsageError("there are 100 streams already; end one of them first")
        self.did.append(("add", choice.name))
        return choice.name

    async def change(self, stream_id: str, choice: OpenedSource) -> None:
        choice.source.dispose()
        self.did.append(("change", stream_id, choice.name))

    async def remove(self, stream_id: str) -> None:
        self.did.append(("remove", stream_id))


@pytest.fixture
def streams() -> FakeStreams:
    return FakeStreams()


async def post(site: Site, path: str, body: Any) -> tuple[int, Any]:
    return await ask(site, "POST", path, site.as_host, body)


async def test_sources_are_listed_without_files(site: Site) -> None:
    status, seen = await ask(site, "GET", "/api/sources", site.as_host)
    assert status == 200
    assert {"source": "testcard", "description": "a built-in moving picture"} in seen["sources"]


async def test_a_source_is_added_changed_and_ended(site: Site, streams: FakeStreams) -> None:
    assert await post(site, "/api/streams", {"source": "testcard"}) == (200, {"stream": "testcard"})
    changed = await post(site, "/api/streams", {"source": "testcard", "stream": "screen"})
    assert changed == (200, {"stream": "screen"})
    assert (await post(site, "/api/streams/end", {"stream": "screen"}))[0] == 200
    assert streams.did == [
        ("add", "testcard"), ("change", "screen", "testcard"), ("remove", "screen")
    ]  # fmt: skip
    _, seen = await ask(site, "GET", "/api/host", site.as_host)
    assert [each["kind"] for each in seen["acts"]] == ["share", "share", "end-stream"]
    assert seen["urls"] == ["http://10.0.0.5:9000/", "http://localhost:9000/"]
    assert seen["can_change_streams"]


@pytest.mark.parametrize("source", ["file:/etc/passwd", "file:rtsp://other", "", "nonsense", "-"])
async def test_the_host_page_names_no_file(site: Site, streams: FakeStreams, source: str) -> None:
    status, words = await post(site, "/api/streams", {"source": source})
    assert status == 400
    assert "the host page can share: screen" in words
    assert streams.did == []


async def test_what_cannot_be_shared_is_refused_in_words(site: Site, streams: FakeStreams) -> None:
    streams.is_full = True
    assert (await post(site, "/api/streams", {"source": "testcard"}))[0] == 400
    assert (await post(site, "/api/streams", {"source": "testcard", "stream": "x"}))[0] == 404
    assert (await post(site, "/api/streams/end", {"stream": ""}))[0] == 404
    assert streams.did == []


async def test_a_stream_is_held_to_a_frame_rate_and_a_bitrate(site: Site) -> None:
    limit = {"stream": "screen", "fps": 10, "max_bitrate": "1M"}
    assert await post(site, "/api/streams/limit", limit) == (
        200,
        {"fps": 10, "max_bitrate_bps": 1_000_000},
    )
    assert site.stream.limited_to == RateTarget(1_000_000, 10)
    _, seen = await ask(site, "GET", "/api/host", site.as_host)
    assert seen["streams"][0]["limit"] == {"fps": 10, "max_bitrate_bps": 1_000_000}
    only_fps = await post(site, "/api/streams/limit", {"stream": "screen", "fps": 15})
    assert only_fps == (200, {"fps": 15, "max_bitrate_bps": None})
    assert (await post(site, "/api/streams/limit", {"stream": "screen"}))[0] == 200
    assert site.stream.limited_to is None


@pytest.mark.parametrize(
    "wrong", [{"fps": 0}, {"fps": True}, {"fps": "9"}, {"max_bitrate": 5}, {"max_bitrate": "x"}]
)
async def test_a_limit_that_makes_no_sense_changes_nothing(site: Site, wrong: Any) -> None:
    status, words = await post(site, "/api/streams/limit", {"stream": "screen", **wrong})
    assert status == 400
    assert words.strip()
    assert site.stream.limited_to is None


async def test_the_publisher_is_asked_for_no_more_than_the_limit(site: Site) -> None:
    site.stream.limit(RateTarget(300_000, 10))
    publisher = site.stream.publisher
    most = publisher.tracks[0].targets[Rendition.MAIN]
    assert most.fps > 10, "or the test holds nothing"
    bridge = publisher._bridge  # type: ignore[attr-defined]
    assert bridge.take().targets[Rendition.MAIN] == RateTarget(300_000, 10)
    site.stream.limit(None)
    assert bridge.take().targets[Rendition.MAIN] == most
