"""Sound through the soundcard package: on Windows outputs and microphones, on macOS microphones.

`CardSound` runs on the sound track's thread. COM on Windows wants a device to be opened, read and
closed on one thread, so a `_CaptureThread` does all three. The track's thread never waits for it
longer than the timeout, whatever the system does.
"""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from typing import Any, Final, cast

from samescreen.capture.recurring_errors import RecurringErrors
from samescreen.clock import clock_us
from samescreen.errors import CaptureError, SourceLost, SourceUnavailable
from samescreen.media import BLOCK_FRAMES, SOUND_CHANNELS, SOUND_RATE

from .cards import (
    ANSWER_S,
    NATIVE_ERRORS,
    Card,
    Recorder,
    Soundcard,
    capture_error,
    cards,
    com,
    load_soundcard,
    on_windows,
)
from .named import OUTPUT, found_device
from .permission import check_microphone_permission
from .sound_mailbox import CallbackSound, SoundMailbox

_errors: Final = RecurringErrors(logging.getLogger(__name__))

_LOOK_US: Final = 1_000_000
_STOP_S: Final = 0.5
_WAIT_S: Final = 0.1
_BUFFER_FRAMES: Final = 8 * BLOCK_FRAMES
"""How much WASAPI buffers while this process is delayed. Sound still comes every 10 ms."""


class CardSound(CallbackSound):
    """The sound that `spec` names: "output" is what this machine plays (Windows), else a device.

    "output" is the default output: when the default changes, the source is lost, and reopened.
    """

    silent_us = 2_000_000

    def __init__(self, spec: str) -> None:
        super().__init__()
        self._spec = spec
        self.label = spec
        self.backend = "WASAPI" if on_windows() else "Core Audio"
        self._capture_thread: _CaptureThread | None = None

    def open(self) -> None:
        self.close()
        if self._capture_thread is not None:
            raise SourceLost("the system does not release the sound device")
        thread = self._capture_thread = _CaptureThread(self._spec, self._begin())
        if not thread.started.wait(ANSWER_S):
            self.close()
            raise SourceLost("the system's sound does not answer")
        if thread.failure is not None:
            self.close()
            raise thread.failure
        self.label = thread.label

    def close(self) -> None:
        self._end()
        if self._capture_thread is not None and self._capture_thread.has_ended(_STOP_S):
            self._capture_thread = None


class _CaptureThread:
    """The thread that opens, reads and closes one device."""

    def __init__(self, spec: str, mailbox: SoundMailbox) -> None:
        self._spec = spec
        self._mailbox = mailbox
        self.started = threading.Event()
        # Written before `started`:
        self.failure: CaptureError | None = None
        self.label = ""
        self._thread = threading.Thread(target=self._run, name="sound-capture", daemon=True)
        self._thread.start()

    def has_ended(self, within_s: float) -> bool:
        self._thread.join(within_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            soundcard = load_soundcard()
            with com():
                self._record(soundcard)
        except CaptureError as error:
            self._fail(error)
        except NATIVE_ERRORS as error:
            self._fail(capture_error(error))
        except Exception as error:  # the thread's outermost edge: sound must not stop silently
            _errors.log("the sound device's thread", error)
            self._fail(SourceLost("an unexpected error ended the sound; see the host's log"))
        finally:
            self.started.set()

    def _fail(self, error: CaptureError) -> None:
        if not self.started.is_set():
            self.failure = error
        self._mailbox.lose(error)

    def _record(self, soundcard: Soundcard) -> None:
        card = _card(self._spec, soundcard)
        self.label = "this machine's output" if self._spec == OUTPUT else card.description
        recorder = _recorder(card)
        recorder.__enter__()
        try:
            self.started.set()
            self._pump(recorder, soundcard, card)
        finally:
            with suppress(*NATIVE_ERRORS):  # raised once more when the device is gone
                recorder.__exit__(None, None, None)

    def _pump(self, recorder: Recorder, soundcard: Soundcard, card: Card) -> None:
        looked_us = clock_us()
        while not self._mailbox.closed.is_set():
            if _has_sound(recorder):
                self._mailbox.put(recorder.record(None))
            if self._spec == OUTPUT and clock_us() - looked_us >= _LOOK_US:
                looked_us = clock_us()
                if str(soundcard.default_speaker().id) != card.name:
                    raise SourceLost("this machine plays its sound elsewhere now")


def _card(spec: str, soundcard: Soundcard) -> Card:
    there_are = cards(soundcard)
    if spec != OUTPUT:
        card = found_device(spec, there_are)
        if not on_windows():
            check_microphone_permission()
        return card
    outputs = [each for each in there_are if each.is_output]
    if not outputs:
        raise SourceUnavailable("this machine has no sound output to record")
    default = str(soundcard.default_speaker().id)
    for each in outputs:
        if each.name == default:
            return each
    raise SourceLost("this machine plays its sound elsewhere now")


def _recorder(card: Card) -> Recorder:
    """On Windows the system mixes channels; on macOS a block is the device's own, for everybody."""
    if on_windows():
        return card.microphone.recorder(
            samplerate=SOUND_RATE, channels=SOUND_CHANNELS, blocksize=_BUFFER_FRAMES
        )
    channels = min(card.microphone.channels, SOUND_CHANNELS)
    return card.microphone.recorder(samplerate=SOUND_RATE, channels=channels)


def _has_sound(recorder: Recorder) -> bool:
    """Whether `record` will return at once, or at least soon.

    On Windows it always does: it returns zeros for a silent device. On macOS it waits forever for
    a device that is gone. soundcard has no public way to avoid that, hence two private names.
    """
    if on_windows():
        return True
    inner = cast(Any, recorder)
    if not inner._queue and inner._record_event.wait(_WAIT_S):
        inner._record_event.clear()
    return bool(inner._queue)
