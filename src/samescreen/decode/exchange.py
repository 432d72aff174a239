"""The memory that the host and a decoding process share, and the records between them.

One packet is on its way at a time. The host writes it into the memory, then a request to the
process's standard input; the process writes the picture into the slot that the request names, then
a reply to its standard output. So records are small, and writing one never waits.

A packet may have taken the process over. So the host believes no number in a reply that is outside
its bounds, and copies a picture before anything reads it.
"""

from __future__ import annotations

import json
import mmap
import os
import secrets
import struct
import sys
import tempfile
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from samescreen.media import Codec

from .values import CHANNELS, Layout, Limits

SLOTS: Final = 3
"""Of pictures: one is the newest, one is being copied, one is being written."""
NO_SLOT: Final = 255
"""Decode the packet, but show no picture: newer packets wait already."""

_PAGE: Final = mmap.PAGESIZE
_REQUEST: Final = struct.Struct("<BI")
_REPLY: Final = struct.Struct("<BIII")
REQUEST_BYTES: Final = _REQUEST.size
REPLY_BYTES: Final = _REPLY.size


class Outcome(IntEnum):
    """What became of a packet. READY comes once, before the first packet."""

    READY = 0
    PICTURE = 1
    NOTHING = 2
    UNDECODABLE = 3


@dataclass(frozen=True, slots=True)
class Request:
    """Decode the packet of that many bytes, and write its picture into this slot."""

    slot: int
    packet_bytes: int

    def packed(self) -> bytes:
        return _REQUEST.pack(self.slot, self.packet_bytes)

    @classmethod
    def read(cls, record: bytes) -> Self:
        return cls(*_REQUEST.unpack(record))


@dataclass(frozen=True, slots=True)
class Reply:
    """`took_us`: what decoding and converting took, as the process says."""

    outcome: int
    width: int = 0
    height: int = 0
    took_us: int = 0

    def packed(self) -> bytes:
        return _REPLY.pack(self.outcome, self.width, self.height, self.took_us)

    @classmethod
    def read(cls, record: bytes) -> Self:
        return cls(*_REPLY.unpack(record))


@dataclass(frozen=True, slots=True)
class Task:
    """What a process is for. `place`: of the shared memory, a descriptor or a name of it."""

    codec: Codec
    layout: Layout
    limits: Limits
    place: int | str

    def packed(self) -> bytes:
        """One line."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def read(cls, line: bytes) -> Self:
        fields = json.loads(line)
        limits = Limits(**fields["limits"])
        return cls(Codec(fields["codec"]), fields["layout"], limits, fields["place"])


class Shared:
    """Memory for one packet and SLOTS pictures. Pages that nobody has written take no memory.

    `place`: how the process finds it. `descriptor`: what the process inherits for that; -1: nothing
    (Windows has named memory).
    """

    def __init__(self, layout: Layout, limits: Limits, place: int | str) -> None:
        self.place = place
        self.descriptor = place if isinstance(place, int) else -1
        self._channels = CHANNELS[layout]
        self._limits = limits
        self._slot_bytes = _whole_pages(limits.pixels * self._channels)
        self._slots_at = _whole_pages(limits.packet_bytes)
        self._memory = _mapped(place, _size(layout, limits))

    @classmethod
    def made(cls, layout: Layout, limits: Limits) -> Self:
        """New memory. Raises OSError."""
        if sys.platform == "win32":
            return cls(layout, limits, f"samescreen-{secrets.token_hex(16)}")
        descriptor = _descriptor(_size(layout, limits))
        try:
            return cls(layout, limits, descriptor)
        except BaseException:
            os.close(descriptor)
            raise

    def close_descriptor(self) -> None:
        """The memory is mapped: nobody who is here can change its size any more."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def put(self, packet: bytes) -> None:
        """Write a packet of at most `packet_bytes`."""
        self._memory[: len(packet)] = packet

    def packet(self, size: int) -> bytes:
        """The packet that was put.

        Raises:
            ValueError: it cannot be so large.
        """
        if size > self._limits.packet_bytes:
            raise ValueError("a packet larger than the limit")
        return self._memory[:size]

    def picture(self, slot: int, width: int, height: int) -> NDArray[np.uint8]:
        """The pixels of a slot, (height, width, channels): a view.

        Raises:
            ValueError: there is no such slot, or no such picture fits into it.
        """
        pixels = width * height
        if slot >= SLOTS or not 0 < pixels <= self._limits.pixels:
            raise ValueError("a picture larger than the limit")
        at = self._slots_at + slot * self._slot_bytes
        whole = np.frombuffer(self._memory, np.uint8, pixels * self._channels, at)
        return whole.reshape(height, width, self._channels)


def _whole_pages(size: int) -> int:
    return -(-size // _PAGE) * _PAGE


def _size(layout: Layout, limits: Limits) -> int:
    slot = _whole_pages(limits.pixels * CHANNELS[layout])
    return _whole_pages(limits.packet_bytes) + SLOTS * slot


def _mapped(place: int | str, size: int) -> mmap.mmap:
    if isinstance(place, int):
        return mmap.mmap(place, size)
    if sys.platform == "win32":
        return mmap.mmap(-1, size, tagname=place)
    raise ValueError("only Windows has memory with a name")


def _descriptor(size: int) -> int:
    """Memory without a name in any folder. On Linux nobody can shrink it under the host."""
    if sys.platform != "linux":
        with tempfile.TemporaryFile(prefix="samescreen") as unnamed:
            os.ftruncate(unnamed.fileno(), size)
            return os.dup(unnamed.fileno())
    import fcntl  # there is none on Windows

    descriptor = os.memfd_create("samescreen", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        os.ftruncate(descriptor, size)
        seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
