"""The composition root: options in, everything wired, started, and stopped in reverse order.

Runs on the event loop.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from typing import Final, Self

import psutil
from aiohttp import web

from samescreen.aside import waited_for
from samescreen.capture.choose import OpenedSource
from samescreen.capture.sound.choose import SoundChoice
from samescreen.clock import clock_us
from samescreen.encode.base import MakeEncoder
from samescreen.encode.factory import EncoderFactory
from samescreen.encode.probe import SelectedEncoder, select_encoder
from samescreen.errors import UsageError
from samescreen.flow.rate import RateTarget
from samescreen.flow.stills import StillTarget
from samescreen.hub.hub import Hub
from samescreen.hub.stream import STARTING, Stream
from samescreen.labels import LONGEST_LABEL, label
from samescreen.options import ShareOptions
from samescreen.publish.local_streams import LocalStreams
from samescreen.serve.access import Credentials, Gatekeeper, HostRule
from samescreen.serve.addresses import HostUrls, urls_for
from samescreen.serve.app import make_app
from samescreen.serve.assets import load_assets
from samescreen.serve.host_actions import HostActions
from samescreen.serve.http_protocol import protocols
from samescreen.serve.listen import Listener, listening_socket
from samescreen.serve.proxy import TrustedProxies
from samescreen.serve.site import Site, SiteConfig, now_s
from samescreen.serve.tls import Tls, open_tls, own_names
from samescreen.subscribe.audience import Audience

_log = logging.getLogger(__name__)

_TICK_S: Final = 0.25
_REFRESH_S: Final = 60.0
_STOP_S: Final = 1.0


class Host:
    """Shares until it is left: `async with Host(options, choice) as host`.

    Each choice is a stream of its own. All on the event loop.

    `sound` is what is heard with all of them, None: with each what it has itself, if anything.

    `credentials` take the place of those in the options.

    With `listens` False it opens no port: another application's routes lead to its hub.

    Raises:
        UsageError: two choices have one name.
        ServeError: the port cannot be opened.
    """

    def __init__(
        self,
        options: ShareOptions,
        *choices: OpenedSource,
        sound: SoundChoice | None = None,
        listens: bool = True,
        credentials: Credentials | None = None,
    ) -> None:
        access = options.access
        self._options = options
        self._sound = sound
        self._listens = listens
        self._stack = AsyncExitStack()
        self.gatekeeper = Gatekeeper(
            credentials or Credentials.of(access.token, access.pin, access.host_token),
            is_open=access.no_access_control,
        )
        self.opened = asyncio.Event()
        """Each source has been opened, or has failed to."""
        self.hub = Hub(clock_us, lambda stream: self._opened())
        self.hub.people.lobby.is_on = access.approve
        self.audience = Audience(
            self.hub, label(socket.gethostname()), clock_us, access.max_viewers
        )
        if len({choice.name for choice in choices}) < len(choices):
            raise UsageError("each source can be shared once: one was named twice")
        self._local = LocalStreams(
            self.hub,
            self._encoders_for,
            RateTarget(options.picture.max_bitrate_bps, options.picture.fps),
            StillTarget.within(options.picture.quality, options.picture.fps),
        )
        for choice in choices:
            self._local.add(self._free_id(choice.name), choice)
        self.port = options.network.port
        self.encoder = SelectedEncoder()
        self.tls: Tls | None = None

    def _encoders_for(self, track: int) -> MakeEncoder:
        options = self._options.picture
        # The choice is made after this, while the host starts.
        return lambda spec: EncoderFactory(
            self.encoder, track=track, quality=options.quality
        ).make(spec)

    def _free_id(self, name: str) -> str:
        """What the protocol calls a stream of that name: fit to be shown, and no other's."""
        first = label(name) or "stream"
        others = (f"{label(name, LONGEST_LABEL - 6)} {n}" for n in itertools.count(2))
        return next(i for i in itertools.chain((first,), others) if i not in self.hub.streams)

    def _opened(self) -> None:
        if all(stream.status is not STARTING for stream in self.hub.streams.values()):
            self.opened.set()

    @property
    def stream(self) -> Stream:
        """The first stream: what is shown to those who ask for none by name."""
        return self.hub.first

    async def change(self, stream_id: str, choice: OpenedSource) -> None:
        """Share another source on that stream; its viewers stay connected.

        Raises:
            KeyError: there is no such stream.
        """
        await self._local.replace(stream_id, choice)

    @property
    def links(self) -> HostUrls:
        """What to open to watch."""
        return self._links("http")

    @property
    def secure_links(self) -> HostUrls | None:
        """The same through TLS, where there is any."""
        if self.tls is None:
            return None
        # A certificate of one's own hardly names an address.
        names = self._options.access.allow_host if self.tls.authority is None else ()
        return self._links("https", *names[:1])

    @property
    def host_links(self) -> HostUrls:
        """What the person at the machine opens to have the host's powers. Not to be handed out."""
        return self.links_with(self.gatekeeper.host_token)

    @property
    def actions(self) -> HostActions:
        """What the person at the machine may do about links, people and what is let out."""
        return self.actions_of("terminal")

    def actions_of(self, actor: str) -> HostActions:
        """The same under another name in the list of acts."""
        return HostActions(self.gatekeeper, self.hub, actor)

    def _links(self, scheme: str, host: str | None = None) -> HostUrls:
        token = None if self.gatekeeper.is_open else self.gatekeeper.token
        return self.links_with(token, scheme, host)

    def links_with(
        self, token: str | None, scheme: str = "http", host: str | None = None
    ) -> HostUrls:
        """URLs with this token; None: without one."""
        base_path = self._options.network.base_path
        place = host or self._options.network.host
        return urls_for(place, self.port, token, scheme=scheme, base_path=base_path)

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            for source in self._local.sources:
                stack.callback(source.dispose)
            await asyncio.to_thread(self.gatekeeper.prepare)
            if self._listens:
                await self._listen(stack)
            choosing = partial(select_encoder, self._options.picture.encoder)
            self.encoder = await waited_for(choosing, "the choice of an encoder")
            self._start_sound(stack)  # before the sources, which else bring their own
            stack.push_async_callback(self._local.close)
            for stream_id in self.hub.streams:
                self._local.start(stream_id)
            self._start_ticking(stack)
            stack.push_async_callback(self._say_goodbye)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Tell the viewers, end the track, close the port; under two seconds."""
        await self._stack.aclose()

    @property
    def _host_rule(self) -> HostRule:
        return HostRule([socket.gethostname()], self._options.access.allow_host)

    def site(self) -> Site:
        """What another application serves this host's page with; reads the page's files."""
        proxies = TrustedProxies(self._options.network.trusted_networks)
        config = SiteConfig(proxies, framers=self._options.access.allow_frame)
        return Site(self.audience, self.gatekeeper, self._host_rule, config, 0, load_assets())

    async def _listen(self, stack: AsyncExitStack) -> None:
        options = self._options.network
        self.tls = await waited_for(self._open_tls, f"the certificate (--tls {options.tls})")
        # The system's resolver may have to be asked, which may take for ever.
        listening = partial(listening_socket, options.host, options.port)
        sock = await waited_for(listening, f"the address of --host {options.host}")
        stack.callback(sock.close)
        self.port = sock.getsockname()[1]
        proxies = TrustedProxies(options.trusted_networks)
        config = SiteConfig(proxies, options.base_path, self.tls, self._options.access.allow_frame)
        app = make_app(self.audience, self.gatekeeper, self._host_rule, self.port, config)
        runner = web.AppRunner(app, shutdown_timeout=_STOP_S)
        await runner.setup()
        assert runner.server is not None
        context_for = self.tls.context_for if self.tls is not None else None
        listener = Listener(protocols(runner.server), context_for, config.proxies)
        stack.callback(listener.drop_all)
        stack.push_async_callback(runner.cleanup)
        stack.callback(listener.close)
        await listener.start(sock)

    def _open_tls(self) -> Tls | None:
        """None when switched off, or when there is no way to have it."""
        options = self._options.network
        if options.tls == "off":
            return None
        names = [*own_names(), *self._options.access.allow_host]
        try:
            return open_tls(options.tls, names, datetime.now(UTC), options.host)
        except OSError as error:
            _log.warning("no https: cannot make a certificate: %s", error)
            return None

    async def _say_goodbye(self) -> None:
        self.hub.close()
        await asyncio.sleep(0)  # let the goodbyes leave before the sockets are closed

    def _start_sound(self, stack: AsyncExitStack) -> None:
        if self._sound is not None:
            self._local.start_sound(self._sound.source, self._sound.note)
            stack.push_async_callback(self._local.end_sound)

    def _start_ticking(self, stack: AsyncExitStack) -> None:
        loop = asyncio.get_running_loop()
        for tick in (self._tick(), self._refresh_tls()):
            stack.callback(loop.create_task(tick).cancel)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            cpu_percent = psutil.cpu_percent()
            self.audience.note_cpu(cpu_percent)
            self.audience.tick()
            self.hub.tick()
            self.actions.tick(clock_us(), now_s())

    async def _refresh_tls(self) -> None:
        """Follow the machine's addresses, and certificates that run out or are replaced."""
        while self.tls is not None:
            await asyncio.sleep(_REFRESH_S)
            try:
                await self.tls.refresh(datetime.now(UTC))
            except OSError as error:
                _log.warning("the https certificate could not be renewed: %s", error)


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Makes the event loop that hosts run best on; None: asyncio's own."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
