"""Share pictures, or a screen, out of a Python program: the public API. docs/python.md shows it.

`with Share()` runs a host on an event loop of its own, in the thread `samescreen-loop`; `async
with Share()` runs it on the loop at hand. What is documented for any thread is safe on any;
callbacks are called on the host's loop and must return soon.
"""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Self, TypeVar, Unpack

from aiohttp import web

from samescreen.aside import waited_for
from samescreen.capture.arrays import Order
from samescreen.capture.given import Showable
from samescreen.capture.sound.choose import choose_sound
from samescreen.capture.systems import backends
from samescreen.errors import NotSharing, Refused, UsageError
from samescreen.host import Host, capture_rules
from samescreen.interpreter import loop_factory
from samescreen.keywords import Options, options_from
from samescreen.loop_thread import LoopThread, awaited_on_loop, finished_on_loop, on_loop
from samescreen.options import ShareOptions
from samescreen.serve import notebook_html
from samescreen.serve.access import Credentials
from samescreen.serve.app import mounted_app
from samescreen.serve.asgi import AsgiApp
from samescreen.serve.host_actions import HostActions
from samescreen.serve.site import Site
from samescreen.share_actions import ShareActions
from samescreen.share_frames import ShareFrames, stream_id_of
from samescreen.share_input import InputCallbacks, KeyEvent, PointerEvent, TextEvent
from samescreen.share_pushing import SharePushing
from samescreen.share_recording import Recording, begun, saved
from samescreen.share_streams import ShareStreams, dispose_all
from samescreen.share_values import Callbacks
from samescreen.tunnelled import Tunnelled
from samescreen.watcher import Watcher as Watcher
from samescreen.watcher import ask_loop, watchers

T = TypeVar("T")


def _ignore(watcher: Watcher) -> None:
    """Ignore the call."""


class Share(SharePushing, ShareFrames, ShareActions):
    """Shares inside `with` or `async with`. May be entered again afterwards.

    Args:
        source: None: what the program pushes. "screen", "testcard" and so on: as for `samescreen
            share`. A path: that file. An iterable of pictures: each in turn, at most `fps` a
            second, and only while somebody watches. One picture: that picture. A mapping of names
            to any of these: a stream each, none for an empty one. `add` adds streams later.
        name: what the page calls it.
        order: the order of the channels of colour pictures, "RGB" or "BGR".
        on_join, on_leave: called with a `Watcher` on the host's loop.
        on_pointer, on_key, on_text: called there with what viewers do to pushed pictures.
        on_keyframe: called there with the name of a stream of pushed H.264 that needs a keyframe.
        options: `port=0`, `fps=30` and so on, see `Options`.

    Raises:
        UsageError: an option or a source that makes no sense.
        TunnelError: the tool that `tunnel` names is not installed.
        CaptureError, ServeError: on entry; the source or the port cannot be opened.
    """

    def __init__(
        self,
        source: Showable | Mapping[str, Showable] = None,
        *,
        name: str = "",
        order: Order = "RGB",
        on_join: Callable[[Watcher], None] | None = None,
        on_leave: Callable[[Watcher], None] | None = None,
        on_pointer: Callable[[PointerEvent], None] | None = None,
        on_key: Callable[[KeyEvent], None] | None = None,
        on_text: Callable[[TextEvent], None] | None = None,
        on_keyframe: Callable[[str], None] | None = None,
        **options: Unpack[Options],
    ) -> None:
        super().__init__()
        callbacks = on_join or _ignore, on_leave or _ignore
        self._options = _checked(name, callbacks, options)
        rules = capture_rules(self._options.capture)
        access = self._options.access
        acts = InputCallbacks(on_pointer, on_key, on_text, not access.view_only)
        self._streams = ShareStreams(source, name or "", order, rules, acts, on_keyframe)
        self._credentials = Credentials.of(access.token, access.pin, access.host_token)
        self._callbacks = Callbacks(*callbacks)
        self._tunnelled = Tunnelled(self._options)
        self._host: Host | None = None
        self._thread: LoopThread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_mounted = False
        self._mounted_site: Site | None = None

    # Its state: any thread

    @property
    def is_sharing(self) -> bool:
        """Whether it has begun and not ended."""
        return self._host is not None

    @property
    def url(self) -> str:
        """The link to hand out, its secret included.

        Raises:
            NotSharing: it has not begun, or has ended.
            UsageError: it is mounted, and only its application knows the address.
        """
        return self._listening().links.best

    @property
    def urls(self) -> tuple[str, ...]:
        """All links: on this machine, on the network, encrypted."""
        host = self._listening()
        secure = host.secure_links
        return (host.links.here, *host.links.lan, *((secure.best,) if secure else ()))

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._listening().port

    @property
    def pin(self) -> str:
        """Six digits that viewers can type in instead of opening the link."""
        return self._credentials.pin

    @property
    def token(self) -> str:
        """The secret of the link."""
        return self._credentials.token

    @property
    def host_url(self) -> str:
        """The link for yourself, on this machine: it gives the host's powers. Hand it to nobody.

        Raises:
            NotSharing, UsageError: as `url`.
        """
        return self._listening().host_links.here

    @property
    def host_token(self) -> str:
        """The secret of the host link."""
        return self._credentials.host_token

    @property
    def viewers(self) -> tuple[Watcher, ...]:
        """Who watches now; empty before it begins and after it ends.

        Any thread that does not hold up the share's event loop, which answers. A loop that does
        not answer within two seconds counts as ended.
        """
        host, loop = self._host, self._loop
        if host is None or loop is None:
            return ()
        return ask_loop(loop, lambda: watchers(host)) or ()

    def _repr_html_(self) -> str:
        """What a notebook shows: the live picture if `allow_frame` names the notebook."""
        if (host := self._host) is None:
            return notebook_html.NOT_SHARING
        if self._is_mounted:
            return notebook_html.MOUNTED
        return notebook_html.cell(host.links, host.secure_links, self._options.access.allow_frame)

    # Streams that come and go: any thread, while it shares; NotSharing otherwise

    def add(self, source: Showable = None, *, name: str = "") -> str:
        """Share one more source as one more tab of the page, and return the stream's name.

        Waits until the source is open. On the share's own event loop, await `add_async`.

        Args:
            source: as for `Share`, except a mapping.
            name: what `streams` and the page call it; otherwise the source's own name.

        Raises:
            UsageError: no source, another stream of that name, too many, or the share's own loop.
            CaptureError: the source cannot be opened.
        """
        host, loop = self._running_on()
        return finished_on_loop(loop, lambda: self._streams.add(host, source, name))

    async def add_async(self, source: Showable = None, *, name: str = "") -> str:
        """The same as `add`, on any event loop."""
        host, loop = self._running_on()
        return await awaited_on_loop(loop, lambda: self._streams.add(host, source, name))

    def remove(self, name: str) -> None:
        """End a stream. Its viewers see the first of the others, or wait for the next one.

        Waits until the source is closed. On the share's own event loop, await `remove_async`.

        Raises:
            UsageError: there is no stream of that name, or this is the share's own loop.
        """
        host, loop = self._running_on()
        finished_on_loop(loop, lambda: self._streams.remove(host, name))

    async def remove_async(self, name: str) -> None:
        """The same as `remove`, on any event loop."""
        host, loop = self._running_on()
        await awaited_on_loop(loop, lambda: self._streams.remove(host, name))

    # What the host may do: see ShareActions

    def _do(self, call: Callable[[HostActions], T]) -> T:
        host, loop = self._running_on()
        return on_loop(loop, lambda: call(host.actions_of("program")))

    def _stream_id(self, name: str) -> str:
        return stream_id_of(self._running(), self._streams, name)

    def _link_url(self, token: str) -> str:
        return "" if self._is_mounted else self._running().links_with(token).best

    def _viewer_link_changed(self) -> None:
        self._credentials = self._running().gatekeeper.credentials

    def record(self, path: str | PathLike[str] = "", *, stream: str = "") -> Recording:
        """Record to a folder or a new .mp4 file until it is stopped (docs/recording.md).

        Raises:
            UsageError: a recording runs, or the place cannot be written.
        """
        return begun(*self._running_on(), path, stream)

    def save_last(self, path: str | PathLike[str] = "") -> tuple[Path, ...]:
        """Save what `keep_minutes` has kept; the new files. Raises UsageError, as `record`."""
        return saved(*self._running_on(), path)

    def _running_on(self) -> tuple[Host, asyncio.AbstractEventLoop]:
        host, loop = self._running(), self._loop
        if loop is None:
            raise NotSharing
        return host, loop

    # Beginning and end

    def start(self) -> Self:
        """Begin on a thread of its own, as `with` does: for notebooks.

        Raises:
            CaptureError, ServeError: as `Share`.
        """
        self._refuse_second_start()
        if self._is_mounted:
            raise UsageError("a mounted Share runs on its application's loop: use `async with`")
        self._thread = LoopThread(self._begin, self._end, loop_factory())
        try:
            self._thread.begin()
        except BaseException:
            self._thread = None
            raise
        atexit.register(self.stop)
        return self

    def stop(self) -> None:
        """End what `start` began: tell the viewers, and close the port. May be called twice."""
        thread, self._thread = self._thread, None
        if thread is not None:
            atexit.unregister(self.stop)
            thread.end()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    # Inside other applications

    def asgi(self) -> AsgiApp:
        """An ASGI application to mount: `app.mount("/screen", share.asgi())`.

        The share then opens no port. Enter it with `async with` in the application's lifespan.
        Without another application around it, it enters itself.
        """
        self._is_mounted = True
        return AsgiApp(self._site, self)

    def aiohttp_app(self) -> web.Application:
        """An aiohttp application to mount: `app.add_subapp("/screen", share.aiohttp_app())`.

        The share begins and ends with the application.
        """
        self._is_mounted = True
        app = mounted_app(self._site)
        app.cleanup_ctx.append(self._while_the_app_runs)
        return app

    async def _while_the_app_runs(self, app: web.Application) -> AsyncIterator[None]:
        async with self:
            yield

    def _site(self) -> Site:
        if self._mounted_site is None:
            raise Refused(503, "Nothing is shared now.")
        return self._mounted_site

    async def __aenter__(self) -> Self:
        self._refuse_second_start()
        await self._begin()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._end()

    async def _begin(self) -> None:
        sound = await waited_for(partial(choose_sound, self._options.sound.audio), "the sound")
        choices = await waited_for(self._streams.open, "what is to be shared", dispose_all)
        listens = not self._is_mounted
        try:
            host = Host(
                self._options,
                *choices,
                sound=sound,
                listens=listens,
                credentials=self._credentials,
            )
        except BaseException:
            dispose_all(choices)
            raise
        self._streams.begin(host, choices)
        host.audience.on_join = self._callbacks.join
        host.audience.on_leave = self._callbacks.leave
        await self._tunnelled.enter(host, listens=listens)
        self._loop = asyncio.get_running_loop()
        if self._is_mounted:
            self._mounted_site = host.site()
        self._host = host

    async def _end(self) -> None:
        host = self._host
        if host is not None:
            try:
                await host.__aexit__(None, None, None)
            finally:
                self._host = self._mounted_site = self._loop = None
                self._streams.end()
                await self._tunnelled.close()

    def _running(self) -> Host:
        if self._host is None:
            raise NotSharing
        return self._host

    def _listening(self) -> Host:
        if self._is_mounted:
            raise UsageError(
                "a mounted Share has the address of its application: open it there, with "
                "`#token=` and `share.token` behind the path"
            )
        return self._running()

    def _refuse_second_start(self) -> None:
        if self._host is not None or self._thread is not None:
            raise UsageError("this Share is running already; make another one for another link")


def _checked(name: object, callbacks: tuple[object, ...], options: Options) -> ShareOptions:
    """The options; raises UsageError, which names what is accepted."""
    if not isinstance(name, str | None):
        raise UsageError(f"name takes a string, not {type(name).__name__}")
    if not all(callable(each) for each in callbacks):
        raise UsageError("on_join and on_leave take a function of one Watcher")
    checked = options_from(options)
    backends(checked.capture.backend)
    return checked
