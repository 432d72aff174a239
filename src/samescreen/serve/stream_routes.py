"""The routes of the host link that list sources and change the streams, as JSON. Event loop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from samescreen.errors import Refused, SamescreenError, UsageError
from samescreen.flow.rate import RateTarget
from samescreen.grants import Grant
from samescreen.hub.stream import Stream
from samescreen.option_values import parse_bitrate

from . import stream_actions
from .site import (
    Route,
    Site,
    SiteRequest,
    SiteResponse,
    fields_in,
    json_response,
    require_grant,
    text_in,
)
from .stream_actions import StreamControl

_MOST_FPS: Final = 240
_NO_BITRATE: Final = 10**12


async def _sources(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    require_grant(site, request, Grant.HOST)
    listed = await stream_actions.list_sources()
    sources = [{"source": each.spec, "description": each.description} for each in listed]
    return json_response({"sources": sources})


async def _share(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    """Share a source as one more stream, or in the place of the stream that the fields name."""
    actor, fields = _actor(site, request), fields_in(body)
    streams, stream_id, spec = _control(site), text_in(fields, "stream"), text_in(fields, "source")
    if stream_id:
        _stream(site, stream_id)
    try:
        opened = await stream_actions.open_remotely(spec, streams.capture_rules)
        if stream_id:
            await streams.change(stream_id, opened)
        else:
            stream_id = streams.add(opened)
    except SamescreenError as error:
        raise Refused(400, str(error)) from None
    except KeyError:  # another host ended it meanwhile
        raise _no_stream() from None
    site.audience.hub.acts.did(actor, "share", stream=stream_id, source=opened.label)
    return json_response({"stream": stream_id})


async def _end(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    actor, stream = _actor(site, request), _stream(site, text_in(fields_in(body), "stream"))
    try:
        await _control(site).remove(stream.stream_id)
    except KeyError:
        raise _no_stream() from None
    site.audience.hub.acts.did(actor, "end-stream", stream=stream.stream_id)
    return json_response({})


async def _limit(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    """Hold a stream to a frame rate and a bitrate below those that the host started with."""
    actor, fields = _actor(site, request), fields_in(body)
    stream = _stream(site, text_in(fields, "stream"))
    try:
        stream.limit(_limit_in(fields))
    except UsageError as error:
        raise Refused(400, str(error)) from None
    limit = limit_fields(stream)
    shown = {key: str(value) for key, value in limit.items() if value is not None}
    site.audience.hub.acts.did(actor, "limit", stream=stream.stream_id, **shown)
    return json_response(limit)


def limit_fields(stream: Stream) -> dict[str, int | None]:
    """What the host holds this stream to; None: to nothing but the options it started with."""
    limit = stream.limited_to
    if limit is None:
        return {"fps": None, "max_bitrate_bps": None}
    return {
        "fps": limit.fps if limit.fps < _MOST_FPS else None,
        "max_bitrate_bps": limit.bitrate_bps if limit.bitrate_bps < _NO_BITRATE else None,
    }


def _limit_in(fields: Mapping[str, Any]) -> RateTarget | None:
    fps, bitrate = fields.get("fps"), fields.get("max_bitrate")
    if fps is None and bitrate is None:
        return None
    if fps is not None and not (type(fps) is int and 1 <= fps <= _MOST_FPS):
        raise UsageError(f"fps takes 1 to {_MOST_FPS}, or null")
    if bitrate is not None and not isinstance(bitrate, str):
        raise UsageError("max_bitrate takes a text such as 8M, or null")
    bps = _NO_BITRATE if bitrate is None else parse_bitrate(bitrate)
    return RateTarget(bps, _MOST_FPS if fps is None else fps)


def _actor(site: Site, request: SiteRequest) -> str:
    person = require_grant(site, request, Grant.HOST)
    return person.name or person.address


def _control(site: Site) -> StreamControl:
    if site.streams is None:
        raise Refused(404, "The streams of this site cannot be changed here.")
    return site.streams


def _stream(site: Site, stream_id: str) -> Stream:
    stream = site.audience.hub.streams.get(stream_id)
    if stream is None:
        raise _no_stream()
    return stream


def _no_stream() -> Refused:
    return Refused(404, "There is no such stream.")


STREAM_ROUTES: Final[dict[tuple[str, str], Route]] = {
    ("GET", "/api/sources"): _sources,
    ("POST", "/api/streams"): _share,
    ("POST", "/api/streams/end"): _end,
    ("POST", "/api/streams/limit"): _limit,
}
