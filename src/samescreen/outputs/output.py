"""One output: attempts to send a stream, one after the other, with longer and longer pauses.

Event loop. An attempt is a subscriber of the stream and a thread that feeds the program that sends.
None of this waits for the network.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Literal

from samescreen.hub.broadcast import BLANKED
from samescreen.hub.hub import Hub
from samescreen.option_values import OutputAddress
from samescreen.record.keyframes import KeyframeEvery
from samescreen.record.subscriber import StreamSubscriber
from samescreen.record.timeline import Arrived, Blanked
from samescreen.record.voiced_subscriber import VoicedSubscriber
from samescreen.record.writer import Writer

from .series import ConnectionSeries

KEYFRAME_US: Final = 1_900_000
"""Streaming sites ask for two seconds. The host looks four times a second."""

_FIRST_PAUSE_US: Final = 1_000_000
_LONGEST_PAUSE_US: Final = 60_000_000
_GOOD_US: Final = 30_000_000
"""An attempt that sent for so long was a good one: the next pause is the first again."""

_GRACE_US: Final = 2_500_000
TOO_SLOW: Final = "{} does not take the stream as fast as it is made: lower --max-bitrate"

SEALED: Final = "these pictures are sealed: give --output at the host that shares them"

State = Literal["connecting", "sending", "waiting"]


@dataclass(frozen=True, slots=True)
class OutputNews:
    """An output began to send; or it failed, `why` in one sentence, and is tried again soon."""

    name: str
    why: str = ""
    again_s: float = 0


@dataclass(slots=True)
class _Attempt:
    writer: Writer[ConnectionSeries]
    subscriber: StreamSubscriber
    sent_us: int | None = None
    """Since when it sends."""
    black_us: int = 0
    """When it sent the last black picture."""


class Output:
    """Sends the first stream and the voices to `address`, from the first `tick` to `end`."""

    def __init__(
        self,
        address: OutputAddress,
        hub: Hub,
        clock_us: Callable[[], int],
        on_news: Callable[[OutputNews], None],
    ) -> None:
        self.address = address
        self.fault = ""
        """Why it does not send now, in one sentence; "" while it sends or begins to."""
        self._hub = hub
        self._clock_us = clock_us
        self._on_news = on_news
        self._attempt: _Attempt | None = None
        self._leaving: dict[Writer[ConnectionSeries], int] = {}
        """Writers that say goodbye, and since when."""
        self._pause_us = _FIRST_PAUSE_US
        self._next_us = 0
        self._is_ended = False
        self._quiet = asyncio.Event()
        self._quiet.set()

    @property
    def state(self) -> State:
        """What it does now. "waiting": for a stream, or for the next attempt."""
        attempt = self._attempt
        if attempt is None:
            return "waiting"
        return "sending" if attempt.writer.files.is_sending else "connecting"

    @property
    def dropped(self) -> int:
        """Packets that this attempt left out, because the network was behind."""
        attempt = self._attempt
        if attempt is None:
            return 0
        return attempt.writer.dropped + attempt.writer.files.timeline.dropped

    async def ended(self) -> None:
        """Wait, after `end`, until nothing of it runs any more."""
        await self._quiet.wait()

    def seconds(self, now_us: int) -> float:
        """How long it has been sending."""
        attempt = self._attempt
        if attempt is None or attempt.sent_us is None:
            return 0
        return (now_us - attempt.sent_us) / 1e6

    def tick(self, now_us: int) -> None:
        """A few times a second."""
        for writer, since_us in self._leaving.items():
            if now_us - since_us > _GRACE_US:
                writer.files.cut()
        attempt = self._attempt
        if attempt is not None:
            self._follow(attempt, now_us)
        elif self._may_begin and now_us >= self._next_us:
            self._begin()

    @property
    def _may_begin(self) -> bool:
        """Something is shown to everybody, and nothing of the last attempt is left."""
        is_shown = self._hub.first is not self._hub.nothing
        return is_shown and not (self._is_ended or self._leaving)

    def end(self) -> None:
        """Say goodbye to the server, and try no more."""
        self._is_ended = True
        self._leave()

    def cut(self) -> None:
        """End at once what still says goodbye."""
        for writer in self._leaving:
            writer.files.cut()

    def _begin(self) -> None:
        if self._hub.first.is_sealed:
            self._failed(SEALED, None)
            return
        loop = asyncio.get_running_loop()
        series = ConnectionSeries(self.address)

        def ended() -> None:
            with suppress(RuntimeError):  # a loop that is closed needs nothing any more
                loop.call_soon_threadsafe(self._ended, writer)

        writer = Writer(series, self._clock_us, ended, name="output")
        writer.start()
        hub, voices = self._hub, self._hub.people.voices
        subscriber = VoicedSubscriber(
            hub.first, writer, voices, self._clock_us, self._leave, KeyframeEvery(KEYFRAME_US)
        )
        self._attempt = _Attempt(writer, subscriber)
        self._quiet.clear()

    def _follow(self, attempt: _Attempt, now_us: int) -> None:
        attempt.subscriber.tick(now_us)
        is_black = self._hub.first.status == BLANKED
        if is_black and now_us - attempt.black_us >= KEYFRAME_US:
            # The host makes no pictures now, but players that come must see the black one.
            attempt.black_us = now_us
            attempt.writer.take(Arrived(Blanked(), now_us))
        if attempt.writer.files.is_sending and attempt.sent_us is None:
            attempt.sent_us = now_us
            self.fault = ""
            self._on_news(OutputNews(self.address.name))
        if attempt.writer.is_too_slow(now_us):
            self._leave(TOO_SLOW.format(self.address.host))
            attempt.writer.files.cut()

    def _leave(self, fault: str = "") -> None:
        """End the attempt, if there is one: its thread says goodbye."""
        attempt, self._attempt = self._attempt, None
        if attempt is not None:
            attempt.subscriber.leave()
            self._leaving[attempt.writer] = self._clock_us()
            attempt.writer.finish(fault)
            if fault:
                self._failed(fault, attempt.sent_us)

    def _ended(self, writer: Writer[ConnectionSeries]) -> None:
        """The thread of an attempt has."""
        self._leaving.pop(writer, None)
        attempt = self._attempt
        if not self._leaving and (attempt is None or attempt.writer is writer):
            self._quiet.set()
        if attempt is not None and attempt.writer is writer:
            self._attempt = None
            attempt.subscriber.leave()
            self._failed(writer.fault, attempt.sent_us)

    def _failed(self, why: str, sent_us: int | None) -> None:
        now_us = self._clock_us()
        if sent_us is not None and now_us - sent_us >= _GOOD_US:
            self._pause_us = _FIRST_PAUSE_US
        self.fault = why
        self._next_us = now_us + self._pause_us
        self._on_news(OutputNews(self.address.name, why, self._pause_us / 1e6))
        self._pause_us = min(2 * self._pause_us, _LONGEST_PAUSE_US)
