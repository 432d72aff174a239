"""Files between viewers and whoever keeps them, over HTTP. Event loop.

A viewer announces a file, sends it in slices, and goes on where the host says after a break. It
fetches only what the host put up, by an id that says nothing about paths.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from samescreen.errors import Refused, UsageError
from samescreen.flow.token_bucket import ByteBudget
from samescreen.grants import Grant
from samescreen.hub.files import FileKeeper, Misplaced, Part, Progress, Wanted
from samescreen.hub.people import Person
from samescreen.hub.transfers import OfferedFile, Transfers
from samescreen.paths import typed_path
from samescreen.subscribe.audience import Audience
from samescreen.subscribe.far_viewer import queue_us

from .body import Body, BodyRoute
from .local_files import LocalFiles
from .offering import offerable
from .site import (
    Route,
    Site,
    SiteRequest,
    SiteResponse,
    fields_in,
    json_response,
    require_grant,
    still_holds,
    text_in,
)

OFFSET_HEADER: Final = "Upload-Offset"
_IN, _OUT = "/api/files/in", "/api/files/out"


def _keeper(site: Site, request: SiteRequest, grant: Grant) -> tuple[Person, FileKeeper]:
    """Who asks, and who keeps the files. Raises Refused: they may not."""
    person = require_grant(site, request, grant)
    here = LocalFiles(site.audience.hub, site.config.files)
    return person, site.audience.hub.transfers.keeper_for(person, grant) or here


def _may(site: Site, person: Person, grant: Grant) -> Callable[[], bool]:
    return partial(still_holds, site, person, grant)


@dataclass(frozen=True, slots=True)
class _Body:
    """Implements `Body`: no byte of it passes once its sender may send none any more."""

    body: Body
    may: Callable[[], bool]

    async def chunks(self, pace: ByteBudget) -> AsyncGenerator[bytes]:
        async with aclosing(self.body.chunks(pace)) as chunks:
            async for chunk in chunks:
                if not self.may():
                    raise Refused(403, "The host has ended this.")
                yield chunk


@dataclass(frozen=True, slots=True)
class _Part:
    """Implements `Part`: it ends once its reader may read nothing any more."""

    part: Part
    may: Callable[[], bool]

    @property
    def length(self) -> int | None:
        return self.part.length

    async def chunks(self) -> AsyncGenerator[bytes]:
        async with aclosing(self.part.chunks()) as chunks:
            async for chunk in chunks:
                if not self.may():
                    return
                yield chunk


# --- to the host ----------------------------------------------------------------------------------


async def _begin(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    person, keeper = _keeper(site, request, Grant.FILES_IN)
    fields = fields_in(body)
    name, size = text_in(fields, "name"), fields.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size < 2**53:
        raise Refused(400, 'send {"name": "a.txt", "size": 12}')
    return _shown(await keeper.begin(person, name, size), 201)


def _shown(progress: Progress, status: int = 200) -> SiteResponse:
    fields: dict[str, Any] = {"upload": progress.upload_id, "offset": progress.offset}
    if progress.name:
        fields["name"] = progress.name
    return _at(progress.offset, {**fields, "size": progress.size}, status)


def _at(offset: int, fields: Mapping[str, Any], status: int) -> SiteResponse:
    return json_response(fields, status=status, headers={OFFSET_HEADER: str(offset)})


async def _ask(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    person, keeper = _keeper(site, request, Grant.FILES_IN)
    return _shown(await keeper.progress(person, request.name))


async def _continue(site: Site, request: SiteRequest, body: Body) -> SiteResponse:
    person, keeper = _keeper(site, request, Grant.FILES_IN)
    offset, checked = offset_in(request), _Body(body, _may(site, person, Grant.FILES_IN))
    try:
        return _shown(await keeper.go_on(person, request.name, offset, checked))
    except Misplaced as error:
        return _at(error.offset, {"error": str(error), "offset": error.offset}, 409)


def offset_in(request: SiteRequest) -> int:
    """Where the body of this request belongs. Raises Refused: it does not say so."""
    offset = request.header(OFFSET_HEADER) or ""
    if not (offset.isascii() and offset.isdigit() and len(offset) < 17):
        raise Refused(400, f"Say with {OFFSET_HEADER} where these bytes belong.")
    return int(offset)


async def _end(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    """Give a file up: who sends it, or the host."""
    person, keeper = _keeper(site, request, Grant.FILES_IN)
    await keeper.end(person, text_in(fields_in(body), "upload"))
    return json_response({})


# --- to viewers -----------------------------------------------------------------------------------


async def _list(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    person, keeper = _keeper(site, request, Grant.FILES_OUT)
    offers = await keeper.offers(person)
    listed = [{"file": each.file_id, "name": each.name, "size": each.size} for each in offers]
    return json_response({"files": listed})


async def _fetch(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    person, keeper = _keeper(site, request, Grant.FILES_OUT)
    given, is_head = request.header("Range"), request.method == "HEAD"
    wanted = Wanted(request.name, given, request.header("If-Range"), is_head)
    fetched = await keeper.fetch(person, wanted)
    part = _Part(fetched.part, _may(site, person, Grant.FILES_OUT))
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": fetched.etag,
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(fetched.name, safe='')}",
    }
    if not fetched.is_range:
        return SiteResponse(b"", "application/octet-stream", 200, headers, part)
    if not fetched.length:
        headers["Content-Range"] = f"bytes */{fetched.size}"
        return SiteResponse(b"There is nothing in that range.\n", status=416, headers=headers)
    last = fetched.start + fetched.length - 1
    headers["Content-Range"] = f"bytes {fetched.start}-{last}/{fetched.size}"
    return SiteResponse(b"", "application/octet-stream", 206, headers, part)


async def _end_offer(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    person = require_grant(site, request, Grant.HOST)
    transfers = site.audience.hub.transfers
    offer = transfers.offers.pop(text_in(fields_in(body), "file"), None)
    if offer is None:
        raise Refused(404, "There is no such file.")
    transfers.note(person, "file-end", offer.name)
    return json_response({})


def offer_files(transfers: Transfers, paths: Iterable[str | os.PathLike[str]]) -> list[OfferedFile]:
    """Put these files up. Raises UsageError: one is no file that can be read, or too many."""
    return [transfers.offer(*offerable(path)) for path in paths]


def begin_files(audience: Audience, paths: Iterable[str], folder: str = "") -> None:
    """Put up the first files, and have files give way to the pictures of this audience.

    Raises:
        UsageError: one is no file that can be read, or the `folder` for files is no folder.
    """
    if folder and os.path.exists(named := typed_path(folder)) and not named.is_dir():
        raise UsageError(f"--files-folder {folder} is no folder: name another")
    audience.hub.transfers.queue_of = partial(queue_of, audience)
    offer_files(audience.hub.transfers, paths)


def queue_of(audience: Audience, person: Person) -> int:
    """How long the pictures of this person wait on their way now, in µs; 0: none is on its way.

    A measure of before, when pictures last moved, is none: a file beside a screen at rest would
    stay slow for ever.
    """
    viewers = (
        viewer
        for stream in audience.hub.streams.values()
        for viewer in audience.of(stream).everybody
    )
    return max((queue_us(each) for each in viewers if each.person is person), default=0)


FILE_ROUTES: Final[dict[tuple[str, str], Route]] = {
    ("POST", _IN): _begin,
    ("GET", _IN): _ask,
    ("POST", f"{_IN}/end"): _end,
    ("GET", "/api/files"): _list,
    ("GET", _OUT): _fetch,
    ("POST", f"{_OUT}/end"): _end_offer,
}
FILE_BODY_ROUTES: Final[dict[tuple[str, str], BodyRoute]] = {("PATCH", _IN): _continue}
