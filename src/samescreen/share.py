"""Share pictures, or a screen, out of a Python program: the public API. docs/python.md shows it.

`with Share()` runs a host on an event loop of its own, in the thread `samescreen-loop`; `async
with Share()` runs it on the loop at hand. What is documented for any thread is safe on any;
callbacks are called on the host's loop and must return soon.
"""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Final, Self, TypeVar, Unpack

from aiohttp import web

from samescreen.aside import waited_for
from samescreen.capture.choose import OpenedSource
from samescreen.capture.given import Showable, check_given, open_given
from samescreen.capture.push import Order, Picture, PushSource
from samescreen.capture.sound.choose import choose_sound
from samescreen.capture.systems import backends
from samescreen.errors import NotSharing, Refused, UsageError
from samescreen.host import Host, loop_factory
from samescreen.labels import label
from samescreen.loop_thread import LoopThread, on_loop
from samescreen.options import Options, ShareOptions, options_from
from samescreen.serve import notebook_html
from samescreen.serve.access import Credentials
from samescreen.serve.app import mounted_app
from samescreen.serve.asgi import AsgiApp
from samescreen.serve.host_actions import HostActions, NewLink
from samescreen.serve.site import Site, now_s
from samescreen.share_values import Audience, ShareLink
from samescreen.watcher import Watcher as Watcher
from samescreen.watcher import asked, watchers

T = TypeVar("T")
_NOT_PUSHED: Final = "push is for a Share() without a source; this one has no stream for it"

def _ignore(watcher: Watcher) -> None:
    """Nobody wants to know."""


class Share:
    """Shares while it is entered, by `with` or `async with`; may be entered again afterwards.

    Args:
        source: None: what is pushed. "screen", "testcard" and so on: as for `samescreen share`.
            A path: that file. An iterable of pictures: shown one after the other, at most `fps` a
            second, and asked for only while somebody watches. One picture: it stands. A mapping of
            names to any of these: a stream each.
        name: what the page calls it.
        order: how the channels of colour pictures lie, "RGB" or "BGR".
        on_join, on_leave: called with a `Watcher` on the host's loop.
        options: `port=0`, `fps=30` and so on, see `Options`.

    Raises:
        UsageError: an option or a source that makes no sense.
        CaptureError, ServeError: when it is entered; the source or the port cannot be opened.
    """

    def __init__(
        self,
        source: Showable | Mapping[str, Showable] = None,
        *,
        name: str = "",
        order: Order = "RGB",
        on_join: Callable[[Watcher], None] | None = None,
        on_leave: Callable[[Watcher], None] | None = None,
        **options: Unpack[Options],
    ) -> None:
        check_given(source, order)
        callbacks = on_join or _ignore, on_leave or _ignore
        self._options = _checked(name, callbacks, options)
        access = self._options.access
        self._credentials = Credentials.of(access.token, access.pin, access.host_token)
        self._source = source
        self._name = name or ""
        self._order: Order = order
        self._audience = Audience(*callbacks)
        self._pushes: dict[str, PushSource] = {}
        self._host: Host | None = None
        self._thread: LoopThread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_mounted = False
        self._mounted_site: Site | None = None

    # What it says: any thread

    @property
    def is_sharing(self) -> bool:
        """Whether it has begun and not ended."""
        return self._host is not None

    @property
    def url(self) -> str:
        """The link to hand out, its secret included.

        Raises:
            NotSharing: it has not begun, or has ended.
            UsageError: it is mounted, and only its application knows where.
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
        """Six digits to type in instead of the link."""
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
        """Who watches now; nobody before it begins and after it ends.

        Any thread. The share's event loop answers, so nobody may ask while holding that loop up;
        a loop that does not answer in two seconds counts as ended.
        """
        host, loop = self._host, self._loop
        if host is None or loop is None:
            return ()
        return asked(loop, lambda: watchers(host)) or ()

    def _repr_html_(self) -> str:
        """What a notebook shows for it: the picture, where `allow_frame` names the notebook."""
        if (host := self._host) is None:
            return notebook_html.NOT_SHARING
        if self._is_mounted:
            return notebook_html.MOUNTED
        return notebook_html.cell(host.links, host.secure_links, self._options.access.allow_frame)

    def push(self, picture: Picture, *, to: str = "", order: Order | None = None) -> None:
        """Show this picture from now on. Any thread; never waits.

        The pixels are copied: the array may be written to again at once. Of pictures that come
        faster than `fps` the newest is shown.

        Args:
            picture: numpy uint8: height×width (gray), height×width×3 or ×4. Its size may change.
            to: the stream's name, where there are several.
            order: how its channels lie; otherwise as Share(order=…) says.

        Raises:
            UsageError: not a picture, or this Share has another source.
            NotSharing: it has not begun, or has ended.
        """
        self._running()
        pushes = self._pushes.get(to or next(iter(self._pushes), ""))
        if pushes is None:
            there_are = f"; there are: {', '.join(map(repr, self._pushes))}" if self._pushes else ""
            raise UsageError(f"{_NOT_PUSHED}{' called ' + repr(to) if to else ''}{there_are}")
        pushes.push(picture, order=order or self._order)

    # Links and people: any thread, while it shares; NotSharing otherwise

    def new_link(
        self,
        name: str = "",
        *,
        grants: Iterable[str] = ("watch",),
        may_ask: Iterable[str] = (),
        expires_in_s: int | None = None,
        uses: int | None = None,
    ) -> ShareLink:
        """One more link: for so long, for so many people, for what `grants` names.

        Raises:
            UsageError: a grant or number that makes no sense.
        """
        wanted = NewLink.of(name, grants, may_ask, expires_in_s, uses)
        link = self._do(lambda actions: actions.new_link(wanted, now_s()))
        url = "" if self._is_mounted else self._running().links_with(link.secret).best
        return ShareLink(link.link_id, link.secret, url)

    def end_link(self, link: ShareLink) -> None:
        """Let a link hold no more; whoever came in by it is out."""
        self._do(lambda actions: actions.end_link(link.id))

    def new_viewer_link(self) -> None:
        """Another `url`, `token` and `pin`; whoever came in by the ones before is out."""
        self._do(HostActions.new_viewer_link)
        self._credentials = self._running().gatekeeper.credentials

    def put_out(self, watcher: Watcher) -> bool:
        """End somebody's connections for good; their address waits for the host (docs/security.md).

        Whether they were still there.
        """
        return self._do(lambda actions: actions.put_out(watcher.person, now_s()))

    def lock(self, is_locked: bool = True) -> None:
        """Let nobody in who was not in before, except by the host link; or let them in again."""
        self._do(lambda actions: actions.lock(is_locked))

    def _do(self, call: Callable[[HostActions], T]) -> T:
        host, loop = self._running(), self._loop
        if loop is None:
            raise NotSharing
        return on_loop(loop, lambda: call(host.actions_of("program")))

    # Beginning and end

    def start(self) -> Self:
        """Begin, on a thread of its own: for notebooks; `with` does the same.

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
        """End what `start` began: tell the viewers, close the port. May be called twice."""
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

        The share then opens no port. Enter it with `async with` in the application's lifespan;
        served on its own, without another application around, it does that by itself.
        """
        self._is_mounted = True
        return AsgiApp(self._site, self)

    def aiohttp_app(self) -> web.Application:
        """To mount: `app.add_subapp("/screen", share.aiohttp_app())`. Begins and ends with it."""
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
        choices = await waited_for(self._choose, "what is to be shared", _dispose_all)
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
            _dispose_all(choices)
            raise
        if isinstance(self._source, Mapping):
            for name, stream in zip(self._source, host.hub.streams.values(), strict=True):
                stream.name = label(name)
        host.stream.name = label(self._name) or host.stream.name
        host.audience.on_join = self._audience.join
        host.audience.on_leave = self._audience.leave
        await host.__aenter__()
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
                self._pushes = {}

    def _choose(self) -> list[OpenedSource]:
        source = self._source
        named = source if isinstance(source, Mapping) else {"": source}
        backend = self._options.capture.backend
        choices: list[OpenedSource] = []
        with ExitStack() as undo:
            for name, each in named.items():
                choices.append(open_given(name, each, self._order, backend))
                chosen = choices[-1].source
                undo.callback(chosen.dispose)
                if each is None and isinstance(chosen, PushSource):
                    self._pushes[name] = chosen
            undo.pop_all()
        return choices

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



def _dispose_all(choices: list[OpenedSource]) -> None:
    """Let go of sources that nobody waits for any more."""
    for choice in choices:
        choice.source.dispose()


def _checked(name: object, callbacks: tuple[object, ...], options: Options) -> ShareOptions:
    """Raises UsageError, which says what is taken."""
    if not isinstance(name, str | None):
        raise UsageError(f"name takes a string, not {type(name).__name__}")
    if not all(callable(each) for each in callbacks):
        raise UsageError("on_join and on_leave take a function of one Watcher")
    checked = options_from(options)
    backends(checked.capture.backend)
    return checked
