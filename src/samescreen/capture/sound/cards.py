"""The edge to the soundcard package (WASAPI, Core Audio): types for what is used, and its devices.

soundcard may be imported only on a new thread: on Windows it initialises COM at import, and fails
if the thread has COM already. Every thread that uses it afterwards must be inside `com()`. Nothing
here may be called on the event loop.
"""

from __future__ import annotations

import ctypes
import importlib
import sys
import threading
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Protocol, Self, TypeVar, cast

from samescreen.errors import BackendMissing, CaptureError, SourceLost
from samescreen.media import Samples

NATIVE_ERRORS: Final = (RuntimeError, AssertionError, OSError, TypeError, ValueError)
"""What soundcard raises: the system's error codes, and its assertions. It has no own errors."""

ANSWER_S: Final = 3.0
"""How long the system may take to list or open a device."""

_MESSAGES: Final = {
    "0x80070005": "Windows refuses it: is it a microphone, allow desktop apps to use it in "
    "Settings, Privacy & security, Microphone",  # E_ACCESSDENIED
    "0x80070490": "this machine has no such sound device",  # E_NOTFOUND
    "0x88890004": "the sound device went away",  # AUDCLNT_E_DEVICE_INVALIDATED
    "0x8889000a": "another program has the sound device for itself",  # AUDCLNT_E_DEVICE_IN_USE
    "0x88890010": "the Windows Audio service is not running: start it",
}
"""Messages for the most common of Windows's codes, which soundcard includes in its errors."""

_MULTITHREADED: Final = 0  # COINIT_MULTITHREADED


class Recorder(Protocol):
    """soundcard's _Recorder. It belongs to one thread."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

    def record(self, numframes: int | None = None) -> Samples: ...


class Speaker(Protocol):
    """soundcard's _Speaker."""

    @property
    def id(self) -> str | int: ...


class Microphone(Protocol):
    """soundcard's _Microphone. With `isloopback` it records the speaker of the same id."""

    isloopback: bool

    @property
    def id(self) -> str | int: ...

    @property
    def name(self) -> str: ...

    @property
    def channels(self) -> int: ...

    def recorder(
        self, samplerate: int, channels: int | None = None, blocksize: int | None = None
    ) -> Recorder: ...


class Soundcard(Protocol):
    """The module soundcard."""

    def all_microphones(self, include_loopback: bool = False) -> Sequence[Microphone]: ...

    def default_speaker(self) -> Speaker: ...


@dataclass(frozen=True, slots=True)
class Card:
    """A device: `name` is the system's id for it, `description` is for people."""

    name: str
    description: str
    microphone: Microphone

    @property
    def is_output(self) -> bool:
        return self.microphone.isloopback


def on_windows() -> bool:
    """Whether this is Windows; otherwise it is macOS, as no other system uses this module."""
    return sys.platform == "win32"


def load_soundcard() -> Soundcard:
    """Import soundcard. Only on a new thread.

    Raises:
        BackendMissing: it is not installed, or does not work here.
    """
    try:
        module = importlib.import_module("soundcard")
    except (ImportError, *NATIVE_ERRORS) as error:
        raise BackendMissing(f"sound cannot be recorded: soundcard: {error}") from error
    # It prints a warning for each gap to the terminal. Listeners notice gaps by themselves.
    warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"soundcard\b")
    return cast(Soundcard, module)


def capture_error(error: Exception) -> SourceLost:
    """The capture error for what soundcard raised."""
    text = str(error) or type(error).__name__
    for code, message in _MESSAGES.items():
        if code in text:
            return SourceLost(message)
    return SourceLost(f"the sound device went away or was refused: {text}")


@contextmanager
def com() -> Iterator[None]:
    """Initialise COM for this thread, on Windows. Only after `load_soundcard`."""
    if not on_windows():
        yield
        return
    ole32 = cast(Any, ctypes).WinDLL("ole32")
    begun = ole32.CoInitializeEx(None, _MULTITHREADED)
    try:
        yield
    finally:
        if begun >= 0:  # negative: the thread has another kind of COM already
            ole32.CoUninitialize()


def cards(soundcard: Soundcard) -> list[Card]:
    """All devices, on Windows also the outputs, to record what they play. Inside `com()`."""
    found = soundcard.all_microphones(include_loopback=on_windows())
    readable = []
    for each in found:
        with suppress(*NATIVE_ERRORS):  # leave out a device that was just unplugged
            readable.append(Card(str(each.id), each.name, each))
    return readable


def list_cards() -> list[Card]:
    """All devices, for lists only. Any thread except the event loop's.

    Raises:
        BackendMissing: soundcard is not installed.
        SourceLost: the system does not answer, or answers with an error.
    """
    return on_a_fresh_thread(_list)


def _list() -> list[Card]:
    soundcard = load_soundcard()
    with com():
        return cards(soundcard)


Answer = TypeVar("Answer")


def on_a_fresh_thread(ask: Callable[[], Answer]) -> Answer:
    """Call `ask` on a new thread, and wait up to ANSWER_S for what it returns or raises.

    A call that hangs is abandoned, with its thread.
    """
    answers: deque[Answer] = deque()
    errors: deque[CaptureError] = deque()

    def run() -> None:
        try:
            answers.append(ask())
        except CaptureError as error:
            errors.append(error)
        except NATIVE_ERRORS as error:
            errors.append(capture_error(error))

    thread = threading.Thread(target=run, name="sound-devices", daemon=True)
    thread.start()
    thread.join(ANSWER_S)
    if errors:
        raise errors[0]
    if not answers:
        raise SourceLost("the system's sound does not answer")
    return answers[0]
