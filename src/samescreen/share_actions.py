"""What a Python program may do as the host: links, people, and what is let out. Any thread.

Each method raises NotSharing unless the share runs.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from contextlib import suppress
from os import PathLike
from typing import TypeVar

from samescreen.clock import clock_us
from samescreen.errors import UsageError
from samescreen.grants import grants_from
from samescreen.host import Host
from samescreen.loop_thread import awaited_on_loop, finished_on_loop
from samescreen.serve.host_actions import HostActions, NewLink
from samescreen.serve.offering import offerable
from samescreen.serve.site import now_s
from samescreen.serve.stream_actions import choose_remotely
from samescreen.serve.stream_limits import held_from
from samescreen.share_values import Asking, Newcomer, ShareLink
from samescreen.tunnelled import Tunnelled
from samescreen.watcher import Watcher

T = TypeVar("T")


class ShareActions(ABC):
    """The part of `Share` that acts as the host."""

    _tunnelled: Tunnelled

    # Links

    @property
    def tunnel_url(self) -> str:
        """The link through the tunnel, for people anywhere; "" while the tunnel has no address."""
        return self._tunnelled.link

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

    def new_show_link(self) -> ShareLink:
        """Make a link for one person to show something here, who sees nothing (docs/host.md).

        Raises:
            UsageError: `view_only`, or there are too many links.
        """
        link = self._do(lambda actions: actions.new_show_link(now_s()))
        return ShareLink(link.link_id, link.secret, self._show_url(link.secret))

    def _show_url(self, token: str) -> str:
        """Through the tunnel if it has https: browsers share a screen through https only."""
        if public := self._tunnelled.show_link(token):
            return public
        host, _ = self._running_on()
        scheme = "http" if host.tls is None else "https"
        return self._link_url(token) and host.links_with(token, scheme, page="show").best

    def end_link(self, link: ShareLink) -> None:
        """End a link, and the connections of everybody who came in by it."""
        self._do(lambda actions: actions.end_link(link.id))

    def new_viewer_link(self) -> None:
        """Replace `url`, `token` and `pin`. Everybody who came in by the old ones is out."""
        self._do(HostActions.new_viewer_link)
        self._viewer_link_changed()

    def offer(self, path: str | PathLike[str]) -> str:
        """Let viewers with the grant files-out fetch this file; an id for `end_offer`.

        Raises:
            UsageError: it is no file that can be read, or there are too many.
        """
        found = offerable(path)
        return self._do(lambda actions: actions.transfers.offer(*found).offer_id)

    def end_offer(self, offer: str) -> bool:
        """Offer a file no more; who fetches it now is cut off. False: there is no such offer."""
        return self._do(lambda actions: actions.end_offer(offer))

    # People

    def put_out(self, watcher: Watcher) -> bool:
        """End somebody's connections for good; their address waits for the host (docs/security.md).

        Returns whether they were still here.
        """
        return self._do(lambda actions: actions.put_out(watcher.person, now_s()))

    def ask_to_show(self, watcher: Watcher) -> bool:
        """Ask somebody to show something of theirs. Returns whether they are still here.

        After a yes they choose what to show. No viewer sees it before `show_to_all`.

        Raises:
            UsageError: `view_only`, or they have the host link.
        """
        return self._do(
            lambda actions: actions.showing.ask(watcher.person, actions.name, clock_us())
        )

    def show_to_all(self, stream: str = "") -> None:
        """Have everybody watch this stream, and newcomers too; "": take that back.

        `stream`: a name of `streams`, or the id of what somebody shows here.

        Raises:
            UsageError: there is no such stream.
        """
        stream_id = stream
        with suppress(UsageError):  # it is not one of the program's own
            stream_id = self._stream_id(stream)
        try:
            self._do(lambda actions: actions.showing.to_all(stream_id))
        except KeyError:
            raise UsageError(f"there is no stream called {stream!r}") from None

    @property
    def requests(self) -> tuple[Asking, ...]:
        """What people ask for, the oldest first. The answer to what stays open is no."""
        asked = self._do(lambda actions: actions.requests)
        return tuple(Asking(each.person_id, each.grants) for each in asked)

    def answer(self, asking: Asking | Watcher, is_yes: bool) -> bool:
        """Give somebody what they ask for, or refuse it. Returns whether they still asked.

        Raises:
            UsageError: a yes while a viewer acts on this machine, who could have typed it.
        """
        return self._do(lambda actions: actions.answer(asking.person, is_yes))

    def end_control(self) -> None:
        """Take mouse and keyboard from everybody who has them; they must ask again."""
        self._do(HostActions.end_control)

    def give_control_back(self) -> None:
        """Let programs act again, after a hand at the machine took over from one."""
        self._do(HostActions.give_control_back)

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

    def set_grants(self, watcher: Watcher, grants: Iterable[str]) -> bool:
        """Set what somebody may do from now on. Returns whether they were still here.

        Raises:
            UsageError: an unknown grant, "host", or they came in by the host link.
        """
        given = grants_from(grants)
        return self._do(lambda actions: actions.set_grants(watcher.person, given, clock_us()))

    def allow_marks(self, is_on: bool = True) -> None:
        """Let those with the grant `point` draw over the picture; False: nobody, marks go."""
        self._do(lambda actions: actions.allow_ink(is_on))

    def clear_marks(self, watcher: Watcher | None = None) -> bool:
        """Remove the marks of a watcher; None: of everybody. Returns whether there were any."""
        person = None if watcher is None else watcher.person
        return self._do(lambda actions: actions.clear_ink(person))

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

    def limit(
        self,
        stream: str = "",
        *,
        fps: int | None = None,
        max_bitrate: str | None = None,
        quality: int | None = None,
    ) -> None:
        """Hold a stream to a frame rate and a bitrate, and encode it in another quality.

        `stream`: a name of `streams`, "" for the first. Frame rate and bitrate only go down from
        those of the start, the quality goes both ways. None: as it was at the start.

        Raises:
            UsageError: a value that makes no sense, or there is no such stream.
        """
        held = held_from(fps, max_bitrate, quality)

        def hold(actions: HostActions) -> None:
            found = actions.stream(self._stream_id(stream))
            if found is None:
                raise UsageError(f"there is no stream called {stream!r}")
            actions.hold(found, held)

        self._do(hold)

    def set_audio(self, audio: str = "") -> None:
        """Share another sound with all streams, named as by `audio=…`; "": none.

        Without one, each stream has the sound of its source, if any. Waits until the sound was
        tried. On the share's own event loop, await `set_audio_async`.

        Raises:
            UsageError: this is the share's own loop.
            CaptureError: it cannot be recorded; the sound stays as it was.
        """
        host, loop = self._running_on()
        finished_on_loop(loop, lambda: _change_sound(host, audio))

    async def set_audio_async(self, audio: str = "") -> None:
        """The same as `set_audio`, on any event loop."""
        host, loop = self._running_on()
        await awaited_on_loop(loop, lambda: _change_sound(host, audio))

    @abstractmethod
    def _running_on(self) -> tuple[Host, asyncio.AbstractEventLoop]:
        """The host and its loop. Raises NotSharing."""

    @abstractmethod
    def _stream_id(self, name: str) -> str:
        """The id of the stream of that name. Raises UsageError: there is none."""

    @abstractmethod
    def _do(self, call: Callable[[HostActions], T]) -> T:
        """Call this on the host's loop and return what it returns. Raises NotSharing."""

    @abstractmethod
    def _link_url(self, token: str) -> str:
        """Where a link with this token leads; "" where only the application knows."""

    @abstractmethod
    def _viewer_link_changed(self) -> None:
        """The host has another viewer link."""


async def _change_sound(host: Host, audio: str) -> None:
    await host.change_sound(await choose_remotely(audio))
