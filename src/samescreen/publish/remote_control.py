"""Input for a source of another host: it goes there, and that host decides. Event loop."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Final

from samescreen.clock import clock_us
from samescreen.control.events import At, Event, Input, Mark, Order, Room
from samescreen.control.news import Applied, Escaped, Failed, HandSeen, News, Obstructed
from samescreen.control.wire import input_to_bytes
from samescreen.wire.guests import Act, Acted, Rest
from samescreen.wire.publishing import ToPublisher

_NEWS: Final[dict[str, News]] = {
    "hand": HandSeen(),
    "escaped": Escaped(),
    "covered": Obstructed("covered"),
    "unfocused": Obstructed("unfocused"),
}


class RemoteControl:
    """Implements `ControlSink`. `theirs`: the track's number there. `holder`: who acts here now.

    `fits`: that host does not say whether its desktop takes the size of a page's room.
    """

    fits = False

    def __init__(
        self, theirs: int, send: Callable[[ToPublisher], None], holder: Callable[[], str]
    ) -> None:
        self._theirs = theirs
        self._send = send
        self._holder = holder
        self._guest = ""
        self._report: Callable[[News], None] | None = None

    def begin(self, report: Callable[[News], None]) -> None:
        """Pass input on from now on."""
        self._report = report
        self._guest = self._holder()

    def put(self, events: Sequence[Order]) -> bool:
        """Pass these on, as one message."""
        guest = self._holder()
        if guest != self._guest:  # control went to somebody else who looks at the same picture
            self.end()
            self._guest = guest
        ms = next((each.page_ms for each in events if isinstance(each, At)), 0)
        mark = next((each for each in events if isinstance(each, Mark)), None)
        plain: tuple[Event | Room, ...] = tuple(
            each for each in events if not isinstance(each, At | Mark)
        )
        sequence = 0 if mark is None else mark.sequence
        given = Input(self._theirs, sequence, ms, plain, answered=mark is not None)
        text = base64.b64encode(input_to_bytes(given)).decode()
        self._send(Act(guest, self._theirs, text))
        return True

    def end(self) -> None:
        """Let go there what is held."""
        self._rest(is_cut=False)

    def cut(self) -> None:
        """The same, and drop what waits there."""
        self._rest(is_cut=True)

    def received(self, acted: Acted) -> None:
        """The other host says what became of input."""
        if self._report is None:
            return
        if acted.what == "applied":
            # The clock of the other host is not ours: the page gets the time when this came.
            self._report(Applied(acted.sequence, clock_us()))
        else:
            self._report(_NEWS.get(acted.what) or Failed(acted.detail or "the host says no"))

    def _rest(self, *, is_cut: bool) -> None:
        guest, self._guest = self._guest, ""
        if guest:
            self._send(Rest(guest, is_cut))
