"""What a program pushes: pictures, encoded pictures, sound. Any thread; nothing here waits."""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from typing import Any, Final, Literal

from samescreen.capture.arrays import Order, Picture
from samescreen.capture.sound.choose import SoundChoice
from samescreen.capture.sound.pushed import Pushed, PushedSound, check_sound
from samescreen.errors import NotSharing, UsageError
from samescreen.host import Host
from samescreen.share_streams import ShareStreams

Encoding = Literal["jpeg", "h264"]
"""What `push_encoded` takes."""

_OTHER_SOUND: Final = (
    "this share has a sound already ({}); leave audio= out, or call set_audio(\"\") first"
)


class SharePushing(ABC):
    """The part of `Share` that takes what a program pushes."""

    _streams: ShareStreams

    def __init__(self) -> None:
        self._sound = _SoundOfShare()

    def push(self, picture: Picture, *, to: str = "", order: Order | None = None) -> None:
        """Show this picture from now on. Any thread; never waits.

        The pixels are copied, so the program may overwrite the array at once. If pictures come
        faster than `fps`, the newest is shown.

        Args:
            picture: numpy uint8: height×width (gray), height×width×3 or ×4. Its size may change.
            to: the stream's name, where there are several; otherwise the first that takes any.
            order: the order of its channels, otherwise that of Share(order=…).

        Raises:
            UsageError: not a picture, or this Share has another source.
            NotSharing: it has not begun, or has ended.
        """
        self._running_on()
        self._streams.push(picture, to, order)

    def push_encoded(
        self, data: bytes, codec: Encoding = "jpeg", *, to: str = ""
    ) -> None:
        """Show a picture that a camera or a board has encoded. Any thread; never waits.

        Args:
            data: "jpeg": one baseline JPEG file. "h264": one access unit in Annex B, Constrained
                Baseline without B-frames. The host passes it on as it is, and decodes it only for
                those who need a smaller picture; see docs/python.md, also for keyframes.
            codec: what it is. A stream to which H.264 was pushed takes nothing else afterwards.
            to: the stream's name, as for `push`.

        Raises:
            UsageError: not every viewer could show it, or this Share has another source.
            NotSharing: it has not begun, or has ended.
        """
        host, loop = self._running_on()
        if not isinstance(data, bytes | bytearray | memoryview):
            raise UsageError(f"push_encoded takes bytes, not {type(data).__name__}")
        if codec == "jpeg":
            self._streams.push_jpeg(bytes(data), to)
        elif codec == "h264":
            self._streams.push_h264(bytes(data), to, host, loop)
        else:
            raise UsageError(f"push_encoded takes 'jpeg' or 'h264', not {codec!r}")

    def push_audio(self, samples: Pushed, rate: int) -> None:
        """Let this sound be heard after what was pushed before. Any thread; never waits.

        It is played with all streams, in place of the sound of their sources. Where nothing comes
        there is silence.

        Args:
            samples: numpy int16: frames (mono), frames×1 or frames×2.
            rate: 8000 to 192000 a second.

        Raises:
            UsageError: not such sound, a minute of it waits already, or this Share has another
                sound.
            NotSharing: it has not begun, or has ended.
        """
        host, loop = self._running_on()
        check_sound(samples, rate)
        self._sound.push(samples, rate, host, loop)

    @abstractmethod
    def _running_on(self) -> tuple[Host, asyncio.AbstractEventLoop]:
        """The host and its loop. Raises NotSharing."""


class _SoundOfShare:
    """The pushed sound of a share, which its first piece begins."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._source: PushedSound | None = None
        self._host: Host | None = None

    def push(
        self, samples: Pushed, rate: int, host: Host, loop: asyncio.AbstractEventLoop
    ) -> None:
        with self._lock:
            source = self._source if self._host is host else None
            if source is None:
                source = self._begun(host, loop)
        source.push(samples, rate)

    def _begun(self, host: Host, loop: asyncio.AbstractEventLoop) -> PushedSound:
        if host.sound is not None:
            raise UsageError(_OTHER_SOUND.format(host.sound.label))
        source = PushedSound()
        changing: Any = host.change_sound(SoundChoice(source))
        try:
            asyncio.run_coroutine_threadsafe(changing, loop)
        except RuntimeError:
            changing.close()
            raise NotSharing from None
        self._source, self._host = source, host
        return source
