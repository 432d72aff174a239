"""/metrics: read back with Prometheus' own parser."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from samescreen.serve.metrics import metrics_text
from samescreen.serve.status import host_status
from tests.fakes import video
from tests.hub.room import Room
from tests.serve.conftest import Site

Samples = dict[str, list[tuple[dict[str, str], float]]]


def parsed(text: str) -> Samples:
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation
        assert family.type in ("gauge", "counter")
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def read(room: Room) -> Samples:
    return parsed(metrics_text(host_status(room.audience, room.now_us)))


def test_before_any_viewer() -> None:
    samples = read(Room())
    assert samples["samescreen_up"] == [({"stream": "screen"}, 0)]
    assert samples["samescreen_viewers"] == [({"stream": "screen"}, 0)]
    assert "samescreen_viewer_fps" not in samples


def test_each_viewer_has_its_own_samples() -> None:
    room = Room()
    first, second = room.guest().hello(), room.guest().hello()
    room.begin()
    for guest in (first, second):
        guest.ack_all()
    room.deliver(video(1), video(5))
    second.say("visibility", hidden=True)
    samples = read(room)
    assert samples["samescreen_up"] == [({"stream": "screen"}, 1)]
    dropped = samples["samescreen_viewer_dropped_total"]
    assert [(labels["viewer"], value) for labels, value in dropped] == [("v1", 1), ("v2", 1)]
    assert [value for _, value in samples["samescreen_viewer_hidden"]] == [0, 1]
    assert samples["samescreen_viewer_in_flight_bytes"][0][1] > 0
    limits = {labels["viewer"]: labels["limit"] for labels, _ in samples["samescreen_viewer_limit"]}
    assert limits == {"v1": "network", "v2": "hidden"}


def test_labels_are_escaped() -> None:
    room = Room()
    room.guest().hello().viewer.address = 'a"b\\c\nd'
    room.begin()
    ((labels, _),) = read(room)["samescreen_viewer_rtt_seconds"]
    assert labels["address"] == 'a"b\\c\nd'


async def test_metrics_are_served_in_the_prometheus_format(site: Site) -> None:
    answer = await site.client.get("/metrics", headers=site.bearer)
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert parsed(await answer.text())["samescreen_info"][0][1] == 1
