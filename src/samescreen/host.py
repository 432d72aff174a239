"""The composition root: options in, everything wired, started, and stopped in reverse order.

Runs on the event loop.
"""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import socket
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Final, Self

import psutil
from aiohttp import web

from samescreen.capture.base import clock_us
from samescreen.capture.choose import Choice
from samescreen.encode.base import VideoEncoder
from samescreen.encode.h264 import H264Settings, X264Encoder
from samescreen.encode.still import StillEncoder
from samescreen.errors import ServeError
from samescreen.flow.rate import Aim
from samescreen.flow.stills import StillAim
from samescreen.live.encoders import EncoderSpec
from samescreen.live.hub import Hub
from samescreen.live.slot import Slot
from samescreen.live.stills import StillFeed
from samescreen.live.stream import Stream
from samescreen.live.track import LOW_FPS, VideoTrack
from samescreen.media import Rendition
from samescreen.options import ShareOptions
from samescreen.serve.access import Gatekeeper, HostRule, new_pin, new_token
from samescreen.serve.addresses import Links, links_for
from samescreen.serve.app import make_app

_log = logging.getLogger(__name__)

SWITCH_INTERVAL_S: Final = 0.0005
"""How long a thread may keep the GIL from another that wants it: capture and loop take turns."""

_TICK_S: Final = 0.25
LOW_BITRATE_BPS: Final = 1_200_000
_STOP_S: Final = 1.0
_VIDEO: Final = 0


@dataclass(frozen=True, slots=True)
class _Encoding:
    """Makes the encoders of a track, on its thread."""

    settings: H264Settings

    def make(self, spec: EncoderSpec) -> VideoEncoder:
        return _MAKE[spec.rendition](self, spec)

    def _main(self, spec: EncoderSpec) -> VideoEncoder:
        cost = replace(
            self.settings,
            max_bitrate_bps=spec.aim.bitrate_bps,
            fps=spec.aim.fps,
            is_capped=spec.is_capped,
        )
        return X264Encoder(
            cost, track=_VIDEO, width=spec.width, height=spec.height, sequence=spec.sequence
        )

    def _low(self, spec: EncoderSpec) -> VideoEncoder:
        bitrate_bps = min(LOW_BITRATE_BPS, self.settings.max_bitrate_bps)
        cost = replace(self.settings, max_bitrate_bps=bitrate_bps, fps=LOW_FPS)
        return X264Encoder(
            cost,
            track=_VIDEO,
            width=spec.width,
            height=spec.height,
            sequence=spec.sequence,
            rendition=Rendition.LOW,
        )

    def _still(self, spec: EncoderSpec) -> VideoEncoder:
        return StillEncoder(
            track=_VIDEO,
            width=spec.width,
            height=spec.height,
            fps=self.settings.fps,
            quality=self.settings.quality,
            sequence=spec.sequence,
        )


_MAKE: Final = {
    Rendition.MAIN: _Encoding._main,
    Rendition.LOW: _Encoding._low,
    Rendition.JPEG: _Encoding._still,
}


class Host:
    """Shares one source until it is left: `async with Host(options, choice) as host`.

    Raises:
        ServeError: the port cannot be opened.
    """

    def __init__(self, options: ShareOptions, choice: Choice) -> None:
        self._options = options
        self._choice = choice
        self._stack = AsyncExitStack()
        self.gatekeeper = Gatekeeper(
            options.token or new_token(),
            options.pin or new_pin(),
            is_open=options.no_access_control,
        )
        self.opened = asyncio.Event()
        """The source has been opened, or has failed to."""
        self.hub = Hub(socket.gethostname(), clock_us, lambda stream: self.opened.set())
        self._ceiling = Aim(options.max_bitrate_bps, options.fps)
        self.stream: Stream = self.hub.add_stream(
            choice.name, choice.source.label, _VIDEO, self._ceiling
        )
        self.stream.stills = StillFeed(StillAim.within(options.quality, options.fps))
        self.port = options.port

    @property
    def links(self) -> Links:
        """What to open to watch."""
        token = None if self.gatekeeper.is_open else self.gatekeeper.token
        return links_for(self._options.host, self.port, token)

    async def __aenter__(self) -> Self:
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        async with AsyncExitStack() as stack:
            stack.callback(self._choice.source.dispose)
            await self._listen(stack)
            self._start_track(stack)
            self._start_ticking(stack)
            stack.push_async_callback(self._say_goodbye)
            self._stack = stack.pop_all()
        gc.freeze()
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Tell the viewers, end the track, close the port; under two seconds."""
        await self._stack.aclose()

    async def _listen(self, stack: AsyncExitStack) -> None:
        options = self._options
        sock = _listening_socket(options.host, options.port)
        self.port = sock.getsockname()[1]
        rule = HostRule([socket.gethostname()], options.allow_host)
        app = make_app(self.hub, self.gatekeeper, rule, self.port)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=_STOP_S)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.SockSite(runner, sock).start()

    async def _say_goodbye(self) -> None:
        self.hub.say_goodbye()
        await asyncio.sleep(0)  # let the goodbyes leave before the sockets are closed

    def _start_track(self, stack: AsyncExitStack) -> None:
        options = self._options
        settings = H264Settings(options.fps, options.quality, options.max_bitrate_bps)
        slot = Slot(
            asyncio.get_running_loop(),
            lambda event: self.hub.deliver(self.stream, event),
            self._ceiling,
        )
        self.stream.slot = slot
        track = VideoTrack(self._choice.source, slot, _Encoding(settings).make, self._ceiling)
        track.start()
        stack.push_async_callback(_end_track, slot, track)

    def _start_ticking(self, stack: AsyncExitStack) -> None:
        ticking = asyncio.get_running_loop().create_task(self._tick())
        stack.callback(ticking.cancel)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            self.stream.cpu_percent = psutil.cpu_percent()
            self.hub.tick()


async def _end_track(slot: Slot, track: VideoTrack) -> None:
    slot.stop()
    if not await asyncio.to_thread(track.join, _STOP_S):
        _log.error("the capture did not end in time; leaving it behind")


def _listening_socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there it would let two hosts share a port
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(512)
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        raise ServeError(_why_not(host, port, error)) from error
    return sock


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use; choose another: --port {port + 1}, or --port 0"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"port {port} needs more rights; choose one above 1023: --port 9000"
    if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
        return f"{host} is not an address of this machine; leave --host out to use them all"
    return f"cannot listen on {host}:{port}: {error.strerror}"
