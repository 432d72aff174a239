"""The composition root: options in, everything wired, started, and stopped in reverse order.

Runs on the event loop.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import socket
from contextlib import AsyncExitStack
from functools import partial
from typing import Final, Self

import psutil

from samescreen.aside import waited_for
from samescreen.capture.choose import OpenedSource
from samescreen.capture.hiding import CaptureRules
from samescreen.capture.sound.choose import SoundChoice
from samescreen.clock import clock_us
from samescreen.encode.base import MakeEncoder
from samescreen.encode.cores import usable_cores
from samescreen.encode.factory import EncoderFactory
from samescreen.encode.probe import SelectedEncoder, select_encoder
from samescreen.errors import UsageError
from samescreen.flow.rate import RateTarget
from samescreen.flow.stills import StillTarget
from samescreen.hub.hub import Hub
from samescreen.hub.people import Person
from samescreen.hub.publishers import Encoding
from samescreen.hub.stream import STARTING, Stream
from samescreen.labels import LONGEST_LABEL, label
from samescreen.options import CaptureOptions, ShareOptions
from samescreen.outputs.copies import Copies
from samescreen.outputs.outputs import Outputs
from samescreen.paths import typed_path
from samescreen.publish.desktop_windows import DesktopWindows
from samescreen.publish.local_streams import LocalStreams
from samescreen.record.recordings import Recordings
from samescreen.serve.access import Credentials, Gatekeeper, HostRule
from samescreen.serve.addresses import HostUrls, urls_for
from samescreen.serve.app import app_of
from samescreen.serve.assets import load_assets
from samescreen.serve.dropped_files import DroppedFiles, default_folder
from samescreen.serve.file_routes import begin_files
from samescreen.serve.host_actions import HostActions
from samescreen.serve.links import HOST
from samescreen.serve.local_files import LocalFiles
from samescreen.serve.port import Port
from samescreen.serve.site import Site, SiteConfig, now_s
from samescreen.serve.tls import Tls
from samescreen.subscribe.audience import Audience
from samescreen.talk.local_voices import begin_voices
from samescreen.workers.workers import Workers

_log = logging.getLogger(__name__)

_TICK_S: Final = 0.25


class Host:
    """Shares until it is left: `async with Host(options, choice) as host`.

    Each choice becomes a stream; there may be none at first. All on the event loop.

    `sound` is played with every stream; None: each stream has the sound of its source, if any.

    `credentials` replace those in the options.

    With `listens` False it opens no port: the routes of another application lead to its hub.
    `port`: the one that this application is on, if it is one of ours.

    Raises:
        UsageError: two choices have one name, or a file cannot be offered. When it is entered: it
            cannot record there.
        ServeError: the port cannot be opened, or no worker process starts.
    """

    def __init__(
        self,
        options: ShareOptions,
        *choices: OpenedSource,
        sound: SoundChoice | None = None,
        listens: bool = True,
        credentials: Credentials | None = None,
        port: Port | None = None,
    ) -> None:
        access = options.access
        self._options, self._listens = options, listens
        self._stack = AsyncExitStack()
        credentials = credentials or Credentials.of(access.token, access.pin, access.host_token)
        self.gatekeeper = Gatekeeper(
            credentials, access.publish_token,
            is_open=access.no_access_control, allowed=access.allowed
        )
        self.opened = asyncio.Event()
        """Set once each source has been opened or has failed to open."""
        self.hub = Hub(clock_us, lambda stream: self._opened())
        self.hub.people.lobby.is_on, self.hub.people.barred = access.approve, access.barred
        name = label(socket.gethostname())
        self.audience = Audience(self.hub, name, clock_us, access.max_viewers)
        if len({choice.name for choice in choices}) < len(choices):
            raise UsageError("each source can be shared once: one was named twice")
        self._local = LocalStreams(
            self.hub,
            self._encoders_for,
            self.ceiling,
            self._stills,
            sound,
            takes_input=not access.view_only,
        )
        self.copies = Copies(self.hub, clock_us, options.recording, options.outputs)
        for choice in choices:
            self._local.add(self._free_id(choice.name), choice)
        begin_files(self.audience, options.files.offer, options.files.files_folder)
        self._port = port or Port(options.network, access.allow_host)
        self.encoder = SelectedEncoder()
        self._workers: Workers | None = None

    def _bar(self, person: Person) -> None:
        if person.link_id != HOST:
            self.gatekeeper.put_out(person.person_id, person.link_id, person.address, now_s())

    def _limit_publishers(self) -> None:
        publishers = self.hub.people.publishers
        publishers.most = self._options.access.max_publishers
        publishers.bitrate_bps = self._options.picture.max_bitrate_bps
        self.hub.people.bar = self._bar  # hosts that publish here may decide about logins
        publishers.encoding = Encoding(self._encoders_for, self.ceiling, self._stills)

    def _encoders_for(self, track: int) -> MakeEncoder:
        options = self._options.picture
        cores = usable_cores()
        # The choice is made after this, while the host starts.
        return lambda spec: EncoderFactory(
            self.encoder,
            track=track,
            quality=options.quality,
            cores=cores,
            threads=options.thread_count,
        ).make(spec)

    @property
    def _stills(self) -> StillTarget:
        picture = self._options.picture
        return StillTarget.within(picture.quality, picture.fps)

    def _free_id(self, name: str) -> str:
        """An id for a stream of that name: fit to be shown, and not yet in use."""
        first = label(name) or "stream"
        others = (f"{label(name, LONGEST_LABEL - 6)} {n}" for n in itertools.count(2))
        return next(i for i in itertools.chain((first,), others) if i not in self.hub.streams)

    def _opened(self) -> None:
        if all(stream.status is not STARTING for stream in self.hub.streams.values()):
            self.opened.set()

    @property
    def stream(self) -> Stream:
        """The first stream, which viewers get that name none."""
        return self.hub.first

    def add(self, choice: OpenedSource, title: str = "") -> str:
        """Share one more source, once the host has started; the id of its stream.

        `title` is what the page calls it, otherwise what the source says. The host disposes of
        the source, also when it cannot share it.

        Raises:
            UsageError: there are as many streams as there may be.
            NotSharing: the host has stopped.
        """
        stream_id = self._free_id(choice.name)
        try:
            self._local.add(stream_id, choice, title)
        except BaseException:
            choice.source.dispose()
            raise
        self._local.start(stream_id)
        return stream_id

    async def change(self, stream_id: str, choice: OpenedSource) -> None:
        """Share another source on that stream; its viewers stay connected.

        Raises:
            KeyError: there is no such stream.
            NotSharing: the host has stopped.
        """
        try:
            await self._local.replace(stream_id, choice)
        except BaseException:
            choice.source.dispose()
            raise

    async def remove(self, stream_id: str) -> None:
        """End that stream; its viewers see the first of the others, or wait for the next one.

        Raises:
            KeyError: there is no such stream.
        """
        await self._local.remove(stream_id)

    @property
    def recordings(self) -> Recordings:
        """What is recorded on this machine."""
        return self.copies.recordings

    @property
    def outputs(self) -> Outputs:
        """Where the first stream is sent besides the viewers."""
        return self.copies.outputs

    @property
    def port(self) -> int:
        """The number of the port."""
        return self._port.number

    @property
    def tls(self) -> Tls | None:
        """The certificate of the port; None: there is none."""
        return self._port.tls

    @property
    def sound(self) -> SoundChoice | None:
        """The sound that all streams share; None: each has that of its source, if any."""
        return self._local.sound.choice

    async def change_sound(self, choice: SoundChoice | None) -> None:
        """Share another sound with all streams; their listeners hear it at once.

        Raises:
            NotSharing: the host has stopped.
        """
        await self._local.replace_sound(choice)

    @property
    def ceiling(self) -> RateTarget:
        """What the video of one stream may cost at most."""
        return RateTarget(self._options.picture.max_bitrate_bps, self._options.picture.fps)

    @property
    def capture_rules(self) -> CaptureRules:
        """How every source of this host is captured: by which backend, and what it hides."""
        return capture_rules(self._options.capture)

    @property
    def links(self) -> HostUrls:
        """The viewer links, over http."""
        return self._links("http")

    @property
    def secure_links(self) -> HostUrls | None:
        """The viewer links over https; None: there is no certificate."""
        if self.tls is None:
            return None
        # A certificate that the user brings hardly ever names an address.
        names = self._options.access.allow_host if self.tls.authority is None else ()
        return self._links("https", *names[:1])

    @property
    def host_links(self) -> HostUrls:
        """The host links, which give the host's powers: for the person at the machine only."""
        return self.links_with(self.gatekeeper.host_token, page="host")

    @property
    def actions(self) -> HostActions:
        """What the person at the machine may do about links, people and what is let out."""
        return self.actions_of("terminal")

    def actions_of(self, actor: str) -> HostActions:
        """The same under another name in the list of acts."""
        return HostActions(self.gatekeeper, self.hub, actor)

    @property
    def tunnel_url(self) -> str:
        """The page as people on the internet reach it by a tunnel; "": none leads here."""
        return self._port.tunnel_url

    def reached_at(self, tunnel_url: str) -> None:
        """A tunnel leads here from now on; "": none does."""
        self._port.tunnel_url = tunnel_url

    def _links(self, scheme: str, host: str | None = None) -> HostUrls:
        token = None if self.gatekeeper.is_open else self.gatekeeper.token
        return self.links_with(token, scheme, host)

    def links_with(
        self, token: str | None, scheme: str = "http", host: str | None = None, page: str = ""
    ) -> HostUrls:
        """URLs of a page ("": the viewer's) with this token; None: without one."""
        base_path = self._options.network.base_path
        place = host or self._options.network.host
        return urls_for(place, self.port, token, scheme=scheme, base_path=base_path, page=page)

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            for source in self._local.sources:
                stack.callback(source.dispose)
            self._limit_publishers()
            await asyncio.to_thread(self.gatekeeper.prepare)
            count = self._options.network.workers if self._listens else 0
            workers = Workers(count, self.hub, self.audience, clock_us)
            self._workers = workers.or_none
            if self._listens:
                await self._port.open(stack, lambda: app_of(self.site()), self._workers)
                stack.push_async_callback(workers.close)
                workers.begin()
            choosing = partial(select_encoder, self._options.picture.encoder)
            self.encoder = await waited_for(choosing, "the choice of an encoder")
            windows = await self._open_windows(stack)
            await begin_voices(self.hub.people.voices, self._options.sound.talk, stack)
            self._local.sound.start()  # before the sources, which otherwise bring their own
            stack.push_async_callback(self._local.sound.end)
            stack.push_async_callback(self._local.close)
            self._local.start_all()
            self._opened()  # at once where there is nothing to open
            stack.push_async_callback(self.copies.close)
            await self.copies.begin(self.audience.show_recording)
            stack.push_async_callback(self._drop_unfinished)
            await workers.wait()
            ticking = asyncio.get_running_loop().create_task(self._tick(windows, workers))
            stack.callback(ticking.cancel)
            stack.push_async_callback(self._say_goodbye)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Tell the viewers, end all streams, close the port; under two seconds."""
        await self._stack.aclose()

    def site(self) -> Site:
        """What the application of this host's port, or another one, needs to serve its page.

        Reads the page's files.
        """
        port, framers = self._port, self._options.access.allow_frame
        base_path = self._options.network.base_path if port.is_open else ""
        config = SiteConfig(
            port.proxies, base_path, port.tls, framers, self._files, workers=self._workers
        )
        rule = HostRule([socket.gethostname()], self._options.access.allow_host)
        number, assets = port.number if port.is_open else 0, load_assets()
        return Site(
            self.audience, self.gatekeeper, rule, config, number, assets, self.recordings, self
        )

    async def _say_goodbye(self) -> None:
        self.hub.close()
        await asyncio.sleep(0)  # the goodbyes leave before the sockets are closed

    @property
    def files(self) -> LocalFiles:
        """What viewers send, and what they may fetch."""
        return LocalFiles(self.hub, self._files)

    @property
    def _files(self) -> DroppedFiles | None:
        """Where files of viewers go; None: nowhere. A relay keeps them in a named folder only."""
        named, is_relay = self._options.files.files_folder, self.gatekeeper.links.publishers_lead
        if self._options.access.view_only or (is_relay and not named):
            return None
        folder = typed_path(named) if named else default_folder()
        return None if folder is None else DroppedFiles(folder)

    async def _drop_unfinished(self) -> None:
        if self._files is not None and self.hub.transfers.uploads.all:
            await asyncio.to_thread(self._files.remove_all, self.hub.transfers.uploads)

    async def _open_windows(self, stack: AsyncExitStack) -> DesktopWindows:
        windows, options = DesktopWindows(), self._options.capture
        stack.callback(windows.close)
        if options.sign:
            await windows.open_sign()
        if options.show_marks:
            await windows.open_marks(self.hub.ink, self._local)
        return windows

    async def _tick(self, windows: DesktopWindows, workers: Workers) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            cpu_percent = psutil.cpu_percent()
            self.audience.note_cpu(cpu_percent)
            for _ in self.audience.tick_in_turns():
                await asyncio.sleep(0)
            workers.tick()
            self.copies.tick(clock_us())
            windows.show_watching(self.audience.viewer_count())
            self.hub.tick()
            self.actions.tick(clock_us(), now_s())


def capture_rules(options: CaptureOptions) -> CaptureRules:
    """How sources are captured. Raises UsageError: what is to be hidden makes no sense."""
    return CaptureRules.of(
        options.backend, options.hide_window, options.hide_region, sign=options.sign
    )
