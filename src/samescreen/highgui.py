"""OpenCV's windows in a browser: imshow, waitKey, setMouseCallback, for machines without a display.

The names, arguments and numbers are those of OpenCV (modules/highgui). The first `imshow` begins a
Share, whose link it prints; everybody with the link sees the windows as tabs, and may click and
type. All functions are for the program's own thread; callbacks are called inside `waitKey`.
"""

from __future__ import annotations

import queue
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Unpack

import numpy as np

from samescreen.capture.arrays import Picture
from samescreen.errors import UsageError
from samescreen.keywords import Options
from samescreen.share import Share
from samescreen.share_input import KeyEvent, PointerEvent, TextEvent

MouseCallback = Callable[[int, int, int, int, Any], object]
"""Called with the event, x, y, the flags and the parameter."""
MOST_WAITING: Final = 1000
"""Events that `waitKey` has not taken yet. What exceeds that is left out."""
EVENT_MOUSEMOVE, EVENT_MOUSEWHEEL, EVENT_MOUSEHWHEEL = 0, 10, 11
_DOWN: Final = {"left": 1, "right": 2, "middle": 3}
_UP: Final = {"left": 4, "right": 5, "middle": 6}
_BUTTON_FLAGS: Final = {"left": 1, "right": 2, "middle": 4}
_MOD_FLAGS: Final = {"ctrl": 8, "shift": 16, "alt": 32}
_WHEEL_UNIT: Final = 120
_PLAIN_KEYS: Final = (
    *(("Backspace", 8), ("Tab", 9)),
    *(("Enter", 13), ("NumpadEnter", 13), ("Escape", 27)),
)
_FAR_KEYS: Final = ("Home", "ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown", "PageUp", "PageDown")
_KEYS: Final[dict[str, int]] = dict(
    (
        *_PLAIN_KEYS,
        *((name, 0xFF50 + n) for n, name in enumerate((*_FAR_KEYS, "End"))),
        *(("Insert", 0xFF63), ("Delete", 0xFFFF)),
        *((f"F{n}", 0xFFBD + n) for n in range(1, 13)),
    )
)
"""By the browser's names: what OpenCV's waitKeyEx returns on Linux, which are X keysyms."""


class _Desk:
    """The share of this process, and what viewers did that `waitKey` has not taken."""

    def __init__(self) -> None:
        self.options: Options = {}
        self.share: Share | None = None
        self.callbacks: dict[str, tuple[MouseCallback, Any]] = {}
        self.waiting: queue.Queue[PointerEvent | int] = queue.Queue(MOST_WAITING)

    def running(self) -> Share:
        if self.share is None:
            options: Options = {"allow": ("control",), **self.options}
            share = Share(
                {},
                order="BGR",
                on_pointer=self._put,
                on_key=self._pressed,
                on_text=self._typed,
                **options,
            )
            self.share = share.start()
            sys.stdout.write(f"{share.url}\n")
            sys.stdout.flush()
        return self.share

    def _put(self, event: PointerEvent | int) -> None:
        with suppress(queue.Full):  # the program does not call waitKey
            self.waiting.put_nowait(event)

    def _pressed(self, event: KeyEvent) -> None:
        """A key that types nothing; what is typed comes as text."""
        code = _KEYS.get(event.key)
        is_chord = len(event.key) == 1 and event.key.isascii() and "ctrl" in event.mods
        if is_chord:
            code = ord(event.key) & 0x1F
        if event.kind == "down" and code is not None:
            self._put(code)

    def _typed(self, event: TextEvent) -> None:
        for char in event.text:
            self._put(ord(char))


_desk: Final = _Desk()


def showOptions(**options: Unpack[Options]) -> None:  # noqa: N802
    """Options of the Share that the first `imshow` begins, such as `port=9000`.

    Raises:
        UsageError: it has begun.
    """
    if _desk.share is not None:
        raise UsageError("showOptions comes before the first imshow")
    _desk.options = options


def imshow(winname: str, mat: np.ndarray[Any, Any]) -> None:
    """Show this picture, BGR or gray, in the window of that name.

    As in OpenCV, float arrays hold 0 to 1, and 16-bit ones 0 to 65535.

    Raises:
        UsageError: not a picture.
    """
    share = _desk.running()
    picture = _as_bytes(mat)
    if winname not in share.streams:
        share.add(name=winname)
    share.push(picture, to=winname)


def _as_bytes(mat: Any) -> Picture:
    picture: Picture
    if not isinstance(mat, np.ndarray):
        raise UsageError(f"imshow takes a numpy array, not {type(mat).__name__}")
    if mat.ndim == 3 and mat.shape[2] == 1:
        mat = mat[:, :, 0]
    if mat.dtype.kind == "f":
        picture = np.clip(mat * 255.0, 0, 255).astype(np.uint8)
    elif mat.dtype == np.uint16:
        picture = (mat >> 8).astype(np.uint8)
    else:
        picture = mat.astype(np.uint8) * 255 if mat.dtype == np.bool_ else mat
    return picture


def namedWindow(winname: str, flags: int = 1) -> None:  # noqa: N802
    """Make a window; `imshow` makes one too. `flags` have no effect."""
    share = _desk.running()
    if winname not in share.streams:
        share.add(name=winname)


def setMouseCallback(winname: str, onMouse: MouseCallback, param: Any = None) -> None:  # noqa: N802, N803
    """Call `onMouse(event, x, y, flags, param)` in `waitKey` for what viewers do there."""
    _desk.callbacks[winname] = (onMouse, param)


def waitKey(delay: int = 0) -> int:  # noqa: N802
    """Wait `delay` milliseconds for a key, 0: for ever. Its code, 0 to 255; -1: none."""
    code = waitKeyEx(delay)
    return code if code < 0 else code & 0xFF


def waitKeyEx(delay: int = 0) -> int:  # noqa: N802
    """As `waitKey`, with the whole code: arrows and the like have more than 8 bits."""
    deadline_s = None if delay <= 0 else time.monotonic() + delay / 1000
    while True:
        left_s = None if deadline_s is None else deadline_s - time.monotonic()
        try:
            event = _desk.waiting.get(timeout=None if left_s is None else max(0.0, left_s))
        except queue.Empty:
            return -1
        if isinstance(event, int):
            return event
        _call(event)


def _call(event: PointerEvent) -> None:
    found = _desk.callbacks.get(event.stream)
    if found is None:
        return
    flags = sum(_BUTTON_FLAGS.get(each, 0) for each in event.buttons)
    flags |= sum(_MOD_FLAGS.get(each, 0) for each in event.mods)
    number = EVENT_MOUSEMOVE
    if event.kind == "wheel":
        number = EVENT_MOUSEWHEEL if event.dy else EVENT_MOUSEHWHEEL
        turned = -event.dy if event.dy else event.dx  # away from the person is positive
        flags |= round(turned * _WHEEL_UNIT) << 16
    elif event.kind != "move":
        numbers = _DOWN if event.kind == "down" else _UP
        if event.button not in numbers:
            return
        number = numbers[event.button]
    callback, param = found
    callback(number, event.x, event.y, flags, param)


def destroyWindow(winname: str) -> None:  # noqa: N802
    """End the window of that name."""
    _desk.callbacks.pop(winname, None)
    if _desk.share is not None and winname in _desk.share.streams:
        _desk.share.remove(winname)


def destroyAllWindows() -> None:  # noqa: N802
    """End all windows, and the Share."""
    share, _desk.share = _desk.share, None
    _desk.callbacks.clear()
    while not _desk.waiting.empty():
        _desk.waiting.get_nowait()
    if share is not None:
        share.stop()
