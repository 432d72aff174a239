"""One run of the clipboard's thread: events of the X server in, selections owned and read."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol

import xcffib
import xcffib.xfixes
import xcffib.xproto

from samescreen.clock import clock_us
from samescreen.control.clips import Clip
from samescreen.errors import SourceLost

from .owning import Content, Owning
from .reading import Reading
from .selections import SelectionConnection


class Wishes(Protocol):
    """What the thread is asked to do."""

    @property
    def is_stopped(self) -> bool:
        """Whether to end."""

    @property
    def is_reading(self) -> bool:
        """Whether to read what programs copy."""

    def take(self) -> list[tuple[Content, Future[bool]]]:
        """What is to be owned, the newest last."""

    def wait(self, until_us: int | None, fd: Any) -> None:
        """Sleep until there is a wish, `fd` is readable, or that time has come."""


def select_for(
    wishes: Wishes, display: str, report: Callable[[Clip], None], refuse: Callable[[str], None]
) -> None:
    """Own and read the clipboard of that display until stopped.

    Raises:
        CaptureError: the server is gone, or lacks an extension.
    """
    connection = SelectionConnection(display)
    try:
        Selecting(wishes, connection, report, refuse).run()
    except xcffib.XcffibException as error:
        raise SourceLost(f"X display {display} went away") from error
    finally:
        connection.close()


class Selecting:
    """The loop over events and wishes."""

    def __init__(
        self,
        wishes: Wishes,
        connection: SelectionConnection,
        report: Callable[[Clip], None],
        refuse: Callable[[str], None],
    ) -> None:
        self._wishes = wishes
        self._x = connection
        self._owning = Owning(connection)
        self._reading = Reading(connection, report, refuse)
        self._asked: list[tuple[Content, Future[bool]]] = []

    def run(self) -> None:
        try:
            while not self._wishes.is_stopped:
                self._look_at_wishes()
                now_us = clock_us()
                self._owning.tick(now_us)
                self._reading.tick(now_us)
                # Last before the wait: each reply may have brought events with it.
                if (event := self._x.next_event()) is not None:
                    self._react(event)
                    continue
                due = [each for each in (self._owning.due_us, self._reading.due_us) if each]
                self._wishes.wait(min(due, default=None), self._x.fd)
        finally:
            for _, done in self._asked:
                done.set_result(False)

    def _look_at_wishes(self) -> None:
        if new := self._wishes.take():
            self._asked += new
            self._x.ask_for_time()
        if not self._wishes.is_reading:
            self._reading.stop()

    def _react(self, event: Any) -> None:
        now_us = clock_us()
        if isinstance(event, xcffib.xproto.SelectionRequestEvent):
            self._owning.requested(event, now_us)
        elif isinstance(event, xcffib.xproto.SelectionClearEvent):
            self._owning.lost(event.time)
        elif isinstance(event, xcffib.xproto.SelectionNotifyEvent):
            self._reading.answered(event, now_us)
        elif isinstance(event, xcffib.xproto.PropertyNotifyEvent):
            if event.window == self._x.window and event.atom == self._x.atoms["_SAMESCREEN_TIME"]:
                self._own(event.time)
            self._owning.property_changed(event, now_us)
            self._reading.property_changed(event, now_us)
        elif isinstance(event, xcffib.xfixes.SelectionNotifyEvent):
            self._owner_changed(event, now_us)

    def _own(self, time: int) -> None:
        asked, self._asked = self._asked, []
        for number, (content, done) in enumerate(asked, 1):
            # Only the newest: the ones before it were replaced already.
            done.set_result(number < len(asked) or self._owning.take(content, time))

    def _owner_changed(self, event: Any, now_us: int) -> None:
        is_other = event.owner not in (0, self._x.window)
        if is_other and self._wishes.is_reading:
            self._reading.begin(event.selection_timestamp, now_us)
        else:
            self._reading.stop()
