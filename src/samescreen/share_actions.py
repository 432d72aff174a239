"""What a Python program may do as the host: links, people, and what is let out. Any thread.

Each method raises NotSharing unless the share runs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import TypeVar

from samescreen.clock import clock_us
from samescreen.serve.host_actions import HostActions, NewLink
from samescreen.serve.site import now_s
from samescreen.share_values import Newcomer, ShareLink
from samescreen.watcher import Watcher

T = TypeVar("T")


class ShareActions(ABC):
    """The part of `Share` that acts as the host."""

    # Links

    def new_link(
        self,
        name: str = "",
        *,
        grants: Iterable[str] = ("watch",),
        may_ask: Iterable[str] = (),
        expires_in_s: int | None = None,
        uses: int | None = None,
    ) -> ShareLink:
        """Make one more link, which gives `grants`, expires, and lets in so many people.

        Raises:
            UsageError: a grant or number that makes no sense.
        """
        wanted = NewLink.of(name, grants, may_ask, expires_in_s, uses)
        link = self._do(lambda actions: actions.new_link(wanted, now_s()))
        return ShareLink(link.link_id, link.secret, self._link_url(link.secret))

    def end_link(self, link: ShareLink) -> None:
        """End a link, and the connections of everybody who came in by it."""
        self._do(lambda actions: actions.end_link(link.id))

    def new_viewer_link(self) -> None:
        """Replace `url`, `token` and `pin`. Everybody who came in by the old ones is out."""
        self._do(HostActions.new_viewer_link)
        self._viewer_link_changed()

    # People

    def put_out(self, watcher: Watcher) -> bool:
        """End somebody's connections for good; their address waits for the host (docs/security.md).

        Returns whether they were still here.
        """
        return self._do(lambda actions: actions.put_out(watcher.person, now_s()))

    def lock(self, is_locked: bool = True) -> None:
        """Let in only people who were in before, and the host link; False: let in all again."""
        self._do(lambda actions: actions.lock(is_locked))

    def approve(self, is_on: bool = True) -> None:
        """Have newcomers wait until `let_in`; False: let in all who wait, and all who come."""
        self._do(lambda actions: actions.approve(is_on))

    @property
    def newcomers(self) -> tuple[Newcomer, ...]:
        """Those who wait to be let in, the oldest first."""
        waiting = self._do(lambda actions: actions.newcomers(clock_us()))
        return tuple(Newcomer(each.person_id, each.address) for each in waiting)

    def let_in(self, newcomer: Newcomer) -> bool:
        """Let somebody in who waits. Returns whether they were still waiting."""
        return self._do(lambda actions: actions.let_in(newcomer.person))

    def turn_away(self, newcomer: Newcomer) -> bool:
        """End somebody's wait for good, as `put_out` does."""
        return self._do(lambda actions: actions.put_out(newcomer.person, now_s()))

    def say(self, text: str, to: Watcher | None = None) -> bool:
        """Show one line to a watcher; None: to everybody. Returns whether they were still here.

        Raises:
            UsageError: the line is empty or too long.
        """
        person = None if to is None else to.person
        return self._do(lambda actions: actions.say(text, person))

    # What is let out

    def pause(self, is_on: bool = True) -> None:
        """Grab, record and send nothing; viewers see that the host paused. False: go on."""
        self._do(lambda actions: actions.pause(is_on))

    def blank(self, is_on: bool = True) -> None:
        """Show black instead of the picture, at once; False: show the picture again."""
        self._do(lambda actions: actions.blank(is_on))

    def mute(self, is_on: bool = True) -> None:
        """Send no sound; False: send it again."""
        self._do(lambda actions: actions.mute(is_on))

    @abstractmethod
    def _do(self, call: Callable[[HostActions], T]) -> T:
        """Call this on the host's loop and return what it returns. Raises NotSharing."""

    @abstractmethod
    def _link_url(self, token: str) -> str:
        """Where a link with this token leads; "" where only the application knows."""

    @abstractmethod
    def _viewer_link_changed(self) -> None:
        """The host has another viewer link."""
