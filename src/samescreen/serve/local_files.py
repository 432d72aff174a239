"""Files of this machine: what people send goes to one folder, and they fetch what it put up.

Event loop; the disk is used on other threads. No path comes from outside, and none is shown.
"""

from __future__ import annotations

import asyncio
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from samescreen.clock import clock_us
from samescreen.control.uploads import Upload
from samescreen.errors import Refused, UsageError
from samescreen.grants import Grant
from samescreen.hub.files import Body, Fetched, Misplaced, Offered, Progress, Wanted
from samescreen.hub.hub import Hub
from samescreen.hub.people import Person
from samescreen.hub.transfers import OfferedFile, Transfers

from .dropped_files import DroppedFiles
from .file_part import FilePart, range_in

MOST_SLICE_BYTES: Final = 64 * 1024 * 1024
LONGEST_NAME: Final = 1000
_PIECE_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class LocalFiles:
    """Implements `FileKeeper`. `folder`: where files of people go; None: nowhere."""

    hub: Hub
    folder: DroppedFiles | None

    @property
    def _transfers(self) -> Transfers:
        return self.hub.transfers

    @property
    def _open_folder(self) -> DroppedFiles:
        if self.folder is None:
            raise Refused(409, "This host takes no files.")
        return self.folder

    # --- to this machine ----------------------------------------------------------------------

    async def begin(self, person: Person, name: str, size: int) -> Progress:
        """See `FileKeeper.begin`."""
        folder, transfers = self._open_folder, self._transfers
        for gone in transfers.uploads.forgotten(clock_us()):
            transfers.uploads.end(gone)
            await folder.discard(gone)
        free_bytes = await folder.free_bytes()
        try:
            upload = transfers.begin(person, name[:LONGEST_NAME], size, free_bytes)
        except UsageError as error:
            words = str(error)
            raise Refused(409, f"{words[:1].upper()}{words[1:]}.") from None
        try:
            await folder.create(upload)
            return await self._finished(person, upload)
        except BaseException:
            transfers.uploads.end(upload)
            raise

    async def progress(self, person: Person, upload_id: str) -> Progress:
        """See `FileKeeper.progress`."""
        return _progress(self._upload(upload_id, person))

    async def go_on(self, person: Person, upload_id: str, offset: int, body: Body) -> Progress:
        """See `FileKeeper.go_on`."""
        upload = self._upload(upload_id, person)
        if upload.is_busy:
            raise Refused(409, "Another request sends this file now.")
        upload.is_busy = True
        try:
            self._transfers.uploads.check(upload, offset, 0)
            await self._take(person, upload, body)
            return await self._finished(person, upload)
        except UsageError as error:
            raise Misplaced(str(error), upload.offset) from None
        finally:
            upload.is_busy = False

    async def end(self, person: Person, upload_id: str) -> None:
        """See `FileKeeper.end`."""
        upload = self._transfers.uploads.get(upload_id)
        is_theirs = upload is not None and upload.person_id == person.person_id
        if upload is None or not (is_theirs or Grant.HOST in person.grants):
            raise Refused(404, "There is no such file on its way.")
        self._transfers.uploads.end(upload)
        await self._open_folder.discard(upload)

    def _upload(self, upload_id: str, person: Person) -> Upload:
        found = self._transfers.uploads.find(upload_id, person.person_id)
        if found is None:
            raise Refused(404, "There is no such file on its way; begin it again.")
        return found

    async def _finished(self, person: Person, upload: Upload) -> Progress:
        """How far it is. One that is whole gets its name, and file managers may paste it."""
        if not upload.is_whole:
            return _progress(upload)
        path = await self._open_folder.finish(upload)
        self._transfers.uploads.end(upload)
        self._transfers.note(person, "file-in", path.name)
        if Grant.CLIPBOARD_IN in person.grants:
            await self.hub.clipboard.offer_files((path.absolute().as_uri(),))
        return _progress(upload, path.name)

    async def _take(self, person: Person, upload: Upload, body: Body) -> None:
        """Write the body, piece by piece; what came before a break stays."""
        waiting, came = bytearray(), 0
        try:
            async for chunk in body.chunks(self._transfers.pace_of(person)):
                came += len(chunk)
                if came > MOST_SLICE_BYTES:
                    raise Refused(413, f"Send at most {MOST_SLICE_BYTES >> 20} MiB at once.")
                waiting += chunk
                if len(waiting) >= _PIECE_BYTES:
                    await self._put(person, upload, bytes(waiting))
                    waiting.clear()
        finally:
            if waiting:
                await self._put(person, upload, bytes(waiting))

    async def _put(self, person: Person, upload: Upload, content: bytes) -> None:
        """Raises Refused: the grant was taken back, or the file was given up meanwhile."""
        uploads = self._transfers.uploads
        if Grant.FILES_IN not in person.grants or uploads.get(upload.upload_id) is not upload:
            raise Refused(403, "The host has ended this.")
        at = upload.offset
        uploads.check(upload, at, len(content))
        await self._open_folder.write(upload, at, content)
        uploads.took(upload, at, len(content), clock_us())

    # --- from this machine --------------------------------------------------------------------

    async def offers(self, person: Person) -> list[Offered]:
        """See `FileKeeper.offers`."""
        offers = self._transfers.offers.values()
        return [Offered(each.offer_id, each.name, each.size) for each in offers]

    async def fetch(self, person: Person, wanted: Wanted) -> Fetched:
        """See `FileKeeper.fetch`."""
        transfers = self._transfers
        offer = transfers.offers.get(wanted.file_id)
        found = None if offer is None else await asyncio.to_thread(_size_of, offer)
        if offer is None or found is None:
            raise Refused(404, "The host does not offer this file any more.")
        size, changed_ns = found
        etag = f'"{offer.offer_id}-{changed_ns:x}-{size:x}"'
        is_same = wanted.if_range in (None, etag)
        within = range_in(wanted.range_header, size) if is_same else None
        start, length = within or (0, size)
        if not wanted.is_head and start == 0 and (within is None or length):
            transfers.note(person, "file-out", offer.name)

        def may_go_on() -> bool:
            return Grant.FILES_OUT in person.grants and offer.offer_id in transfers.offers

        part = FilePart(Path(offer.path), start, length, transfers.pace_of(person), may_go_on)
        return Fetched(offer.name, etag, size, start, length, within is not None, part)


def _progress(upload: Upload, name: str = "") -> Progress:
    return Progress(upload.upload_id, upload.offset, upload.size, name)


def _size_of(offer: OfferedFile) -> tuple[int, int] | None:
    """Size and time of the last change; None: it is no file any more."""
    try:
        status = os.stat(offer.path)
    except OSError:
        return None
    return (status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None
