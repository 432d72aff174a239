"""Which source the key `n` shares next: the screens, and what was shared before. Event loop.

Windows and cameras are left out unless they were shared before: one key must not show everybody
what nobody chose to share.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from samescreen.aside import waited_for
from samescreen.capture.choose import KINDS
from samescreen.errors import SamescreenError

_WITHIN_S: Final = 5.0


def list_screens() -> list[str]:
    """The specs of all screens; may block. Empty where there is none."""
    try:
        return [each.spec for each in KINDS["screen"].list()]
    except SamescreenError:
        return []


class NextSource:
    """The sources in turn. `sources`: what is shared at first."""

    def __init__(
        self, sources: Sequence[str], screens: Callable[[], list[str]] = list_screens
    ) -> None:
        self._shared = list(dict.fromkeys(sources))
        self._current = sources[0] if sources else ""
        self._screens = screens

    def shared(self, source: str, is_first: bool = True) -> None:
        """This is shared now; `is_first`: in place of the current one."""
        if is_first:
            self._current = source
        if source not in self._shared:
            self._shared.append(source)

    async def find(self) -> str | None:
        """The source after the current one; None: there is no other."""
        try:
            async with asyncio.timeout(_WITHIN_S):
                screens = await waited_for(self._screens, "the list of screens")
        except TimeoutError:
            screens = []
        return after(self._current, screens, self._shared)


def after(current: str, screens: Sequence[str], shared: Sequence[str]) -> str | None:
    """The one after `current` among the screens and what was shared; None: there is no other."""
    names = {"screen": screens[0]} if screens else {}
    turns = list(dict.fromkeys(names.get(each, each) for each in (*screens, *shared)))
    current = names.get(current, current)
    if current not in turns:
        return turns[0] if turns else None
    following = turns[(turns.index(current) + 1) % len(turns)]
    return following if following != current else None
