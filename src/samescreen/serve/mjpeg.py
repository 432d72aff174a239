"""/stream.mjpg: the live picture for <img> elements and MJPEG players. On the event loop.

The response is multipart/x-mixed-replace, with one picture in each part. The host takes the next
picture only when the kernel has taken the one before: a slow reader gets fewer pictures, but never
an old one.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from aiohttp import web

from samescreen.clock import clock_us
from samescreen.closing import CloseCode
from samescreen.flow.pace import Pace
from samescreen.flow.stills import CEILING_FPS, FLOOR_FPS
from samescreen.grants import Grant
from samescreen.hub.people import People, Person
from samescreen.hub.shown import Shown
from samescreen.subscribe.snapshots import reading_stills
from samescreen.subscribe.stills import MAX_READERS, StillReader
from samescreen.subscribe.stream_viewers import StreamViewers
from samescreen.subscribe.visits import reader_to_evict

from .snapshot import SEALED
from .socket import tune

_BOUNDARY: Final = "samescreen"
_STALLED_S: Final = 10.0
_AGAIN_S: Final = 0.1
"""Browsers show a part when the next one begins, so the last picture is sent again after this."""
_LOOK_S: Final = 1.0
"""How often to check that the reader is still there while nothing changes."""


def wanted_fps(text: str | None) -> int:
    """The frame rate in `?fps=`. Raises HTTPBadRequest."""
    if text is None:
        return CEILING_FPS
    # At most three digits: int() raises ValueError for thousands of them.
    is_number = re.fullmatch(r"[0-9]{1,3}", text) is not None
    if not is_number or not FLOOR_FPS <= int(text) <= CEILING_FPS:
        raise web.HTTPBadRequest(text=f"fps takes {FLOOR_FPS} to {CEILING_FPS}\n")
    return int(text)


async def stream_mjpeg(
    request: web.Request,
    group: StreamViewers,
    people: People,
    person: Person,
    headers: Mapping[str, str],
) -> web.StreamResponse:
    """Send pictures until the reader disconnects, the host stops, or the person loses `watch`."""
    if group.stream.is_sealed:
        raise web.HTTPConflict(text=f"{SEALED}\n")
    address = person.address
    fps = wanted_fps(request.query.get("fps"))
    if len(group.stills.readers) >= MAX_READERS and not _makes_way(group, address):
        raise web.HTTPServiceUnavailable(
            text=f"{MAX_READERS} read this stream already; the page takes more\n"
        )
    transport = request.transport
    if transport is None:
        raise web.HTTPBadRequest  # the client is gone
    response = web.StreamResponse(headers=headers)
    response.content_type = f"multipart/x-mixed-replace; boundary={_BOUNDARY}"
    tune(transport)
    transport.set_write_buffer_limits(0)
    with reading_stills(group, address, transport.abort) as reader, suppress(ConnectionError):
        connection = _Reading(reader)
        people.connect(person, connection, Grant.WATCH)
        try:
            await response.prepare(request)
            await _send(request, response, f"--{_BOUNDARY}\r\n".encode())
            await _send_all(request, response, reader, Pace(fps))
        finally:
            people.disconnect(person, connection)
    return response


class _Reading:
    """A reader's connection: the host can end it, but cannot send it messages."""

    def __init__(self, reader: StillReader) -> None:
        self._reader = reader

    def dismiss(self, code: CloseCode, detail: str) -> None:
        self._reader.end()

    def send_grants(self, grants: frozenset[Grant]) -> None:
        """Nothing: a reader takes only pictures."""

    def show(self, shown: Shown) -> None:
        """Nothing: it takes pictures only."""


def _makes_way(group: StreamViewers, newcomer: str) -> bool:
    """End another reader if one must give way to the newcomer. False: none must."""
    gone = reader_to_evict(group.stills.readers, newcomer)
    if gone is not None:
        gone.end()
    return gone is not None


async def _send_all(
    request: web.Request, response: web.StreamResponse, reader: StillReader, pace: Pace
) -> None:
    last, was_repeated = b"", True
    while request.transport is not None:
        try:
            patience_s = _LOOK_S if was_repeated else _AGAIN_S
            still = await asyncio.wait_for(reader.next(), patience_s)
        except TimeoutError:
            if was_repeated:
                continue
            was_repeated = True
        else:
            if still is None:
                return
            last, was_repeated = still.payload, False
        reader.writing()
        started_us = clock_us()
        pace.took(started_us)
        head = f"Content-Type: image/jpeg\r\nContent-Length: {len(last)}\r\n\r\n"
        part = b"%b%b\r\n--%b\r\n" % (head.encode(), last, _BOUNDARY.encode())
        await _send(request, response, part)
        reader.wrote(len(part), clock_us() - started_us)
        await asyncio.sleep(pace.wait_us(clock_us()) / 1e6)


async def _send(request: web.Request, response: web.StreamResponse, part: bytes) -> None:
    """Write, and wait until the kernel has taken it. Raises ConnectionError: the reader stalls."""
    try:
        async with asyncio.timeout(_STALLED_S):
            await response.write(part)
            await request.writer.drain()
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionError("it does not read") from None
