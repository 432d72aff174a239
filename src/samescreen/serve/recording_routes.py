"""The routes of the host link that record, list what was recorded, and hand it out. Event loop.

A request names no path: whoever has the host link may be elsewhere, and must not choose what is
written on this machine.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import quote

from samescreen.aside import waited_for
from samescreen.errors import Refused, UsageError
from samescreen.grants import Grant
from samescreen.record.recordings import Recordings

from .file_part import FilePart, range_in
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

_PLACE: Final = "the folder of recordings"


def _recordings(site: Site, request: SiteRequest) -> Recordings:
    """Raises Refused: not for whoever asks, or this site records nothing."""
    require_grant(site, request, Grant.HOST)
    if site.recordings is None:
        raise Refused(404, "Nothing is recorded here.")
    return site.recordings


async def _act(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    recordings, fields = _recordings(site, request), fields_in(body)
    person = require_grant(site, request, Grant.HOST)
    act, acts = text_in(fields, "do"), site.audience.hub.acts
    actor = person.name_or_address
    try:
        if act == "start":
            path = await recordings.begin("", text_in(fields, "stream"))
            acts.did(actor, "record", name=path.name)
            return json_response({"file": path.name})
        if act == "stop":
            recordings.stop()
            await recordings.stopped()
            acts.did(actor, "record-off")
            return json_response({})
        if act == "save":
            saved = [made.path.name for made in await recordings.save()]
            acts.did(actor, "save", name=", ".join(saved))
            return json_response({"files": saved})
    except UsageError as error:
        raise Refused(400, str(error)) from None
    raise Refused(400, 'send {"do": "start"}, {"do": "stop"} or {"do": "save"}')


async def _list(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    recordings = _recordings(site, request)
    listing = await waited_for(recordings.listing, _PLACE)
    now, kept = recordings.now(), recordings.kept()
    return json_response(
        {
            "recording": asdict(now) if now is not None else None,
            "kept": asdict(kept) if kept is not None else None,
            "fault": recordings.fault,
            "files": [asdict(each) for each in listing],
        }
    )


async def _file(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    recordings = _recordings(site, request)
    may_go_on = partial(still_holds, site, require_grant(site, request, Grant.HOST), Grant.HOST)
    path, status = await waited_for(partial(_found, recordings, request.name), _PLACE)
    size, tag = status.st_size, f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": tag,
        "Content-Disposition": f"inline; filename*=UTF-8''{quote(path.name, safe='')}",
    }
    is_same = request.header("If-Range") in (None, tag)
    wanted = range_in(request.header("Range"), size) if is_same else None
    if wanted is None:
        part = FilePart(path, 0, size, may_go_on=may_go_on)
        return SiteResponse(content_type="video/mp4", headers=headers, part=part)
    start, length = wanted
    if length == 0:
        headers["Content-Range"] = f"bytes */{size}"
        return SiteResponse(b"There is nothing in that range.\n", status=416, headers=headers)
    headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{size}"
    part = FilePart(path, start, length, may_go_on=may_go_on)
    return SiteResponse(content_type="video/mp4", status=206, headers=headers, part=part)


def _found(recordings: Recordings, name: str) -> tuple[Path, os.stat_result]:
    """The file of that name. Raises Refused."""
    path = recordings.find(name)
    with suppress(OSError):
        if path is not None:
            return path, path.stat()
    raise Refused(404, "There is no such recording.")


RECORDING_ROUTES: Final[dict[tuple[str, str], Route]] = {
    ("POST", "/api/recording"): _act,
    ("GET", "/api/recordings"): _list,
    ("GET", "/api/recordings/file"): _file,
}
