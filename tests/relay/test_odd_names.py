"""What somebody on a relay sends that no message can carry as it is."""

from __future__ import annotations

import asyncio

from samescreen.clock import clock_us
from samescreen.grants import WATCH_ONLY
from samescreen.hub.files import Wanted
from samescreen.hub.hub import Hub
from samescreen.hub.people import Person
from samescreen.publish.remote_files import RemoteFiles
from samescreen.wire.publishing import ToPublisher, message_to_publisher, text_to_publisher
from tests.fakes import soon

HALF = "\ud800"
"""JSON and the bytes of a header can bring half of a character."""


async def test_half_a_character_is_no_error() -> None:
    asked: list[ToPublisher] = []
    files = RemoteFiles(
        lambda message: asked.append(message_to_publisher(text_to_publisher(message))),
        Hub(clock_us).transfers,
        lambda person_id: frozenset(),
    )
    person = Person("a1b2", "viewer", "10.0.0.9", WATCH_ONLY)
    asking = [
        asyncio.ensure_future(each)
        for each in (
            files.begin(person, f"{HALF}.txt", 1),
            files.fetch(person, Wanted("an-id", f"bytes=0-{HALF}", HALF)),
        )
    ]
    await soon(lambda: len(asked) == 2 or any(each.done() for each in asking), "it is asked")
    assert len(asked) == 2
    files.close()
    await asyncio.gather(*asking, return_exceptions=True)
