"""The host's ends of passages: it takes a guest's bytes, or gives those that a guest waits for.

Event loop. The host was told the name of each on /ws/publish. Nothing here touches a disk.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from samescreen.errors import Refused
from samescreen.grants import Grant
from samescreen.hub.passages import Passage

from .body import Body, BodyRoute
from .file_routes import OFFSET_HEADER, offset_in
from .links import PUBLISHER
from .site import Route, Site, SiteRequest, SiteResponse, authenticate, json_response, require_grant

PATH: Final = "/api/passage"
_GONE: Final = "Nobody waits for this any more."


def _passage(site: Site, request: SiteRequest, *, is_up: bool) -> Passage:
    """Raises Refused: the request is not of a host, or there is no such passage."""
    require_grant(site, request, Grant.PUBLISH)
    is_host = authenticate(site, request).link.link_id == PUBLISHER
    if not (is_host or site.gatekeeper.is_open):
        raise Refused(403, "This needs the publish token.")
    found = site.audience.hub.transfers.passages.find(request.name, is_up=is_up)
    if found is None:
        raise Refused(404, _GONE)
    return found


@dataclass(frozen=True, slots=True)
class _Unmeasured:
    """Implements `Part`: all bytes of a passage, however many."""

    passage: Passage
    length: None = None

    def chunks(self) -> AsyncGenerator[bytes]:
        return self.passage.chunks()


async def _take(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    """What a guest sends."""
    passage = _passage(site, request, is_up=True)
    if request.method == "HEAD" or passage.is_read:
        raise Refused(409, "These bytes are handed out once.")
    passage.is_read = True
    headers = {"X-Accel-Buffering": "no"}  # nginx passes them on as they come
    return SiteResponse(b"", "application/octet-stream", 200, headers, _Unmeasured(passage))


async def _give(site: Site, request: SiteRequest, body: Body) -> SiteResponse:
    """The next bytes of what a guest waits for."""
    passage = _passage(site, request, is_up=False)
    if passage.is_busy or offset_in(request) != passage.came:
        raise Refused(409, f"These bytes go on at {passage.came}.")
    passage.is_busy = True
    is_whole = False
    try:
        async with aclosing(body.chunks(passage.pace)) as chunks:
            async for chunk in chunks:
                await passage.put(chunk)
        is_whole = True
    except OSError:
        raise Refused(404, _GONE) from None
    finally:
        passage.is_busy = False
        if not is_whole:
            passage.break_off()
    return json_response({"offset": passage.came}, headers={OFFSET_HEADER: str(passage.came)})


PASSAGE_ROUTES: Final[dict[tuple[str, str], Route]] = {("GET", PATH): _take}
PASSAGE_BODY_ROUTES: Final[dict[tuple[str, str], BodyRoute]] = {("PUT", PATH): _give}
