"""POST /api/input: a program uses mouse and keyboard of a shared source. Event loop.

Only programs: a bearer whose link carries control. Pages have `/ws/control`.
"""

from __future__ import annotations

from typing import Final

from samescreen.clock import clock_us
from samescreen.control.actions import events_of, order_from_json
from samescreen.errors import ProtocolError, Refused, UsageError
from samescreen.grants import Grant

from .links import HOST, VIEWER
from .site import (
    Route,
    Site,
    SiteRequest,
    SiteResponse,
    authenticate,
    json_response,
    require_grant,
    seconds_of,
)

BUSY: Final = "busy"
"""The cause of a refusal: somebody else acts, or nothing takes input. Try again later."""


async def _input(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    proof = authenticate(site, request)
    if not proof.is_of_program:
        raise Refused(403, "This is for programs: send Authorization: Bearer TOKEN")
    person = require_grant(site, request, Grant.CONTROL)
    hub = site.audience.hub
    try:
        order = order_from_json(body)
        events = [event for action in order.actions for event in events_of(action)]
    except UsageError as error:
        raise Refused(400, str(error)) from None
    stream = hub.find(order.stream)
    if stream is None:
        names = ", ".join(each.stream_id for each in hub.public)
        raise Refused(404, f"There is no such stream; there are: {names}")
    name = "" if proof.link.link_id in (HOST, VIEWER) else proof.link.name
    try:
        outcome = await hub.agents.act(person, name, stream.track, events)
    except ProtocolError as error:
        raise Refused(429, str(error), retry_after_s=1) from None
    if outcome.wait_us:
        seconds = seconds_of(outcome.wait_us)
        raise Refused(429, f"Too much input: go on in {seconds} s.", retry_after_s=seconds)
    if outcome.refusal:
        raise Refused(409, f"{outcome.refusal}.", cause=BUSY)
    return json_response({"applied_us": clock_us(), "cause": outcome.cause})


AGENT_ROUTES: Final[dict[tuple[str, str], Route]] = {("POST", "/api/input"): _input}
