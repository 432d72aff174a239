"""What a `Share` hands out, and its calls to the program when viewers join or leave.

The values are for any thread; the calls are made on the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from samescreen.subscribe.viewer import Viewer
from samescreen.watcher import Watcher, watcher


@dataclass(frozen=True, slots=True)
class ShareLink:
    """A link that `Share.new_link` made. `url` is "" for a mounted share."""

    id: str
    token: str = field(repr=False)
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who waits to be let in: their id, and the address they come from."""

    person: str
    address: str


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody asks for grants, such as "control": the id of the person, and what they want."""

    person: str
    grants: tuple[str, ...]


class Callbacks:
    """Calls the program when a viewer joins or leaves. On the host's loop."""

    def __init__(
        self, on_join: Callable[[Watcher], None], on_leave: Callable[[Watcher], None]
    ) -> None:
        self._on_join = on_join
        self._on_leave = on_leave
        self._joined: set[str] = set()

    def join(self, viewer: Viewer) -> None:
        self._joined.add(viewer.viewer_id)
        self._call(self._on_join, viewer)

    def leave(self, viewer: Viewer) -> None:
        """Call the program, except for viewers that were refused and so never joined."""
        if viewer.viewer_id in self._joined:
            self._joined.discard(viewer.viewer_id)
            self._call(self._on_leave, viewer)

    def _call(self, callback: Callable[[Watcher], None], viewer: Viewer) -> None:
        # Later, so that what it raises goes to the loop's exception handler and stops nothing here.
        asyncio.get_running_loop().call_soon(callback, watcher(viewer))
