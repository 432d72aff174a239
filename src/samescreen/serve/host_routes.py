"""The routes of the host link: links, people and the lock, as JSON. Event loop.

Each needs the host grant. What changes something is a POST, to which the Origin rule applies.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from samescreen.clock import clock_us
from samescreen.errors import Refused, UsageError
from samescreen.grants import Grant, grants_from, words_of

from .links import Link
from .powers import HostPowers, NewLink
from .roster import roster
from .site import Answer, Ask, Route, Site, fields_in, json_answer, now_s, require_grant, text_in

_Fields = dict[str, Any]
_Act = Callable[[HostPowers, _Fields], object]


def _act(act: _Act) -> Route:
    """A route for the host link only; what the host gets wrong is answered in words."""

    async def route(site: Site, ask: Ask, body: bytes) -> Answer:
        powers = _powers(site, ask)
        try:
            return json_answer(act(powers, fields_in(body)))
        except UsageError as error:
            raise Refused(400, str(error)) from None

    return route


def _powers(site: Site, ask: Ask) -> HostPowers:
    """Raises Refused for everybody but the host."""
    person = require_grant(site, ask, Grant.HOST)
    return HostPowers(site.gatekeeper, site.audience.hub, person.name or person.address)


def _list_links(powers: HostPowers, fields: _Fields) -> object:
    """Every link but the secrets: a list that is looked at over a shoulder lets nobody in."""
    return {"links": [_public(link) for link in powers.links]}


def _new_link(powers: HostPowers, fields: _Fields) -> object:
    known = ("name", "grants", "may_ask", "expires_in_s", "uses")
    if unknown := fields.keys() - set(known):
        raise UsageError(f"a link has no {min(unknown)!s:.40}; it has {', '.join(known)}")
    return _with_secret(powers.new_link(NewLink.of(**fields), now_s()))


def _new_viewer_link(powers: HostPowers, fields: _Fields) -> object:
    return _with_secret(powers.new_viewer_link())


def _end_link(powers: HostPowers, fields: _Fields) -> object:
    return _done(powers.end_link(text_in(fields, "link")), "link")


async def _list_people(site: Site, ask: Ask, body: bytes) -> Answer:
    powers, now_us = _powers(site, ask), clock_us()
    people = msgspec.to_builtins(roster(site.audience, powers, now_us))
    newcomers = [
        {"person": each.person_id, "link": each.link_id, "address": each.address}
        for each in powers.newcomers(now_us)
    ]
    waiting = [{"link": link, "network": network} for link, network in powers.waiting]
    listed = {
        "people": people,
        "newcomers": newcomers,
        "waiting": waiting,
        "locked": powers.is_locked,
        "approve": powers.approves,
        "hands": powers.hands.is_on,
        "lines": [
            {"line": each.number, "person": each.person_id, "text": each.text}
            for each in powers.hands.lines
        ],
    }
    return json_answer(listed)


def _hand(powers: HostPowers, fields: _Fields) -> object:
    """Lower one person's hand."""
    return _done(powers.lower_hand(text_in(fields, "person")), "hand")


def _line(powers: HostPowers, fields: _Fields) -> object:
    """Put one line away."""
    number = fields.get("line")
    return _done(isinstance(number, int) and powers.put_line_away(number), "line")


def _hands(powers: HostPowers, fields: _Fields) -> object:
    powers.switch_hands(_switch(fields, "hands"))
    return {"hands": powers.hands.is_on}


def _say(powers: HostPowers, fields: _Fields) -> object:
    person = text_in(fields, "person") or None
    return _done(powers.say(text_in(fields, "text"), person), "person")


def _acts(powers: HostPowers, fields: _Fields) -> object:
    acts = [
        {
            "act": each.number,
            "at_s": each.at_s,
            "actor": each.actor,
            "kind": each.kind,
            "about": each.about,
        }
        for each in powers.acts_since(0)
    ]
    return {"acts": acts}


def _let_in(powers: HostPowers, fields: _Fields) -> object:
    return _done(powers.let_in(text_in(fields, "person")), "person")


def _approve(powers: HostPowers, fields: _Fields) -> object:
    powers.approve(_switch(fields, "approve"))
    return {"approve": powers.approves}


def _broadcast(powers: HostPowers, fields: _Fields) -> object:
    """Any of the three switches; what the fields leave out stays as it is."""
    switches = {"paused": powers.pause, "blanked": powers.blank, "muted": powers.mute}
    if unknown := fields.keys() - switches.keys():
        raise UsageError(f"there is no {min(unknown)!s:.40}; there are {', '.join(switches)}")
    for name in fields:
        _switch(fields, name)
    for name, switch in switches.items():
        if name in fields:
            switch(_switch(fields, name))
    return _get_broadcast(powers, {})


def _get_broadcast(powers: HostPowers, fields: _Fields) -> object:
    broadcast = powers.broadcast
    return {
        "paused": broadcast.is_paused,
        "blanked": broadcast.is_blanked,
        "muted": broadcast.is_muted,
    }


def _put_out(powers: HostPowers, fields: _Fields) -> object:
    return _done(powers.put_out(text_in(fields, "person"), now_s()), "person")


def _let_back(powers: HostPowers, fields: _Fields) -> object:
    powers.let_back(text_in(fields, "link"), text_in(fields, "network").partition("/")[0])
    return {}


def _set_grants(powers: HostPowers, fields: _Fields) -> object:
    given = fields.get("grants")
    if not isinstance(given, list):
        raise UsageError("grants are a list of words such as watch")
    person = text_in(fields, "person")
    return _done(powers.set_grants(person, grants_from(given), clock_us()), "person")


def _lock(powers: HostPowers, fields: _Fields) -> object:
    powers.lock(_switch(fields, "locked"))
    return {"locked": powers.is_locked}


def _switch(fields: _Fields, name: str) -> bool:
    is_on = fields.get(name)
    if not isinstance(is_on, bool):
        raise UsageError(f'send {{"{name}": true}} or {{"{name}": false}}')
    return is_on


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
    ("GET", "/api/people"): _list_people,
    ("POST", "/api/people/out"): _act(_put_out),
    ("POST", "/api/people/back"): _act(_let_back),
    ("POST", "/api/people/in"): _act(_let_in),
    ("POST", "/api/approve"): _act(_approve),
    ("POST", "/api/hands"): _act(_hands),
    ("POST", "/api/hands/lower"): _act(_hand),
    ("POST", "/api/lines/done"): _act(_line),
    ("POST", "/api/say"): _act(_say),
    ("GET", "/api/acts"): _act(_acts),
    ("GET", "/api/broadcast"): _act(_get_broadcast),
    ("POST", "/api/broadcast"): _act(_broadcast),
    ("POST", "/api/people/grants"): _act(_set_grants),
    ("POST", "/api/lock"): _act(_lock),
}
