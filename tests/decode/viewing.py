"""A decoder under test: it waits for news instead of sleeping."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any

from samescreen.decode.decoder import Decoder
from samescreen.decode.values import Decoded
from samescreen.media import Codec, Packet
from tests.stage.timing import MS

PATIENCE_S = 15_000 * MS


class Viewing(closing[Decoder]):
    """`with Viewing(Codec.H264) as …` is closed at the end."""

    def __init__(self, codec: Codec, **more: Any) -> None:
        self._news = threading.Semaphore(0)
        self.decoder = Decoder("Anna's phone", codec, self._news.release, **more)
        super().__init__(self.decoder)

    def submit(self, packet: Packet) -> bool:
        return self.decoder.submit(
            packet.payload, packet.pts_us, is_keyframe=packet.is_keyframe
        )

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait until that is so; it is looked at after each piece of news."""
        while not condition():
            assert self._news.acquire(timeout=PATIENCE_S), "the decoder has no news"

    def picture(self) -> Decoded:
        """The next picture."""
        found: list[Decoded] = []

        def is_there() -> bool:
            picture = self.decoder.newest()
            if picture is not None:
                found.append(picture)
            return bool(found)

        self.until(is_there)
        return found[0]

    def until_ended(self, keyframe: Packet) -> None:
        """Submit this whenever a keyframe is needed, until decoding has ended."""
        while not self.decoder.ended:
            self.submit(keyframe)
            self.until(lambda: self.decoder.needs_keyframe or bool(self.decoder.ended))

    @property
    def pid(self) -> int:
        process = self.decoder._process
        assert process is not None
        return process.pid
