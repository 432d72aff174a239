"""/api/status: its content before, during and after a viewer's visit."""

from __future__ import annotations

import json
from typing import Any

from samescreen.serve.status import status_json
from samescreen.version import __version__
from tests.fakes import video
from tests.hub.room import Room
from tests.serve.conftest import Site


def read(room: Room) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(status_json(room.audience, room.now_us))
    return answer


def test_before_any_viewer() -> None:
    answer = read(Room())
    assert answer["version"] == __version__
    (stream,) = answer["streams"]
    assert (stream["stream"], stream["name"]) == ("screen", "Screen 1")
    assert stream["status"]["state"] == "waiting"
    assert stream["renditions"] == stream["viewers"] == []


def test_the_status_says_who_watches_what() -> None:
    room = Room()
    guest = room.guest().hello()
    room.guest()
    room.begin()
    guest.ack_all()
    room.deliver(video(1), video(5))
    (stream,) = read(room)["streams"]
    assert stream["status"]["backend"] == "scripted"
    assert {r["rendition"] for r in stream["renditions"]} == {0, 2}
    (viewer,) = stream["viewers"]
    assert viewer["address"] == "10.0.0.9"
    assert viewer["rendition"] == "main"
    assert (viewer["hidden"], viewer["gated"], viewer["dropped"]) == (False, True, 1)
    assert viewer["in_flight_bytes"] > 0
    assert viewer["rtt_us"] >= 0
    assert viewer["report"]["decoder"] in ("webcodecs", "wasm", "jpeg")


def test_the_status_contains_no_secret() -> None:
    room = Room()
    room.guest().hello()
    assert "token" not in status_json(room.audience, room.now_us).decode()


async def test_the_status_is_served_as_json(site: Site) -> None:
    answer = await site.client.get("/api/status", headers=site.bearer)
    assert answer.content_type == "application/json"
    assert (await answer.json())["version"] == __version__
