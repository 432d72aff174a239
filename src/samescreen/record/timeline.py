"""What of a stream goes into which file of a recording, and when it is shown there. Pure.

Time is an argument, in µs of the host's clock. A file begins with a keyframe and holds pictures of
one size. While the picture rests, its last packet stands; while nothing is heard, silence does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from samescreen.media import SOUND_RATE, Packet, PacketKind, Rendition, TrackConfig

from .sound_line import Sound, SoundLine

MIN_FILE_US: Final = 1_000_000
"""While somebody drags a window's corner, every picture has another size: files are not shorter."""

MOST_PACKETS: Final = 1_000_000
"""In one file, whose index stays in memory: about two hours of film with sound."""

QUIET_LAG_US: Final = 150_000
"""Silence is written up to so long ago: a sound that begins now is a few packets old."""

HEARD_LAG_US: Final = 400_000
"""The same just after a sound, which may only be late."""

HOLD_US: Final = 80_000
"""A picture waits so long for the next one, which says how long it is shown. Without a next one
the picture rests: it is written all the same, and the next one may still come at any time."""

_SHORTER_US: Final = 30_000
"""A picture that rests is said to be shown until so long ago: the next one may be under way."""

_PAST_US: Final = 5_000_000
_FUTURE_US: Final = 1_000_000
"""A picture's own time counts within these. Otherwise the time of its arrival does."""

_APART_US: Final = 1_000
"""Pictures of one file are at least so far apart; their times rise."""


@dataclass(frozen=True, slots=True)
class Blanked:
    """The host shows black in place of the picture, until the next keyframe."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """What a stream sent: a packet or configuration, a packet of its sound; and when it came."""

    what: Packet | TrackConfig | Blanked
    at_us: int


@dataclass(frozen=True, slots=True)
class Begin:
    """A new file, of pictures this large."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Picture:
    """One H.264 access unit in Annex B, shown `at_us` after the file began, for `length_us`."""

    at_us: int
    length_us: int
    payload: bytes
    is_keyframe: bool


@dataclass(frozen=True, slots=True)
class End:
    """The file is complete; it is `length_us` long."""

    length_us: int


Step = Begin | Picture | Sound | End


class _OpenFile:
    """What the timeline remembers of the file that it fills."""

    __slots__ = ("began_us", "held", "last_us", "packets", "shown_us", "size", "sound")

    def __init__(self, size: tuple[int, int], began_us: int) -> None:
        self.size = size
        self.began_us = began_us
        self.last_us = -_APART_US
        self.shown_us = 0
        """Until when the last released picture is shown; the next one never begins before."""
        self.held: Picture | None = None
        self.packets = 0
        self.sound = SoundLine()

    def release(self, until_us: int) -> Iterator[Picture]:
        """The picture that waits, shown until then (since the file began)."""
        held, self.held = self.held, None
        if held is not None:
            self.shown_us = max(held.at_us, until_us)
            yield replace(held, length_us=self.shown_us - held.at_us)


class Timeline:
    """One stream and its sound, as a recording of one or more files.

    `black` encodes a black picture of a width and height, as a keyframe in Annex B.
    """

    def __init__(self, black: Callable[[int, int], bytes]) -> None:
        self._black = black
        self.dropped = 0
        """Pictures that came while a keyframe was needed, or without the one before them. Those
        before the first keyframe do not count: the recording begins with it."""
        self._needs_keyframe = True
        self._is_black = False
        self._size = (0, 0)
        self._track = -1
        self._next_sequence = 0
        self._heard_us = 0
        self._file: _OpenFile | None = None

    def needs_keyframe(self, now_us: int) -> bool:
        """Nothing can be written before a keyframe, and one would be of use now."""
        file = self._file
        if file is None or file.size == self._size:
            return self._needs_keyframe
        return self._needs_keyframe and now_us - file.began_us >= MIN_FILE_US

    def take(self, arrived: Arrived) -> Iterator[Step]:
        """What to do about this packet or configuration."""
        what, now_us = arrived.what, arrived.at_us
        if isinstance(what, TrackConfig):
            if what.rendition is Rendition.MAIN:
                self._size = (what.coded_width, what.coded_height)
        elif isinstance(what, Blanked):
            yield from self._blank(now_us)
        elif what.rendition is Rendition.MAIN:
            yield from self._picture(what, now_us)
        elif what.rendition is Rendition.OPUS and self._file is not None:
            self._heard_us = now_us
            at_us = _plausible(what.pts_us, now_us) - self._file.began_us
            if at_us >= 0:
                yield from self._counted(self._file.sound.take(_frames(at_us), what.payload))

    def passed(self, now_us: int) -> Iterator[Step]:
        """Silence up to shortly before now where no sound came, and a picture that rests."""
        file = self._file
        if file is not None:
            at_us = now_us - file.began_us
            if at_us - file.last_us >= HOLD_US:
                yield from file.release(at_us - _SHORTER_US)
            is_heard = now_us - self._heard_us < HEARD_LAG_US
            until_us = now_us - (HEARD_LAG_US if is_heard else QUIET_LAG_US)
            yield from self._fill(until_us)

    def end(self, now_us: int) -> Iterator[Step]:
        """The recording is over."""
        if self._file is not None:
            length_us = max(now_us - self._file.began_us, self._file.last_us)
            yield from self._file.release(length_us)
            yield from self._fill(self._file.began_us + length_us)
            self._file = None
            yield End(length_us)

    def _picture(self, packet: Packet, now_us: int) -> Iterator[Step]:
        if packet.kind is not PacketKind.VIDEO:
            return
        is_next = packet.sequence == self._next_sequence and packet.track == self._track
        self._next_sequence, self._track = (packet.sequence + 1) % 2**32, packet.track
        if not packet.is_keyframe and (self._needs_keyframe or not is_next):
            self._needs_keyframe = True
            self.dropped += self._file is not None  # a file begins with a keyframe
            return
        # A picture from before the host blanked may be encoded again: nobody saw it meanwhile.
        shown_us = now_us if self._is_black else _plausible(packet.pts_us, now_us)
        if packet.is_keyframe:
            file = self._file
            if file is not None and file.size != self._size and not self._may_end(file, now_us):
                self._needs_keyframe = True
                self.dropped += 1
                return
            if self._size == (0, 0):
                return
            yield from self._begin_if_due(shown_us)
            self._needs_keyframe = self._is_black = False
        file = self._file
        assert file is not None, "a keyframe came first"
        at_us = shown_us - file.began_us
        if at_us < file.last_us + _APART_US:  # the same picture again, of better quality
            at_us = now_us - file.began_us
        # One that is late must not overlap the picture before it, which was said to rest: FFmpeg's
        # muxer ends the whole process where times go back.
        at_us = max(at_us, file.last_us + _APART_US, file.shown_us)
        yield from file.release(at_us)
        file.last_us = at_us
        file.packets += 1
        file.held = Picture(at_us, 0, packet.payload, packet.is_keyframe)

    def _blank(self, now_us: int) -> Iterator[Picture]:
        """End the last picture now, and show black until a keyframe comes."""
        self._needs_keyframe = self._is_black = True
        file = self._file
        if file is not None:
            at_us = max(now_us - file.began_us, file.last_us + _APART_US, file.shown_us)
            yield from file.release(at_us)
            file.last_us = at_us
            file.packets += 1
            file.held = Picture(at_us, 0, self._black(*file.size), is_keyframe=True)

    def _begin_if_due(self, shown_us: int) -> Iterator[Step]:
        """This keyframe begins another file where it does not go on with the one before."""
        file = self._file
        if file is not None and file.size == self._size and file.packets < MOST_PACKETS:
            return
        yield from self.end(shown_us)
        self._file = _OpenFile(self._size, shown_us)
        yield Begin(*self._size)

    def _may_end(self, file: _OpenFile, now_us: int) -> bool:
        return now_us - file.began_us >= MIN_FILE_US

    def _fill(self, until_us: int) -> Iterator[Sound]:
        assert self._file is not None
        until = _frames(until_us - self._file.began_us)
        yield from self._counted(self._file.sound.fill(until))

    def _counted(self, sounds: Iterator[Sound]) -> Iterator[Sound]:
        assert self._file is not None
        for sound in sounds:
            self._file.packets += 1
            yield sound


def _frames(us: int) -> int:
    return us * (SOUND_RATE // 1000) // 1000


def _plausible(pts_us: int, now_us: int) -> int:
    """When it was grabbed or recorded, as far as that can be."""
    return pts_us if now_us - _PAST_US <= pts_us <= now_us + _FUTURE_US else now_us
