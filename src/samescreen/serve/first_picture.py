"""The picture that a login brings along, so that a page shows one a round trip sooner. Event loop.

A page names in its login, or in its renewal, which picture it can use, and of which stream. The
answer of the login then travels in a header, and its body is the picture. It grants nothing: who
may not watch, and who waits in the lobby, gets the bare answer. A page shows the picture until its
viewer has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from samescreen.grants import Grant
from samescreen.hub.people import Person
from samescreen.hub.stream import Stream

from .access import Proof
from .site import Site, SiteRequest, SiteResponse, person_of, still_holds, text_in
from .snapshot import sketch, whole

ANSWER_HEADER: Final = "Samescreen-Answer"
"""The JSON of an answer whose body is a picture."""

PATIENCE_S: Final = 0.25
"""No answer waits longer for its picture. At 1920×1080 a sketch takes 10 ms, a still 15 ms."""

MOST_HERE: Final = 8
"""With more people here a login brings no whole still: many at once would fill a network."""

_MAKERS: Final = {"sketch": sketch, "whole": whole}


async def with_picture(
    site: Site,
    request: SiteRequest,
    proof: Proof,
    fields: Mapping[str, Any],
    answer: SiteResponse,
) -> SiteResponse:
    """This JSON answer and the picture named by the field `picture`: "sketch" or "whole".

    `stream` names its stream; an unknown one is the first, as in a hello. The answer itself where
    no picture is asked for, allowed, or ready within `PATIENCE_S`.
    """
    kind = text_in(fields, "picture")
    if kind not in _MAKERS or (kind == "whole" and _is_crowded(site)):
        return answer
    person = person_of(site, request, proof)
    stream = stream_for(site, person, text_in(fields, "stream"))
    made = b"" if stream is None else await _MAKERS[kind](stream, PATIENCE_S)
    if not made or not still_holds(site, person, Grant.WATCH):
        return answer
    headers = {**answer.headers, ANSWER_HEADER: answer.body.decode("ascii")}
    return replace(answer, body=made, content_type="image/jpeg", headers=headers)


def _is_crowded(site: Site) -> bool:
    return sum(bool(each.connections) for each in site.audience.hub.people) > MOST_HERE


def stream_for(site: Site, person: Person, name: str) -> Stream | None:
    """The stream of that name, or the first, if this person may watch now; None: they may not."""
    if person.is_waiting or Grant.WATCH not in person.grants:
        return None
    return site.audience.hub.find(name) or site.audience.hub.find("")
