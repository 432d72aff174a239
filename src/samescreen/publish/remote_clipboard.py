"""The clipboard of a host that publishes here: it lies there, and that host decides. Event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from samescreen.control.clips import Clip, ClipKind, clip_of
from samescreen.errors import ClipTooLarge, UsageError
from samescreen.hub.publisher import ReportClip
from samescreen.wire.carried import (
    MOST_BYTES,
    TOO_LARGE,
    Carried,
    Carry,
    ClipReceiver,
    ClipSender,
    Part,
    Took,
)
from samescreen.wire.publishing import ToPublisher

_PUT_S: Final = 60.0
"""A way to the host of 150 kbit/s carries the largest clip in that time."""
_SLOW: Final = "the clipboard did not reach the host in time"
_GONE: Final = "the host is not connected any more"


class RemoteClipboard:
    """Implements `ClipboardSink`. `send`: to that host."""

    def __init__(self, send: Callable[[ToPublisher], None]) -> None:
        self._send = send
        self._report: ReportClip | None = None
        self._refuse: Callable[[str], None] | None = None
        self._is_over = False
        self._turn = asyncio.Lock()
        self._sender = ClipSender(send)
        self._answer: asyncio.Future[str] | None = None
        self._receiver = ClipReceiver(send)
        self._unread: tuple[Clip, frozenset[str]] | None = None
        """What came, with those who may see it, before anybody here read it."""

    def read(self, report: ReportClip | None, refuse: Callable[[str], None] | None) -> None:
        """Report what that host shows of its clipboard; None: no longer."""
        self._report, self._refuse = report, refuse
        unread = self._unread
        if report is not None and unread is not None:
            self._unread = None
            report(*unread)

    async def put(self, clip: Clip, by: str) -> bool:
        """Set the clipboard there, for that person here.

        Raises:
            ClipTooLarge: it has more than `MOST_BYTES`.
            UsageError: the host says no.
        """
        if len(clip.content) > MOST_BYTES:
            raise ClipTooLarge(TOO_LARGE)
        async with self._turn:
            if self._is_over:
                raise UsageError(_GONE)
            self._answer = asyncio.get_running_loop().create_future()
            self._sender.begin(clip.kind.value, clip.content, [by])
            try:
                async with asyncio.timeout(_PUT_S):
                    refused = await self._answer
            except TimeoutError:
                refused = _SLOW
            finally:
                self._sender.stop()
                self._answer = None
        if refused:
            raise UsageError(refused)
        return True

    async def put_files(self, uris: tuple[str, ...]) -> bool:
        """Never: files do not go to that host."""
        return False

    def received(self, message: Carried) -> None:
        """A message of that host. Raises ProtocolError: it makes no sense."""
        if isinstance(message, Took):
            ended = self._sender.took(message)
            if ended is not None:
                self._answered(ended.refused)
        elif isinstance(message, Carry):
            self._comes(message)
        else:
            self._add(message)

    def close(self) -> None:
        """The connection is gone."""
        self._is_over = True
        self._receiver.stop()
        self._answered(_GONE)

    def _answered(self, refused: str) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(refused)

    def _comes(self, carry: Carry) -> None:
        """What was copied there before is out of date; something new may follow."""
        self._unread = None
        self._receiver.stop()
        if carry.kind == "none":
            if self._refuse is not None:
                self._refuse(carry.detail)
        elif not 0 < carry.size_bytes <= MOST_BYTES:
            self._receiver.begin(carry, refused="it is too large")
        else:
            self._receiver.begin(carry)

    def _add(self, part: Part) -> None:
        whole = self._receiver.add(part)
        if whole is None:
            return
        carry, content = whole
        self._send(Took(part.number, done=True))
        with suppress(UsageError):  # it is not what its kind says
            clip = clip_of(ClipKind(carry.kind), content)
            self._unread = clip, frozenset(carry.guests)
            self.read(self._report, self._refuse)
