"""Files between viewers and the host over HTTP. Event loop.

A viewer announces a file, sends it in slices, and goes on where the host says after a break. It
fetches only what the host put up, by an id that says nothing about paths.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from samescreen.clock import clock_us
from samescreen.control.uploads import Upload
from samescreen.errors import Refused, UsageError
from samescreen.grants import Grant
from samescreen.hub.people import Person
from samescreen.hub.transfers import Offer, Transfers
from samescreen.subscribe.audience import Audience
from samescreen.subscribe.far_viewer import queue_us

from .body import Body, BodyRoute
from .dropped_files import DroppedFiles
from .file_part import FilePart, range_in
from .offering import offerable
from .site import (
    Route,
    Site,
    SiteRequest,
    SiteResponse,
    fields_in,
    json_response,
    require_grant,
    text_in,
)

MOST_SLICE_BYTES: Final = 64 * 1024 * 1024
_PIECE_BYTES: Final = 256 * 1024
OFFSET_HEADER: Final = "Upload-Offset"
LONGEST_NAME: Final = 1000
_IN, _OUT = "/api/files/in", "/api/files/out"


def _transfers(site: Site) -> Transfers:
    return site.audience.hub.transfers


def _folder(site: Site) -> DroppedFiles:
    if site.config.files is None:
        raise Refused(409, "This host takes no files.")
    return site.config.files


def _refused(error: UsageError) -> Refused:
    words = str(error)
    return Refused(409, f"{words[:1].upper()}{words[1:]}.")


# --- to the host ----------------------------------------------------------------------------------


async def _begin(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    person, folder, transfers = _sender(site, request), _folder(site), _transfers(site)
    fields = fields_in(body)
    name, size = text_in(fields, "name"), fields.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size < 2**53:
        raise Refused(400, 'send {"name": "a.txt", "size": 12}')
    for gone in transfers.uploads.forgotten(clock_us()):
        transfers.uploads.end(gone)
        await folder.discard(gone)
    free_bytes = await folder.free_bytes()
    try:
        upload = transfers.begin(person, name[:LONGEST_NAME], size, free_bytes)
    except UsageError as error:
        raise _refused(error) from None
    try:
        await folder.create(upload)
        return await _state(site, person, upload, 201)
    except BaseException:
        transfers.uploads.end(upload)
        raise


def _sender(site: Site, request: SiteRequest) -> Person:
    return require_grant(site, request, Grant.FILES_IN)


async def _state(site: Site, person: Person, upload: Upload, status: int = 200) -> SiteResponse:
    """How far a file is. One that is whole gets its name, and file managers may paste it."""
    fields: dict[str, Any] = {"upload": upload.upload_id, "offset": upload.offset}
    if upload.is_whole:
        path = await _folder(site).finish(upload)
        transfers = _transfers(site)
        transfers.uploads.end(upload)
        transfers.note(person, "file-in", path.name)
        fields["name"] = path.name
        if Grant.CLIPBOARD_IN in person.grants:
            await site.audience.hub.clipboard.offer_files((path.absolute().as_uri(),))
    headers = {OFFSET_HEADER: str(upload.offset)}
    return json_response({**fields, "size": upload.size}, status=status, headers=headers)


def _upload(site: Site, request: SiteRequest, person: Person) -> Upload:
    found = _transfers(site).uploads.find(request.name, person.person_id)
    if found is None:
        raise Refused(404, "There is no such file on its way; begin it again.")
    return found


async def _ask(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    person = _sender(site, request)
    upload = _upload(site, request, person)
    fields = {"upload": upload.upload_id, "offset": upload.offset, "size": upload.size}
    return json_response(fields, headers={OFFSET_HEADER: str(upload.offset)})


async def _continue(site: Site, request: SiteRequest, body: Body) -> SiteResponse:
    person = _sender(site, request)
    upload = _upload(site, request, person)
    offset = request.header(OFFSET_HEADER) or ""
    if not (offset.isascii() and offset.isdigit() and len(offset) < 17):
        raise Refused(400, f"Say with {OFFSET_HEADER} where these bytes belong.")
    if upload.is_busy:
        raise Refused(409, "Another request sends this file now.")
    upload.is_busy = True
    try:
        _transfers(site).uploads.check(upload, int(offset), 0)
        await _take(site, person, upload, body)
        return await _state(site, person, upload)
    except UsageError as error:
        refused = json_response({"error": str(error), "offset": upload.offset}, status=409)
        return replace(refused, headers={OFFSET_HEADER: str(upload.offset)})
    finally:
        upload.is_busy = False


async def _take(site: Site, person: Person, upload: Upload, body: Body) -> None:
    """Write the body, piece by piece; what came before a break stays."""
    waiting, came = bytearray(), 0
    try:
        async for chunk in body.chunks(_transfers(site).pace_of(person)):
            came += len(chunk)
            if came > MOST_SLICE_BYTES:
                raise Refused(413, f"Send at most {MOST_SLICE_BYTES >> 20} MiB at once.")
            waiting += chunk
            if len(waiting) >= _PIECE_BYTES:
                await _put(site, person, upload, bytes(waiting))
                waiting.clear()
    finally:
        if waiting:
            await _put(site, person, upload, bytes(waiting))


async def _put(site: Site, person: Person, upload: Upload, content: bytes) -> None:
    """Raises Refused: the grant was taken back, or the file was given up meanwhile."""
    uploads = _transfers(site).uploads
    if Grant.FILES_IN not in person.grants or uploads.get(upload.upload_id) is not upload:
        raise Refused(403, "The host has ended this.")
    at = upload.offset
    uploads.check(upload, at, len(content))
    await _folder(site).write(upload, at, content)
    uploads.took(upload, at, len(content), clock_us())


async def _end(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    """Give a file up: who sends it, or the host."""
    person, transfers = _sender(site, request), _transfers(site)
    upload = transfers.uploads.get(text_in(fields_in(body), "upload"))
    is_theirs = upload is not None and upload.person_id == person.person_id
    if upload is None or not (is_theirs or Grant.HOST in person.grants):
        raise Refused(404, "There is no such file on its way.")
    transfers.uploads.end(upload)
    await _folder(site).discard(upload)
    return json_response({})


# --- to viewers -----------------------------------------------------------------------------------


async def _list(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    require_grant(site, request, Grant.FILES_OUT)
    offers = _transfers(site).offers.values()
    listed = [{"file": each.offer_id, "name": each.name, "size": each.size} for each in offers]
    return json_response({"files": listed})


async def _fetch(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    person, transfers = require_grant(site, request, Grant.FILES_OUT), _transfers(site)
    offer = transfers.offers.get(request.name)
    size = None if offer is None else await asyncio.to_thread(_size_of, offer)
    if offer is None or size is None:
        raise Refused(404, "The host does not offer this file any more.")
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": f'"{offer.offer_id}-{size[1]:x}-{size[0]:x}"',
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(offer.name, safe='')}",
    }
    is_same = request.header("If-Range") in (None, headers["ETag"])
    wanted = range_in(request.header("Range"), size[0]) if is_same else None
    start, length = wanted or (0, size[0])
    if wanted is not None and length == 0:
        headers["Content-Range"] = f"bytes */{size[0]}"
        return SiteResponse(b"There is nothing in that range.\n", status=416, headers=headers)
    if wanted is not None:
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{size[0]}"
    if start == 0 and request.method != "HEAD":
        transfers.note(person, "file-out", offer.name)

    def may_go_on() -> bool:
        return Grant.FILES_OUT in person.grants and offer.offer_id in transfers.offers

    part = FilePart(Path(offer.path), start, length, transfers.pace_of(person), may_go_on)
    status = 200 if wanted is None else 206
    return SiteResponse(b"", "application/octet-stream", status, headers, part)


def _size_of(offer: Offer) -> tuple[int, int] | None:
    """Size and time of the last change; None: it is no file any more."""
    try:
        status = os.stat(offer.path)
    except OSError:
        return None
    return (status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None


async def _end_offer(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    person, transfers = require_grant(site, request, Grant.HOST), _transfers(site)
    offer = transfers.offers.pop(text_in(fields_in(body), "file"), None)
    if offer is None:
        raise Refused(404, "There is no such file.")
    transfers.note(person, "file-end", offer.name)
    return json_response({})


def offer_files(transfers: Transfers, paths: Iterable[str | os.PathLike[str]]) -> list[Offer]:
    """Put these files up. Raises UsageError: one is no file that can be read, or too many."""
    return [transfers.offer(*offerable(path)) for path in paths]


def begin_files(audience: Audience, paths: Iterable[str]) -> None:
    """Put up the first files, and have files give way to the pictures of this audience.

    Raises:
        UsageError: one is no file that can be read.
    """
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
