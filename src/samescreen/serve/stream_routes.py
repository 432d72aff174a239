"""The routes of the host link that list sources and change the streams, as JSON. Event loop."""

from __future__ import annotations

from typing import Final

from samescreen.errors import Refused, SamescreenError, UsageError
from samescreen.grants import Grant
from samescreen.hub.stream import Stream
from samescreen.labels import label

from . import stream_actions
from .host_actions import HostActions
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
from .stream_limits import held_from, limit_fields


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
    """Hold a stream to a frame rate and a bitrate, and encode it in another quality."""
    fields, actions = fields_in(body), _actions(site, request)
    stream = _stream(site, text_in(fields, "stream"))
    try:
        given = (fields.get(name) for name in ("fps", "max_bitrate", "quality"))
        actions.hold(stream, held_from(*given))
    except UsageError as error:
        raise Refused(400, str(error)) from None
    return json_response(limit_fields(stream))


async def _forward(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    """Have everybody watch one stream, or with "" take that back."""
    actor, fields, hub = _actor(site, request), fields_in(body), site.audience.hub
    if not isinstance(fields.get("stream"), str):
        raise Refused(400, 'send {"stream": "…"}, or "" to take it back')
    stream_id = text_in(fields, "stream")
    try:
        hub.show_to_all(stream_id)
    except KeyError:
        raise _no_stream() from None
    hub.acts.did(actor, "forward" if stream_id else "forward-off", stream=stream_id)
    return json_response({})


async def _sounds(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    require_grant(site, request, Grant.HOST)
    listed = await stream_actions.list_sounds_here()
    sounds = [{"audio": each.spec, "description": each.description} for each in listed]
    return json_response({"sounds": sounds})


async def _sound(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    """Share another sound with all streams; "" for none."""
    actor, fields, streams = _actor(site, request), fields_in(body), _control(site)
    if not isinstance(fields.get("audio"), str):
        raise Refused(400, 'send {"audio": "output"}, another sound of /api/sounds, or ""')
    try:
        choice = await stream_actions.choose_remotely(text_in(fields, "audio"))
        await streams.change_sound(choice)
    except SamescreenError as error:
        raise Refused(400, str(error)) from None
    is_on, name = choice is not None, "" if choice is None else label(choice.label)
    site.audience.hub.acts.did(actor, "sound" if is_on else "sound-off", name=name)
    return json_response({"sound": sound_fields(streams)})


def sound_fields(streams: StreamControl) -> dict[str, str] | None:
    """The sound that all streams share; None: there is none."""
    choice = streams.sound
    return None if choice is None else {"audio": choice.spec, "label": label(choice.label)}


def _actor(site: Site, request: SiteRequest) -> str:
    person = require_grant(site, request, Grant.HOST)
    return person.name_or_address


def _actions(site: Site, request: SiteRequest) -> HostActions:
    person = require_grant(site, request, Grant.HOST)
    actor = person.name_or_address
    return HostActions(site.gatekeeper, site.audience.hub, actor, person.address)


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
    ("POST", "/api/streams/forward"): _forward,
    ("GET", "/api/sounds"): _sounds,
    ("POST", "/api/sound"): _sound,
}
