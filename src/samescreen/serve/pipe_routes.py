"""The host's ends of pipes: it takes a guest's bytes, or gives those that a guest waits for.

Event loop. The relay names each pipe to the host on /ws/publish. Nothing here touches a disk.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from samescreen.errors import Refused
from samescreen.grants import Grant
from samescreen.hub.pipes import Pipe

from .body import Body, BodyRoute
from .file_routes import OFFSET_HEADER, offset_in
from .links import PUBLISHER
from .site import Route, Site, SiteRequest, SiteResponse, authenticate, json_response, require_grant

PATH: Final = "/api/pipe"
_GONE: Final = "Nobody waits for this any more."


def _pipe(site: Site, request: SiteRequest, *, is_up: bool) -> Pipe:
    """Raises Refused: the request is not of a host, or there is no such pipe."""
    require_grant(site, request, Grant.PUBLISH)
    is_host = authenticate(site, request).link.link_id == PUBLISHER
    if not (is_host or site.gatekeeper.is_open):
        raise Refused(403, "This needs the publish token.")
    found = site.audience.hub.transfers.pipes.find(request.name, is_up=is_up)
    if found is None:
        raise Refused(404, _GONE)
    return found


@dataclass(frozen=True, slots=True)
class _Unmeasured:
    """Implements `Part`: all bytes of a pipe, however many."""

    pipe: Pipe
    length: None = None

    def chunks(self) -> AsyncGenerator[bytes]:
        return self.pipe.chunks()


async def _take(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    """What a guest sends."""
    pipe = _pipe(site, request, is_up=True)
    if request.method == "HEAD" or pipe.is_read:
        raise Refused(409, "These bytes are handed out once.")
    pipe.is_read = True
    headers = {"X-Accel-Buffering": "no"}  # nginx passes them on as they come
    return SiteResponse(b"", "application/octet-stream", 200, headers, _Unmeasured(pipe))


async def _give(site: Site, request: SiteRequest, body: Body) -> SiteResponse:
    """The next bytes of what a guest waits for."""
    pipe = _pipe(site, request, is_up=False)
    if pipe.is_busy or offset_in(request) != pipe.came:
        raise Refused(409, f"These bytes go on at {pipe.came}.")
    pipe.is_busy = True
    is_whole = False
    try:
        async with aclosing(body.chunks(pipe.pace)) as chunks:
            async for chunk in chunks:
                await pipe.put(chunk)
        is_whole = True
    except OSError:
        raise Refused(404, _GONE) from None
    finally:
        pipe.is_busy = False
        if not is_whole:
            pipe.break_off()
    return json_response({"offset": pipe.came}, headers={OFFSET_HEADER: str(pipe.came)})


PIPE_ROUTES: Final[dict[tuple[str, str], Route]] = {("GET", PATH): _take}
PIPE_BODY_ROUTES: Final[dict[tuple[str, str], BodyRoute]] = {("PUT", PATH): _give}
