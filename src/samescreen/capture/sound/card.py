"""Sound through the soundcard package: on Windows outputs and microphones, on macOS microphones.

`CardSound` runs on the track's thread; the device lives on a thread of its own, which opens,
reads and closes it, as COM wants on Windows. The track's thread never waits for it longer than
it was told to, whatever the system does.
"""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from typing import Any, Final, cast

from samescreen.capture.mishap import Mishaps
from samescreen.clock import clock_us
from samescreen.errors import CaptureError, SourceLost, SourceUnavailable
from samescreen.media import BLOCK_FRAMES, SOUND_CHANNELS, SOUND_RATE

from .cards import (
    ANSWER_S,
    NATIVE_ERRORS,
    Card,
    Recorder,
    Soundcard,
    cards,
    com,
    in_words,
    load_soundcard,
    on_windows,
)
from .named import OUTPUT, found_device
from .permission import check_microphone_permission
from .sound_mailbox import CallbackSound, SoundMailbox

_mishaps: Final = Mishaps(logging.getLogger(__name__))

_LOOK_US: Final = 1_000_000
_STOP_S: Final = 0.5
_WAIT_S: Final = 0.1
_BUFFER_FRAMES: Final = 8 * BLOCK_FRAMES
"""What WASAPI keeps for us while this process is held up; sound comes every 10 ms all the same."""


class CardSound(CallbackSound):
    """What `words` name: "output" is what this machine plays (Windows), else a device.

    The output follows the default: when programs play elsewhere, it is lost and opened anew.
    """

    silent_us = 2_000_000

    def __init__(self, words: str) -> None:
        super().__init__()
        self._words = words
        self.label = words
        self.backend = "WASAPI" if on_windows() else "Core Audio"
        self._feed: _Feed | None = None

    def open(self) -> None:
        self.close()
        if self._feed is not None:
            raise SourceLost("the system does not let go of the sound device")
        feed = self._feed = _Feed(self._words, self._begin())
        if not feed.started.wait(ANSWER_S):
            self.close()
            raise SourceLost("the system's sound does not answer")
        if feed.failure is not None:
            self.close()
            raise feed.failure
        self.label = feed.label

    def close(self) -> None:
        self._end()
        if self._feed is not None and self._feed.has_ended(_STOP_S):
            self._feed = None


class _Feed:
    """The thread of one opened device."""

    def __init__(self, words: str, mailbox: SoundMailbox) -> None:
        self._words = words
        self._mailbox = mailbox
        self.started = threading.Event()
        # Written before `started`:
        self.failure: CaptureError | None = None
        self.label = ""
        self._thread = threading.Thread(target=self._run, name="sound-feed", daemon=True)
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
            self._fail(in_words(error))
        except Exception as error:  # the edge of this thread: without a word sound would stop
            _mishaps.tell("the sound device's thread", error)
            self._fail(SourceLost("an unexpected error ended the sound; see the host's log"))
        finally:
            self.started.set()

    def _fail(self, error: CaptureError) -> None:
        if not self.started.is_set():
            self.failure = error
        self._mailbox.lose(error)

    def _record(self, soundcard: Soundcard) -> None:
        card = _card(self._words, soundcard)
        self.label = "this machine's output" if self._words == OUTPUT else card.description
        recorder = _recorder(card)
        recorder.__enter__()
        try:
            self.started.set()
            self._pump(recorder, soundcard, card)
        finally:
            with suppress(*NATIVE_ERRORS):  # it says again that the device is gone
                recorder.__exit__(None, None, None)

    def _pump(self, recorder: Recorder, soundcard: Soundcard, card: Card) -> None:
        looked_us = clock_us()
        while not self._mailbox.closed.is_set():
            if _has_sound(recorder):
                self._mailbox.put(recorder.record(None))
            if self._words == OUTPUT and clock_us() - looked_us >= _LOOK_US:
                looked_us = clock_us()
                if str(soundcard.default_speaker().id) != card.name:
                    raise SourceLost("this machine plays its sound elsewhere now")


def _card(words: str, soundcard: Soundcard) -> Card:
    there_are = cards(soundcard)
    if words != OUTPUT:
        card = found_device(words, there_are)
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

    On Windows it always does: it gives zeros when a device says nothing. On macOS it waits for
    ever for a device that is gone, and has no public way around that; hence its own two names.
    """
    if on_windows():
        return True
    inner = cast(Any, recorder)
    if not inner._queue and inner._record_event.wait(_WAIT_S):
        inner._record_event.clear()
    return bool(inner._queue)
