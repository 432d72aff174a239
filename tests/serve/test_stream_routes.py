"""/api/sources and /api/streams: which source is shared where, within which limits."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from samescreen.capture.choose import OpenedSource
from samescreen.capture.hiding import NO_RULES
from samescreen.capture.sound.choose import ListedSound, SoundChoice
from samescreen.errors import UsageError
from samescreen.flow.rate import RateTarget
from samescreen.hub.held import NOT_HELD, Held
from samescreen.media import Rendition
from samescreen.serve import stream_actions
from samescreen.serve.addresses import HostUrls
from tests.fake_sound import ScriptedSound
from tests.serve.conftest import Site
from tests.serve.test_host_routes import ask


class FakeStreams:
    """Notes what it is asked to change; the hub's streams stay as they are."""

    capture_rules = NO_RULES
    links = HostUrls("http://localhost:9000/#token=t", ("http://10.0.0.5:9000/#token=t",))
    secure_links = None
    tunnel_url = ""
    outputs = SimpleNamespace(all=())

    def __init__(self) -> None:
        self.did: list[tuple[str, ...]] = []
        self.is_full = False
        self._sound: SoundChoice | None = None

    @property
    def sound(self) -> SoundChoice | None:
        return self._sound

    async def change_sound(self, choice: SoundChoice | None) -> None:
        self._sound = choice

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
        {"fps": 10, "max_bitrate_bps": 1_000_000, "quality": None},
    )
    assert site.stream.held == Held(RateTarget(1_000_000, 10))
    _, seen = await ask(site, "GET", "/api/host", site.as_host)
    assert seen["streams"][0]["limit"] == {
        "fps": 10, "max_bitrate_bps": 1_000_000, "quality": None
    }  # fmt: skip
    only_fps = await post(site, "/api/streams/limit", {"stream": "screen", "fps": 15})
    assert only_fps == (200, {"fps": 15, "max_bitrate_bps": None, "quality": None})
    assert (await post(site, "/api/streams/limit", {"stream": "screen"}))[0] == 200
    assert site.stream.held == NOT_HELD


@pytest.mark.parametrize(
    "wrong",
    [
        {"fps": 0},
        {"fps": True},
        {"fps": "9"},
        {"max_bitrate": 5},
        {"max_bitrate": "x"},
        {"quality": 0},
        {"quality": 101},
        {"quality": 50.5},
        {"fps": 10, "quality": "high"},
    ],
)
async def test_a_limit_that_makes_no_sense_changes_nothing(site: Site, wrong: Any) -> None:
    status, words = await post(site, "/api/streams/limit", {"stream": "screen", **wrong})
    assert status == 400
    assert words.strip()
    assert site.stream.held == NOT_HELD


async def test_the_publisher_is_asked_for_no_more_than_the_limit(site: Site) -> None:
    site.stream.hold(Held(RateTarget(300_000, 10), 30))
    publisher = site.stream.publisher
    most = publisher.tracks[0].targets[Rendition.MAIN]
    assert most.fps > 10, "or the test holds nothing"
    bridge = publisher._bridge  # type: ignore[attr-defined]
    held = bridge.take()
    assert (held.targets[Rendition.MAIN], held.quality) == (RateTarget(300_000, 10), 30)
    site.stream.hold(NOT_HELD)
    free = bridge.take()
    assert (free.targets[Rendition.MAIN], free.quality) == (most, None)


async def test_a_stream_is_encoded_in_another_quality(site: Site) -> None:
    asked = {"stream": "screen", "quality": 40}
    assert await post(site, "/api/streams/limit", asked) == (
        200,
        {"fps": None, "max_bitrate_bps": None, "quality": 40},
    )
    assert site.stream.held == Held(quality=40)
    _, seen = await ask(site, "GET", "/api/host", site.as_host)
    assert seen["streams"][0]["limit"]["quality"] == 40
    assert seen["acts"][-1]["about"] == {"stream": "screen", "quality": "40"}


@pytest.fixture
def sounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that plays, and has a microphone that is not there."""

    def choose(spec: str) -> SoundChoice | None:
        note = "" if spec == "output" else f"no sound: there is no {spec}"
        return SoundChoice(ScriptedSound(), note, spec) if spec else None

    monkeypatch.setattr(stream_actions, "choose_sound", choose)
    listed = [ListedSound("output", "what this machine plays")]
    monkeypatch.setattr(stream_actions, "list_sounds", lambda: listed)


async def test_another_sound_is_shared_or_none(
    site: Site, streams: FakeStreams, sounds: None
) -> None:
    _, listed = await ask(site, "GET", "/api/sounds", site.as_host)
    assert listed == {"sounds": [{"audio": "output", "description": "what this machine plays"}]}
    shared = {"audio": "output", "label": "a tone"}
    assert await post(site, "/api/sound", {"audio": "output"}) == (200, {"sound": shared})
    _, seen = await ask(site, "GET", "/api/host", site.as_host)
    assert seen["sound"] == shared
    status, words = await post(site, "/api/sound", {"audio": "mic"})
    assert (status, words.strip()) == (400, "no sound: there is no mic")
    for wrong in ({}, {"audio": None}, {"audio": 1}):
        assert (await post(site, "/api/sound", wrong))[0] == 400
    assert streams.sound is not None, "what cannot be recorded changes nothing"
    assert await post(site, "/api/sound", {"audio": ""}) == (200, {"sound": None})
    _, seen = await ask(site, "GET", "/api/host", site.as_host)
    assert [each["kind"] for each in seen["acts"]] == ["sound", "sound-off"]
