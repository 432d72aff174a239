"""What a screen shows, scripted, and what encoding it costs: the model behind the simulations.

The costs are those that `bench/encoding.py` measured at 1920×1080 (decision 24), rounded. The model
of the encoder follows libx264: a free one spends what the picture needs; a capped one keeps within
a VBV of four frame times, is coarser where it must be, and repairs what is coarse afterwards.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from samescreen.flow.encoder_choice import EncodedSize, Tuning

SECOND_US: Final = 1_000_000
FRAME_US: Final = 16_667
_VBV_FRAMES: Final = 4
_REPAIR_BYTES: Final = 40_000
"""What a capped encoder spends on each packet while it repairs a coarse picture, as measured."""
_KEYFRAME_OVERSHOOT: Final = 2.3
"""How far a capped keyframe exceeds its VBV: 380 kB at 20 Mbit/s where a free one has 690."""
_COARSEST: Final = 25.0
"""How much smaller the coarsest quantiser makes a picture."""
_STEPS_TO_HALVE: Final = 3
"""So many quantiser steps halve the bits of a delta."""
_CAPPED_TIME: Final = 1.3
_EASY: Final = 2.0
"""CRF spends what easy content saves on making it better still (decision 10)."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one picture costs a free encoder with a wide motion search.

    `near_bytes`, `near_time`: by what factors that changes with a near search.
    """

    delta_bytes: int
    encode_us: int
    near_bytes: float = 1.0
    near_time: float = 1.0


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture each `every_us`, unless `change` of the time in seconds is None then."""

    name: str
    every_us: int
    key_bytes: int
    change: Callable[[float], Change | None]

    def pictures(self, seconds: int) -> Iterator[tuple[int, Change]]:
        """When a picture changes, and what it costs; sizes and times vary by a tenth."""
        noise = random.Random(self.name)
        for now_us in range(self.every_us, seconds * SECOND_US, self.every_us):
            change = self.change(now_us / SECOND_US)
            if change is not None:
                size = int(change.delta_bytes * noise.uniform(0.9, 1.1))
                took_us = int(change.encode_us * noise.uniform(0.9, 1.1))
                yield now_us, Change(size, took_us, change.near_bytes, change.near_time)


_KEYSTROKE: Final = Change(300, 4_400)
_SCROLL: Final = Change(3_800, 7_800, near_bytes=1.26)
_FILM: Final = Change(187_000, 16_400, near_bytes=1.23, near_time=0.72)
_FILM_IN_A_THIRD: Final = Change(39_200, 6_800, near_bytes=1.08, near_time=0.88)
_SLIDE: Final = Change(640_000, 17_400, near_bytes=1.15, near_time=0.63)
_CURSOR: Final = Change(150, 4_000)


def _always(change: Change) -> Callable[[float], Change | None]:
    return lambda _: change


def _each(seconds: int, change: Change) -> Callable[[float], Change | None]:
    """It comes and goes, as long each; it begins with a rest."""
    return lambda now: change if int(now) // seconds % 2 else None


TYPING: Final = Scene("typing over dense text", 100_000, 690_000, _always(_KEYSTROKE))
SCROLL: Final = Scene("slow scroll", FRAME_US, 690_000, _always(_SCROLL))
FILM_IN_A_THIRD: Final = Scene(
    "film in a third of the screen", FRAME_US, 600_000, _always(_FILM_IN_A_THIRD)
)
FILM: Final = Scene("film, full screen", FRAME_US, 500_000, _always(_FILM))
SLIDES: Final = Scene("a slide each 5 s", 5 * SECOND_US, 690_000, _always(_SLIDE))
CURSOR: Final = Scene("a blinking cursor", SECOND_US // 2, 690_000, _always(_CURSOR))
FILM_AND_REST: Final = Scene("film and rest, 10 s each", FRAME_US, 500_000, _each(10, _FILM))
FILM_AND_LONG_REST: Final = Scene("film and rest, 40 s each", FRAME_US, 500_000, _each(40, _FILM))
HEAVY_AND_LIGHT: Final = Scene(
    "slow and quick to encode, 20 s each",
    FRAME_US,
    690_000,
    lambda now: Change(9_000, 17_000, near_time=0.8) if int(now) // 20 % 2 else Change(900, 5_000),
)
UNCHANGING: Final = (TYPING, SCROLL, FILM_IN_A_THIRD, FILM, SLIDES, CURSOR)
ALTERNATING: Final = (FILM_AND_REST, FILM_AND_LONG_REST, HEAVY_AND_LIGHT)


class EncoderModel:
    """An encoder of main, made for this tuning; its first packet is a keyframe."""

    def __init__(self, tuning: Tuning, key_bytes: int, now_us: int) -> None:
        self._tuning = tuning
        self._key_bytes = key_bytes
        self._now_us = now_us
        self._vbv_bytes = tuning.bitrate_bps * _VBV_FRAMES // tuning.fps // 8
        self._room_bytes = self._vbv_bytes
        self._coarse_bytes = 0
        self._is_new = True

    def encode(self, change: Change, now_us: int, *, keyframe: bool = False) -> EncodedSize:
        """One packet of the newest picture."""
        is_keyframe, self._is_new = keyframe or self._is_new, False
        is_wide = self._tuning.wide_motion_search and not self._tuning.is_capped
        took_us = change.encode_us * (1.0 if is_wide else change.near_time)
        wanted = float(change.delta_bytes) * (1.0 if is_wide else change.near_bytes)
        if is_keyframe:
            wanted = self._key_bytes
        if not self._tuning.is_capped:
            steps = self._tuning.coarser_by
            size = int(wanted / 2 ** (steps / _STEPS_TO_HALVE))
            return EncodedSize(size, is_keyframe, int(took_us), is_wide, steps)
        sent = self._within_vbv(wanted, is_keyframe, now_us)
        coarseness = max(-12.0, min(28.0, _STEPS_TO_HALVE * math.log2(wanted / sent)))
        if is_keyframe:
            self._coarse_bytes = max(0, int(wanted - sent))
        repair = min(self._coarse_bytes, _REPAIR_BYTES, max(0, self._room_bytes))
        if not is_keyframe and repair > 0:
            self._coarse_bytes -= repair
            self._room_bytes -= repair
            sent += repair
        return EncodedSize(
            int(sent), is_keyframe, int(took_us * _CAPPED_TIME), is_wide, coarseness
        )

    def _within_vbv(self, wanted: float, is_keyframe: bool, now_us: int) -> float:
        """The bytes of a packet that wants so many, at least one."""
        gained = (now_us - self._now_us) * self._tuning.bitrate_bps // 8_000_000
        self._now_us = now_us
        self._room_bytes = min(self._vbv_bytes, self._room_bytes + gained)
        room = _KEYFRAME_OVERSHOOT * self._vbv_bytes if is_keyframe else self._room_bytes
        easy = 1.0 if is_keyframe else _EASY
        sent = max(1.0, wanted / _COARSEST, min(easy * wanted, room))
        self._room_bytes -= int(sent)
        return sent
