"""The routes of the host link: links, people and the lock, as JSON. Event loop.

Each needs the `host` grant. Those that change something are POSTs, under the Origin rule.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from samescreen.clock import clock_us
from samescreen.errors import Refused, UsageError
from samescreen.grants import Grant, grants_from, words_of

from .access_admin import AccessAdmin, NewLink
from .links import Link
from .site import (
    Route,
    Site,
    SiteRequest,
    SiteResponse,
    fields_in,
    json_response,
    now_s,
    require_grant,
    text_in,
)

_Fields = dict[str, Any]
_Act = Callable[[AccessAdmin, _Fields], object]


def _act(act: _Act) -> Route:
    """A route for the host link only. It answers 400 with words where `act` raises UsageError."""

    async def route(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
        require_grant(site, request, Grant.HOST)
        admin = AccessAdmin(site.gatekeeper, site.audience.hub.people)
        try:
            return json_response(act(admin, fields_in(body)))
        except UsageError as error:
            raise Refused(400, str(error)) from None

    return route


def _list_links(admin: AccessAdmin, fields: _Fields) -> object:
    """All links, without secrets: somebody who sees the list on a screen cannot come in by it."""
    return {"links": [_public(link) for link in admin.links]}


def _new_link(admin: AccessAdmin, fields: _Fields) -> object:
    known = ("name", "grants", "may_ask", "expires_in_s", "uses")
    if unknown := fields.keys() - set(known):
        raise UsageError(f"a link has no {min(unknown)!s:.40}; it has {', '.join(known)}")
    return _with_secret(admin.new_link(NewLink.of(**fields), now_s()))


def _new_viewer_link(admin: AccessAdmin, fields: _Fields) -> object:
    return _with_secret(admin.new_viewer_link())


def _end_link(admin: AccessAdmin, fields: _Fields) -> object:
    return _done(admin.end_link(text_in(fields, "link")), "link")


def _list_people(admin: AccessAdmin, fields: _Fields) -> object:
    people = [
        {
            "person": person.person_id,
            "link": person.link_id,
            "address": person.address,
            "grants": words_of(person.grants),
            "connections": len(person.connections),
        }
        for person in admin.people
    ]
    waiting = [{"link": link, "network": network} for link, network in admin.waiting]
    return {"people": people, "waiting": waiting, "locked": admin.is_locked}


def _put_out(admin: AccessAdmin, fields: _Fields) -> object:
    return _done(admin.put_out(text_in(fields, "person"), now_s()), "person")


def _let_back(admin: AccessAdmin, fields: _Fields) -> object:
    admin.let_back(text_in(fields, "link"), text_in(fields, "network").partition("/")[0])
    return {}


def _set_grants(admin: AccessAdmin, fields: _Fields) -> object:
    given = fields.get("grants")
    if not isinstance(given, list):
        raise UsageError("grants are a list of words such as watch")
    person = text_in(fields, "person")
    return _done(admin.set_grants(person, grants_from(given), clock_us()), "person")


def _lock(admin: AccessAdmin, fields: _Fields) -> object:
    locked = fields.get("locked")
    if not isinstance(locked, bool):
        raise UsageError('send {"locked": true} or {"locked": false}')
    admin.lock(locked)
    return {"locked": admin.is_locked}


def _done(was_found: bool, what: str) -> object:
    if not was_found:
        raise Refused(404, f"There is no such {what}.")
    return {}


def _public(link: Link) -> dict[str, object]:
    return {
        "link": link.link_id,
        "name": link.name,
        "grants": words_of(link.grants),
        "may_ask": words_of(link.may_ask),
        "expires_s": link.expires_s,
        "uses_left": link.uses_left,
    }


def _with_secret(link: Link) -> dict[str, object]:
    return {**_public(link), "token": link.secret}


HOST_ROUTES: Final[dict[tuple[str, str], Route]] = {
    ("GET", "/api/links"): _act(_list_links),
    ("POST", "/api/links"): _act(_new_link),
    ("POST", "/api/links/viewer"): _act(_new_viewer_link),
    ("POST", "/api/links/end"): _act(_end_link),
    ("GET", "/api/people"): _act(_list_people),
    ("POST", "/api/people/out"): _act(_put_out),
    ("POST", "/api/people/back"): _act(_let_back),
    ("POST", "/api/people/grants"): _act(_set_grants),
    ("POST", "/api/lock"): _act(_lock),
}
