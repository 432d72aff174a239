"""All workers of a host: it keeps so many running, and spreads viewers over them. Event loop."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable
from typing import Final

from samescreen.aside import waited_for
from samescreen.errors import ServeError, UsageError
from samescreen.hub.hub import Hub
from samescreen.serve.tls_elsewhere import Ended
from samescreen.serve.workers import Handover
from samescreen.subscribe.audience import Audience

from .child import CAN_SPAWN, spawned
from .feed import NewStreams
from .worker import TlsOf, Worker

_log = logging.getLogger(__name__)

START_S: Final = 20.0
STOP_S: Final = 1.0
REAP_S: Final = 0.5
"""How long killed processes may take to be gone."""
FIRST_WAIT_S: Final = 0.5
LONGEST_WAIT_S: Final = 30.0
LIVED_S: Final = 10.0
"""A worker that lived so long is replaced at once; one that did not, later and later."""


class Workers:
    """`count` processes, perhaps none. While none runs, this process serves viewers itself.

    Raises:
        UsageError: this system cannot hand connections to another process.
    """

    def __init__(
        self, count: int, hub: Hub, audience: Audience, clock_us: Callable[[], int]
    ) -> None:
        if count and not CAN_SPAWN:
            raise UsageError("leave --workers out: this system cannot pass connections on")
        self._hub = hub
        self._audience = audience
        self._clock_us = clock_us
        self._count = count
        self._running: list[Worker] = []
        self._numbers = itertools.count(1)
        self._tasks: list[asyncio.Task[None]] = []
        self._is_starting = False
        self._is_over = False
        self._all_ready = asyncio.Event()
        self._new_streams = NewStreams(self._follow)

    def begin(self) -> None:
        """Start all; `close` ends them. Viewers who come meanwhile wait for them."""
        self._is_starting = self._count > 0
        self._hub.nothing.subscribe(self._new_streams)
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._keep_one()) for _ in range(self._count)]

    async def wait(self) -> None:
        """Wait until all can take viewers. Raises ServeError: none can."""
        if not self._count:
            return
        try:
            async with asyncio.timeout(START_S):
                await self._all_ready.wait()
        except TimeoutError:
            if not self.running:
                raise ServeError("no worker process starts; leave --workers out") from None
        finally:
            self._is_starting = False

    @property
    def or_none(self) -> Workers | None:
        """These, if there are any."""
        return self if self._count else None

    @property
    def can_take(self) -> bool:
        """Whether any of them can take a viewer, or will soon."""
        return self._is_starting or bool(self.running)

    @property
    def running(self) -> list[Worker]:
        """Those that can take viewers."""
        return [worker for worker in self._running if worker.is_ready]

    def take(self, descriptor: int, handover: Handover, tls_ended_by: object) -> bool:
        """Give this connection to the worker that ends its TLS, or to the one with the fewest.

        False: not at the moment.
        """
        number = next(self._numbers)
        if isinstance(tls_ended_by, TlsOf):
            ending, tls = tls_ended_by
            return ending in self.running and ending.take(number, descriptor, handover, tls)
        worker = self._least_loaded()
        return worker is not None and worker.take(number, descriptor, handover)

    def end_tls(self, descriptor: int, pem: bytes, first: bytes) -> Ended | None:
        """Have the worker with the fewest connections end TLS of this one; None: not now."""
        worker = self._least_loaded()
        if worker is None:
            return None
        return worker.end_tls(next(self._numbers), descriptor, pem, first)

    def _least_loaded(self) -> Worker | None:
        running = [] if self._is_over else self.running
        return min(running, key=lambda each: len(each.connections), default=None)

    def tick(self) -> None:
        """Count viewers, and look after the processes. A few times a second."""
        if not self._count:
            return
        for group in self._audience.groups:
            group.statistics.others = sum(v.session.is_open for v in group.far.values())
        now_us = self._clock_us()
        for worker in self._running:
            worker.tick(now_us)

    async def close(self) -> None:
        """End all, when what they were sent has left; at most `STOP_S`. May be called twice."""
        self._is_over = True
        self._hub.nothing.unsubscribe(self._new_streams)
        for worker in self._running:
            worker.stop()
        for patience_s in (STOP_S, REAP_S):
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=patience_s)
            for worker in self._running:
                worker.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep_one(self) -> None:
        """Keep one worker running."""
        wait_s = FIRST_WAIT_S
        while not self._is_over:
            started_us = self._clock_us()
            await self._run_one()
            if self._clock_us() - started_us >= LIVED_S * 1e6:
                wait_s = FIRST_WAIT_S
                continue
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    async def _run_one(self) -> None:
        """Start a worker, and return when it has ended."""
        what = "a worker process"
        try:
            child = await waited_for(spawned, what, lambda unused: unused.end())
        except OSError as error:
            _log.warning("cannot start a worker process: %s", error)
            return
        worker = Worker(child, self._hub, self._audience, self._clock_us, self._note_ready)
        self._running.append(worker)
        if self._is_over:
            worker.stop()
        try:
            await worker.start()
            await worker.gone.wait()
        finally:
            self._running.remove(worker)
            child.end()
        status = await waited_for(child.process.wait, f"the end of {what}")
        if not self._is_over:
            _log.warning("%s ended (%s); another one starts", what, status)

    def _follow(self) -> None:
        for worker in self._running:
            worker.follow()

    def _note_ready(self) -> None:
        if len(self.running) >= self._count:
            self._all_ready.set()
