"""The routes of the host link: links, people and the lock, as JSON. Event loop.

Each needs the `host` grant. Those that change something are POSTs, under the Origin rule.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from samescreen.clock import clock_us
from samescreen.errors import Refused, UsageError
from samescreen.grants import Grant, grants_from

from .host_actions import HostActions, NewLink
from .host_overview import (
    OVERVIEW_ROUTES,
    act_fields,
    broadcast_fields,
    link_fields,
    people_fields,
)
from .host_tickets import TICKET_LIFE_S
from .links import Link
from .qr import LONGEST_QR, qr_svg
from .roster import roster
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
from .stream_routes import STREAM_ROUTES

_Fields = dict[str, Any]
_Act = Callable[[HostActions, _Fields], object]


def _act(act: _Act) -> Route:
    """A route for the host link only. It answers 400 with words where `act` raises UsageError."""

    async def route(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
        actions = _actions(site, request)
        try:
            return json_response(act(actions, fields_in(body)))
        except UsageError as error:
            raise Refused(400, str(error)) from None

    return route


def _actions(site: Site, request: SiteRequest) -> HostActions:
    """Raises Refused for everybody but the host."""
    person = require_grant(site, request, Grant.HOST)
    actor = person.name_or_address
    return HostActions(site.gatekeeper, site.audience.hub, actor, person.address)


def _list_links(actions: HostActions, fields: _Fields) -> object:
    """Every link but the secrets: a list that is looked at over a shoulder lets nobody in."""
    return {"links": [link_fields(link) for link in actions.links]}


def _new_link(actions: HostActions, fields: _Fields) -> object:
    known = ("name", "grants", "may_ask", "expires_in_s", "uses")
    if unknown := fields.keys() - set(known):
        raise UsageError(f"a link has no {min(unknown)!s:.40}; it has {', '.join(known)}")
    return _with_secret(actions.new_link(NewLink.of(**fields), now_s()))


def _new_viewer_link(actions: HostActions, fields: _Fields) -> object:
    return _with_secret(actions.new_viewer_link())


def _new_show_link(actions: HostActions, fields: _Fields) -> object:
    return _with_secret(actions.new_show_link(now_s()))


def _new_ticket(actions: HostActions, fields: _Fields) -> object:
    return {"token": actions.new_host_ticket(now_s()), "expires_in_s": TICKET_LIFE_S}


def _secret(actions: HostActions, fields: _Fields) -> object:
    """The token of one link, to hand it out again."""
    secret = actions.secret_of(text_in(fields, "link"))
    if secret is None:
        raise Refused(404, "There is no such link.")
    return {"token": secret}


async def _qr(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    """A QR code of a text, which the host page makes of a link."""
    require_grant(site, request, Grant.HOST)
    text = text_in(fields_in(body), "text")
    if not (text.isascii() and 1 <= len(text) <= LONGEST_QR):
        raise Refused(400, f"a QR code takes 1 to {LONGEST_QR} characters of ASCII, as URLs are")
    return SiteResponse(qr_svg(text), "image/svg+xml")


def _end_link(actions: HostActions, fields: _Fields) -> object:
    return _done(actions.end_link(text_in(fields, "link")), "link")


async def _list_people(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    actions, now_us = _actions(site, request), clock_us()
    people = msgspec.to_builtins(roster(site.audience, actions, now_us))
    return json_response({"people": people, **people_fields(actions, now_us)})


def _hand(actions: HostActions, fields: _Fields) -> object:
    """Lower one person's hand."""
    return _done(actions.lower_hand(text_in(fields, "person")), "hand")


def _line(actions: HostActions, fields: _Fields) -> object:
    """Put one line away."""
    number = fields.get("line")
    return _done(isinstance(number, int) and actions.put_line_away(number), "line")


def _hands(actions: HostActions, fields: _Fields) -> object:
    actions.switch_hands(_switch(fields, "hands"))
    return {"hands": actions.hands.is_on}


def _ink(actions: HostActions, fields: _Fields) -> object:
    actions.allow_ink(_switch(fields, "ink"))
    return {"ink": actions.ink.is_on}


def _clear_ink(actions: HostActions, fields: _Fields) -> object:
    return _done(actions.clear_ink(text_in(fields, "person") or None), "mark")


def _say(actions: HostActions, fields: _Fields) -> object:
    person = text_in(fields, "person") or None
    return _done(actions.say(text_in(fields, "text"), person), "person")


def _acts(actions: HostActions, fields: _Fields) -> object:
    return {"acts": act_fields(actions)}


def _answer(actions: HostActions, fields: _Fields) -> object:
    return _done(actions.answer(text_in(fields, "person"), _switch(fields, "yes")), "request")


def _end_control(actions: HostActions, fields: _Fields) -> object:
    actions.end_control()
    return {}


def _voices(actions: HostActions, fields: _Fields) -> object:
    actions.voices.switch(_switch(fields, "voices"), clock_us())
    return {"voices": actions.voices.now.is_on}


def _mute_voice(actions: HostActions, fields: _Fields) -> object:
    person, is_muted = text_in(fields, "person"), _switch(fields, "muted")
    return _done(actions.voices.mute(person, is_muted, clock_us()), "person")


def _ask_to_show(actions: HostActions, fields: _Fields) -> object:
    """Ask somebody for their screen, or take the question back."""
    person, is_asked = text_in(fields, "person"), _switch(fields, "ask")
    if is_asked:
        found = actions.showing.ask(person, actions.name, clock_us())
    else:
        found = actions.showing.withdraw(person)
    return _done(found, "person" if is_asked else "question")


def _give_back(actions: HostActions, fields: _Fields) -> object:
    actions.give_control_back()
    return {}


def _let_in(actions: HostActions, fields: _Fields) -> object:
    return _done(actions.let_in(text_in(fields, "person")), "person")


def _approve(actions: HostActions, fields: _Fields) -> object:
    actions.approve(_switch(fields, "approve"))
    return {"approve": actions.approves}


def _broadcast(actions: HostActions, fields: _Fields) -> object:
    """Any of the three switches; what the fields leave out stays as it is."""
    switches = {"paused": actions.pause, "blanked": actions.blank, "muted": actions.mute}
    if unknown := fields.keys() - switches.keys():
        raise UsageError(f"there is no {min(unknown)!s:.40}; there are {', '.join(switches)}")
    for name in fields:
        _switch(fields, name)
    for name, switch in switches.items():
        if name in fields:
            switch(_switch(fields, name))
    return _get_broadcast(actions, {})


def _get_broadcast(actions: HostActions, fields: _Fields) -> object:
    return broadcast_fields(actions)


def _put_out(actions: HostActions, fields: _Fields) -> object:
    return _done(actions.put_out(text_in(fields, "person"), now_s()), "person")


def _let_back(actions: HostActions, fields: _Fields) -> object:
    actions.let_back(text_in(fields, "link"), text_in(fields, "network").partition("/")[0])
    return {}


def _set_grants(actions: HostActions, fields: _Fields) -> object:
    given = fields.get("grants")
    if not isinstance(given, list):
        raise UsageError("grants are a list of words such as watch")
    person = text_in(fields, "person")
    return _done(actions.set_grants(person, grants_from(given), clock_us()), "person")


def _lock(actions: HostActions, fields: _Fields) -> object:
    actions.lock(_switch(fields, "locked"))
    return {"locked": actions.is_locked}


def _switch(fields: _Fields, name: str) -> bool:
    is_on = fields.get(name)
    if not isinstance(is_on, bool):
        raise UsageError(f'send {{"{name}": true}} or {{"{name}": false}}')
    return is_on


def _done(was_found: bool, what: str) -> object:
    if not was_found:
        raise Refused(404, f"There is no such {what}.")
    return {}


def _with_secret(link: Link) -> dict[str, object]:
    return {**link_fields(link), "token": link.secret}


HOST_ROUTES: Final[dict[tuple[str, str], Route]] = {
    ("GET", "/api/links"): _act(_list_links),
    ("POST", "/api/links"): _act(_new_link),
    ("POST", "/api/links/viewer"): _act(_new_viewer_link),
    ("POST", "/api/links/show"): _act(_new_show_link),
    ("POST", "/api/links/end"): _act(_end_link),
    ("POST", "/api/links/secret"): _act(_secret),
    ("POST", "/api/links/ticket"): _act(_new_ticket),
    ("POST", "/api/qr"): _qr,
    ("GET", "/api/people"): _list_people,
    ("POST", "/api/people/out"): _act(_put_out),
    ("POST", "/api/people/back"): _act(_let_back),
    ("POST", "/api/people/in"): _act(_let_in),
    ("POST", "/api/people/show"): _act(_ask_to_show),
    ("POST", "/api/requests"): _act(_answer),
    ("POST", "/api/control/end"): _act(_end_control),
    ("POST", "/api/control/give-back"): _act(_give_back),
    ("POST", "/api/approve"): _act(_approve),
    ("POST", "/api/hands"): _act(_hands),
    ("POST", "/api/hands/lower"): _act(_hand),
    ("POST", "/api/lines/done"): _act(_line),
    ("POST", "/api/ink"): _act(_ink),
    ("POST", "/api/ink/clear"): _act(_clear_ink),
    ("POST", "/api/voices"): _act(_voices),
    ("POST", "/api/voices/mute"): _act(_mute_voice),
    ("POST", "/api/say"): _act(_say),
    ("GET", "/api/acts"): _act(_acts),
    ("GET", "/api/broadcast"): _act(_get_broadcast),
    ("POST", "/api/broadcast"): _act(_broadcast),
    ("POST", "/api/people/grants"): _act(_set_grants),
    ("POST", "/api/lock"): _act(_lock),
    **OVERVIEW_ROUTES,
    **STREAM_ROUTES,
}
