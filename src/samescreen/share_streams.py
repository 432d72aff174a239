"""The streams of a `Share`: what it was made with, and what the program adds and removes.

What opens a source runs on any thread; the rest on the host's event loop, except `push` and
`names`, which are for any thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Final

from samescreen.aside import waited_for
from samescreen.capture.arrays import Order, Picture
from samescreen.capture.choose import OpenedSource
from samescreen.capture.given import Showable, check_given, open_given
from samescreen.capture.hiding import NO_RULES, CaptureRules
from samescreen.capture.jpeg import MOST_PX, browsers_jpeg
from samescreen.capture.masked import MaskedSource
from samescreen.capture.push import PushSource
from samescreen.errors import NotSharing, UsageError
from samescreen.gate.jpeg import read_jpeg
from samescreen.gate.refusal import Unfit
from samescreen.host import Host
from samescreen.hub.stream import Stream
from samescreen.labels import label
from samescreen.media import EncodedPicture
from samescreen.publish.pushed_video import PushedVideo
from samescreen.share_input import InputCallbacks

NO_INPUT: Final = InputCallbacks()
_IS_H264: Final = "H.264 was pushed to this stream; add another one for pictures"
_CANNOT_HIDE: Final = (
    "H.264 is passed on as it is, so hide_region= hides nothing in it: leave it out, or push "
    "pictures or JPEG files"
)
_NOT_PUSHED: Final = "push is for a Share() without a source; this one has no stream for it"


class ShareStreams:
    """`source`, `name`, `order` and `rules` are those of the `Share`.

    Raises:
        UsageError: a source that cannot be one.
    """

    def __init__(
        self,
        source: Showable | Mapping[str, Showable],
        name: str,
        order: Order,
        rules: CaptureRules = NO_RULES,
        callbacks: InputCallbacks = NO_INPUT,
        on_keyframe: Callable[[str], None] | None = None,
    ) -> None:
        check_given(source, order)
        if on_keyframe is not None and not callable(on_keyframe):
            raise UsageError("on_keyframe takes a function of the name of a stream")
        self._sources = source if isinstance(source, Mapping) else {"": source}
        self._title = name
        self._order = order
        self._rules = rules
        self._input = callbacks
        self._ids: dict[str, str] = {}
        """The ids of the streams by the names that the program uses."""
        self._pushes: dict[str, PushSource | PushedVideo] = {}
        self._on_keyframe = on_keyframe

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the current streams."""
        return tuple(self._ids)

    def open(self) -> list[OpenedSource]:
        """Open the sources that the Share was made with.

        Raises:
            UsageError, CaptureError: as `open_given`.
        """
        choices: list[OpenedSource] = []
        with ExitStack() as undo:
            for name, source in self._sources.items():
                choices.append(open_given(name, source, self._order, self._rules))
                undo.callback(choices[-1].source.dispose)
            undo.pop_all()
        return choices

    def begin(self, host: Host, choices: list[OpenedSource]) -> None:
        """Name the streams of a host that was made from these choices and has not started."""
        title = self._title if len(choices) == 1 else ""
        made = zip(self._sources.items(), choices, host.hub.streams.values(), strict=True)
        for (name, source), choice, stream in made:
            stream.name = label(name) or stream.name
            self._know(name or title or choice.name, stream, source, choice)
        if choices:
            host.stream.name = label(self._title) or host.stream.name

    async def add(self, host: Host, source: Showable, name: str) -> str:
        """Open one more source, share it, and return the stream's name.

        Raises:
            UsageError: a source that cannot be one, a name that another stream has, too many.
            CaptureError: the source cannot be opened.
            NotSharing: the host has stopped.
        """
        check_given({name: source}, self._order)
        self._refuse_taken(name)
        opening = partial(open_given, name, source, self._order, self._rules)
        choice = await waited_for(opening, "what is to be added", _dispose)
        known = name or choice.name
        try:
            self._refuse_taken(known)
        except UsageError:
            choice.source.dispose()
            raise
        stream_id = host.add(choice, label(name))
        self._know(known, host.hub.streams[stream_id], source, choice)
        return known

    async def remove(self, host: Host, name: str) -> None:
        """End the stream of that name.

        Raises:
            UsageError: there is none.
        """
        stream_id = self._ids.pop(name, None)
        if stream_id is None:
            raise UsageError(f"there is no stream called {name!r}{self._there_are()}")
        self._pushes.pop(name, None)
        await host.remove(stream_id)

    def id_of(self, name: str) -> str:
        """The id of the stream of that name; "" for "", which means the first.

        Raises:
            UsageError: there is none.
        """
        if name and name not in self._ids:
            raise UsageError(f"there is no stream called {name!r}{self._there_are()}")
        return self._ids[name] if name else ""

    def push(self, picture: Picture, to: str, order: Order | None) -> None:
        """Show this picture on the stream of that name; "": on the first that takes any.

        Raises:
            UsageError: not a picture, or there is no such stream to push to.
            NotSharing: the stream has ended.
        """
        source = self._pushed(to)[1]
        if isinstance(source, PushedVideo):
            raise UsageError(_IS_H264)
        source.push(picture, order=order or self._order)

    def push_jpeg(self, file: bytes, to: str) -> None:
        """Show this JPEG file, as `push`. Raises UsageError: not every browser shows it."""
        source = self._pushed(to)[1]
        if isinstance(source, PushedVideo):
            raise UsageError(_IS_H264)
        source.push_file(checked_jpeg(file))

    def push_h264(
        self, unit: bytes, to: str, host: Host, loop: asyncio.AbstractEventLoop
    ) -> None:
        """Show this access unit. The first one makes the stream one of H.264, for good.

        Raises:
            UsageError: not every viewer could show it, or pictures were pushed to this stream.
        """
        name, source = self._pushed(to)
        if isinstance(source, PushSource):
            source = self._h264_in_place_of(source, name, host, loop)
        source.push(unit)

    def _pushed(self, to: str) -> tuple[str, PushSource | PushedVideo]:
        pushes = self._pushes
        name = to or next(iter(pushes), "")
        if name not in pushes:
            there_are = f"; there are: {', '.join(map(repr, pushes))}" if pushes else ""
            raise UsageError(f"{_NOT_PUSHED}{' called ' + repr(to) if to else ''}{there_are}")
        return name, pushes[name]

    def _h264_in_place_of(
        self, source: PushSource, name: str, host: Host, loop: asyncio.AbstractEventLoop
    ) -> PushedVideo:
        if not source.waiting:
            raise UsageError("pictures were pushed to this stream; add another one for H.264")
        if self._rules.hidden.regions:
            raise UsageError(_CANNOT_HIDE)
        asked = self._on_keyframe
        video = PushedVideo(host.ceiling, None if asked is None else partial(asked, name))
        self._pushes = {**self._pushes, name: video}
        changing = host.change(self._ids[name], OpenedSource(video, name))
        try:
            asyncio.run_coroutine_threadsafe(changing, loop)
        except RuntimeError:
            changing.close()
            raise NotSharing from None
        return video

    def end(self) -> None:
        """Forget all streams, because the host has stopped."""
        self._ids, self._pushes = {}, {}

    def _know(self, name: str, stream: Stream, source: Showable, choice: OpenedSource) -> None:
        self._ids = {**self._ids, name: stream.stream_id}
        shown = choice.source
        pushed = shown.inner if isinstance(shown, MaskedSource) else shown
        if source is None and isinstance(pushed, PushSource):
            self._pushes = {**self._pushes, name: pushed}
            self._input.attach(stream, name)

    def _refuse_taken(self, name: str) -> None:
        if name in self._ids:
            raise UsageError(f"there is a stream called {name!r} already; give this one a name")

    def _there_are(self) -> str:
        return f"; there are: {', '.join(map(repr, self._ids))}" if self._ids else ""


def checked_jpeg(file: bytes) -> EncodedPicture:
    """The file as every browser shows it. Raises UsageError, whose message says why it is none."""
    picture = browsers_jpeg(file)
    try:
        read_jpeg(file if picture is None else picture.jpeg)
    except Unfit as unfit:
        detail = unfit.refusal.detail
        raise UsageError(f"this JPEG file is refused: {detail}; push baseline files") from None
    if picture is None:
        raise UsageError(f"a JPEG file has at most {MOST_PX[0]}×{MOST_PX[1]} pixels, in one scan")
    return picture


def dispose_all(choices: list[OpenedSource]) -> None:
    """Dispose of sources that will not be shared."""
    for choice in choices:
        _dispose(choice)


def _dispose(choice: OpenedSource) -> None:
    choice.source.dispose()
