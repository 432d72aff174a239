"""The clipboard of the shared desktop over HTTP: a viewer sets it, or reads what was copied there.

Event loop. Contents are never logged. What a program copied is announced on /ws.
"""

from __future__ import annotations

from typing import Final

from samescreen.clock import clock_us
from samescreen.control.clips import (
    CONTENT_TYPES,
    MAX_CLIP_BYTES,
    ClipKind,
    clip_of,
    kind_of,
    too_large,
)
from samescreen.errors import ClipTooLarge, Refused, UsageError
from samescreen.flow.token_bucket import TokenBucket
from samescreen.grants import Grant

from .body import Body, BodyRoute, whole
from .site import Route, Site, SiteRequest, SiteResponse, json_response, require_grant

BYTES_PER_S: Final = 8 * 1024 * 1024
BURST_BYTES: Final = 256 * 1024
_PATH: Final = "/api/clipboard"


async def _put(site: Site, request: SiteRequest, body: Body) -> SiteResponse:
    person = require_grant(site, request, Grant.CLIPBOARD_IN)
    kind = kind_of(request.header("Content-Type") or "")
    if kind is None:
        raise Refused(415, f"The clipboard takes {' or '.join(CONTENT_TYPES.values())}.")
    if _announced(request) > MAX_CLIP_BYTES[kind]:
        raise Refused(413, _sentence(too_large(kind)))
    clipboard, too_long = site.audience.hub.clipboard, _sentence(too_large(kind))
    pace = TokenBucket(BYTES_PER_S, BURST_BYTES, clock_us())
    try:
        with clipboard.arriving(person):
            content = await whole(body, pace, MAX_CLIP_BYTES[kind], too_long)
            person = require_grant(site, request, Grant.CLIPBOARD_IN)  # it may have taken a while
            await clipboard.put(person, clip_of(kind, content))
    except ClipTooLarge as error:
        raise Refused(413, _sentence(str(error))) from None
    except UsageError as error:
        raise Refused(409, _sentence(str(error))) from None
    return json_response({})


def _announced(request: SiteRequest) -> int:
    """The length in the header; 0 where there is none."""
    length = request.header("Content-Length") or ""
    return int(length) if length.isascii() and length.isdigit() and len(length) < 19 else 0


async def _get(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    person = require_grant(site, request, Grant.CLIPBOARD_OUT)
    clip = site.audience.hub.clipboard.newest_for(person)
    if clip is None:
        raise Refused(404, "Nothing was copied on the host since you came.")
    name = "clipboard.png" if clip.kind is ClipKind.IMAGE else "clipboard.txt"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return SiteResponse(clip.content, CONTENT_TYPES[clip.kind], headers=headers)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


CLIPBOARD_ROUTES: Final[dict[tuple[str, str], Route]] = {("GET", _PATH): _get}
CLIPBOARD_BODY_ROUTES: Final[dict[tuple[str, str], BodyRoute]] = {("POST", _PATH): _put}
