"""Everything that the host page shows, in one response. Event loop.

The page asks once a second while its tab is visible. The response has an ETag, so that a host where
nothing happens answers with 304 and an empty body. Reads only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from samescreen.clock import clock_us
from samescreen.grants import Grant, words_of
from samescreen.hub.control import ASKABLE
from samescreen.hub.people import Person
from samescreen.hub.stream import Stream
from samescreen.media import Rendition
from samescreen.outputs.output import Output
from samescreen.record.recordings import Recordings

from .host_actions import HostActions
from .links import Link
from .roster import roster
from .site import Route, Site, SiteRequest, SiteResponse, require_grant
from .stream_actions import outputs_of
from .stream_limits import limit_fields
from .stream_routes import sound_fields

_NEWEST_ACTS: Final = 50


async def _overview(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    person = require_grant(site, request, Grant.HOST)
    actions = HostActions(site.gatekeeper, site.audience.hub, person.name_or_address)
    encoded = msgspec.json.encode(overview(site, actions, person, clock_us()))
    headers = {"ETag": f'"{hashlib.blake2b(encoded, digest_size=12).hexdigest()}"'}
    if request.header("If-None-Match") == headers["ETag"]:
        return SiteResponse(b"", _JSON, 304, headers)
    return SiteResponse(encoded, _JSON, headers=headers)


_JSON: Final = "application/json; charset=utf-8"


def overview(site: Site, actions: HostActions, person: Person, now_us: int) -> dict[str, Any]:
    """What the host page shows. It holds no secret, for somebody may look over a shoulder."""
    hub = site.audience.hub
    return {
        "host": site.audience.host_name,
        "you": person.person_id,
        "urls": _urls(site),
        "people": roster(site.audience, actions, now_us),
        **people_fields(actions, now_us),
        "broadcast": broadcast_fields(actions),
        "streams": [_stream_fields(site, stream) for stream in hub.streams.values()],
        "recording": _recording_fields(site.recordings),
        "outputs": output_fields(outputs_of(site.streams), now_us),
        "sound": None if site.streams is None else sound_fields(site.streams),
        "files": _file_fields(site, actions),
        "can_change_streams": site.streams is not None,
        "askable": words_of(ASKABLE),
        "links": [link_fields(link) for link in actions.links],
        "acts": act_fields(actions)[-_NEWEST_ACTS:],
    }


def people_fields(actions: HostActions, now_us: int) -> dict[str, Any]:
    """Who waits, what people wrote, and the switches over who comes in."""
    names = {link.link_id: link.name for link in actions.links}
    return {
        "newcomers": [
            {
                "person": each.person_id,
                "link": each.link_id,
                "link_name": names.get(each.link_id, ""),
                "address": each.address,
            }
            for each in actions.newcomers(now_us)
        ],
        "waiting": [
            {"link": link, "link_name": names.get(link, ""), "network": network}
            for link, network in actions.waiting
        ],
        "locked": actions.is_locked,
        "approve": actions.approves,
        "requests": [
            {"person": each.person_id, "grants": each.grants} for each in actions.requests
        ],
        "invited": _invited(actions),
        "controller": None if actions.controller is None else actions.controller.person_id,
        "control_kept": actions.is_control_kept,
        "hands": actions.hands.is_on,
        "ink": actions.ink.is_on,
        "marks": actions.ink.has_marks,
        **_voice_fields(actions),
        "lines": _lines(actions),
    }


def _lines(actions: HostActions) -> list[dict[str, Any]]:
    """What people wrote; name and address are "" once the person has left."""
    people = {person.person_id: person for person in actions.people}
    return [
        {
            "line": each.number,
            "person": each.person_id,
            "text": each.text,
            "name": people[each.person_id].name if each.person_id in people else "",
            "address": people[each.person_id].address if each.person_id in people else "",
        }
        for each in actions.hands.lines
    ]


def _invited(actions: HostActions) -> list[dict[str, Any]]:
    """Whom the host has asked for a screen, and whether they said yes."""
    asked = actions.showing.open
    return [{"person": each.person_id, "accepted": each.is_accepted} for each in asked]


def _voice_fields(actions: HostActions) -> dict[str, Any]:
    """Whether people may speak; the ids of those who do, and of those who are muted."""
    voices = actions.voices.now
    return {
        "voices": voices.is_on,
        "talking": [each.person_id for each in voices.listed if each.is_talking],
        "voices_muted": sorted(voices.muted),
    }


def broadcast_fields(actions: HostActions) -> dict[str, bool]:
    """The three switches over what viewers get."""
    broadcast = actions.broadcast
    return {
        "paused": broadcast.is_paused,
        "blanked": broadcast.is_blanked,
        "muted": broadcast.is_muted,
    }


def link_fields(link: Link) -> dict[str, object]:
    """A link without its secret."""
    return {
        "link": link.link_id,
        "name": link.name,
        "grants": words_of(link.grants),
        "may_ask": words_of(link.may_ask),
        "expires_s": link.expires_s,
        "uses_left": link.uses_left,
    }


def act_fields(actions: HostActions) -> list[dict[str, object]]:
    """What hosts did, the newest last."""
    return [
        {
            "act": each.number,
            "at_s": each.at_s,
            "actor": each.actor,
            "kind": each.kind,
            "about": dict(each.about),
        }
        for each in actions.acts_since(0)
    ]


def _stream_fields(site: Site, stream: Stream) -> dict[str, object]:
    stats, status = stream.stats, stream.status
    group = site.audience.of(stream)
    most = stream.publisher.tracks[0].targets.get(Rendition.MAIN)
    return {
        "stream": stream.stream_id,
        "name": stream.name,
        "state": status.state,
        "reason": status.reason,
        "detail": status.detail,
        "viewers": len(group.everybody),
        "captured_fps": round(stats.captured_fps),
        "bitrate_bps": stats.bitrate_bps,
        "encoder": stats.encoder,
        "has_sound": stream.sound is not None,
        "most_fps": most.fps if most is not None else None,
        "most_bps": most.bitrate_bps if most is not None else None,
        "limit": limit_fields(stream),
        "forward": site.audience.hub.broadcast.forward == stream.stream_id,
        "kept": stream.stream_id in site.audience.hub.broadcast.private,
    }


def _recording_fields(recordings: Recordings | None) -> dict[str, object] | None:
    """What is recorded now, without the list of files, which needs the disk."""
    if recordings is None:
        return None
    now, kept = recordings.now(), recordings.kept()
    return {
        "stream": now.stream if now is not None else None,
        "seconds": int(now.seconds) if now is not None else 0,
        "size_bytes": now.size_bytes if now is not None else 0,
        "kept_s": int(kept.seconds) if kept is not None else None,
        "fault": recordings.fault,
    }


def output_fields(outputs: Iterable[Output], now_us: int) -> list[dict[str, object]]:
    """Where the picture goes besides the viewers, without the keys of the streams."""
    return [
        {
            "name": each.address.name,
            "state": each.state,
            "seconds": int(each.seconds(now_us)),
            "fault": each.fault,
        }
        for each in outputs
    ]


def _file_fields(site: Site, actions: HostActions) -> dict[str, object]:
    """Files on their way from viewers, what is offered to them, and where files go."""
    transfers, folder = actions.transfers, site.config.files
    names = {each.person_id: each.name_or_address for each in actions.people}
    return {
        "folder": str(folder.folder) if folder is not None else "",
        "arriving": [
            {
                "upload": each.upload_id,
                "name": each.name,
                "size": each.size,
                "offset": each.offset,
                "from": names.get(each.person_id, ""),
            }
            for each in transfers.uploads.all
        ],
        "offered": [
            {"file": each.offer_id, "name": each.name, "size": each.size}
            for each in transfers.offers.values()
        ],
    }


def _urls(site: Site) -> list[str]:
    """Where viewers find this host, without a token, the best first; [] for a mounted site."""
    if site.streams is None or not site.port:
        return []
    links, secure = site.streams.links, site.streams.secure_links
    tunnel = site.streams.tunnel_url
    found = (tunnel, *links.lan, links.here, secure.best if secure is not None else "")
    return [url.partition("#")[0] for url in found if url]


OVERVIEW_ROUTES: Final[dict[tuple[str, str], Route]] = {("GET", "/api/host"): _overview}
