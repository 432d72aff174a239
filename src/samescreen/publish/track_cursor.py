"""Where a track's cursor is: drawn into the pictures, or apart from them.

Runs on the track's thread. The cursor is apart while a subscriber draws it and none needs it in the
picture. Then the source reports it on a thread of its own, and each report crosses to the event
loop at once: no packet, no encoder and no pause delays it. Readers of stills get pictures into
which it is drawn here.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from samescreen.capture.cursor import CursorImage, CursorSeen, draw_cursor
from samescreen.encode.cursor_png import cursor_png
from samescreen.flow.still_output import StillOutput
from samescreen.hub.demand import CursorNeed, Demand
from samescreen.hub.events import MOST_SHAPES, CursorShape, CursorState
from samescreen.media import Damage, Frame, Rendition

from .bridge import ThreadBridge
from .grabs import Grabs


class Shapes:
    """The images of a track's cursor, each encoded once and numbered."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, CursorShape] = OrderedDict()
        self._number = 0

    def of(self, image: CursorImage) -> CursorShape:
        """The shape of this image; the oldest shape is forgotten when there are too many."""
        height, width = image.bgra.shape[:2]
        mark = hashlib.blake2b(image.bgra.tobytes(), digest_size=16)
        mark.update(repr((width, height, image.hot_x, image.hot_y)).encode())
        key = mark.digest()
        shape = self._known.get(key)
        if shape is None:
            self._number += 1
            png = cursor_png(image.bgra)
            shape = CursorShape(self._number, width, height, image.hot_x, image.hot_y, png)
            self._known[key] = shape
            if len(self._known) > MOST_SHAPES:
                self._known.popitem(last=False)
        return shape


class TrackCursor:
    """Keeps the cursor where the demand wants it, as far as the source can.

    `stills`: the schedule of pictures with the cursor while it is apart.
    """

    def __init__(
        self,
        grabs: Grabs,
        bridge: ThreadBridge,
        stills: StillOutput,
        clock_us: Callable[[], int],
    ) -> None:
        self.stills = stills
        self._grabs = grabs
        self._bridge = bridge
        self._clock_us = clock_us
        self._shapes = Shapes()
        self._state = CursorState()
        self._seen = CursorSeen()
        self._drawn = CursorSeen()
        self._is_read = False

    @property
    def is_apart(self) -> bool:
        return self._state.is_apart

    def apply(self, demand: Demand) -> None:
        """Put the cursor where this demand wants it.

        Raises:
            SourceLost: the source is gone.
        """
        self._is_read = Rendition.POINTED in demand.renditions
        is_wanted = demand.cursor == CursorNeed.APART
        is_apart = is_wanted and self._grabs.source.can_part_cursor
        if is_apart is self.is_apart:
            return
        self._grabs.recall()
        if is_apart:
            self._post(CursorState(True, self._clock_us()))
            self._grabs.source.part_cursor(self._report)
        else:
            self._grabs.source.part_cursor(None)
            self.closed()

    def closed(self) -> None:
        """The source reports the cursor no more."""
        self._seen = CursorSeen()
        if self.is_apart:
            self._post(CursorState(False, self._clock_us()))

    def take_change(self) -> Damage:
        """Where a picture with the cursor would differ from the last one that was drawn."""
        if not self.is_apart or self._seen == self._drawn:
            return Damage.NONE
        return Damage.of(self._seen.region, self._drawn.region)

    def drawn_on(self, frame: Frame) -> Frame:
        """A copy of the frame with the cursor drawn into it; the frame itself while it has it."""
        self._drawn = seen = self._seen
        if seen.image is None:
            return frame
        pixels = np.array(frame.pixels)
        draw_cursor(pixels, seen.image, seen.x, seen.y)
        return replace(frame, decoded=pixels, encoded=None, converted=None)

    @property
    def has_drawn(self) -> bool:
        """Whether the last picture of `drawn_on` is a copy."""
        return self._drawn.image is not None

    def _report(self, seen: CursorSeen) -> None:
        """The cursor moved or looks different. On the thread that follows it."""
        self._seen = seen
        shape = None if seen.image is None else self._shapes.of(seen.image)
        self._post(replace(self._state, shape=shape, x=seen.x, y=seen.y))
        if self._is_read:
            self._grabs.wake()

    def _post(self, state: CursorState) -> None:
        self._state = state
        self._bridge.post_cursor(state)
