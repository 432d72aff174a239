"""The kernel's uinput interface: makes a device, and sends its events. On the injecting thread.

Source: linux/uinput.h, linux/input.h, linux/input-event-codes.h. The numbers of the requests hold
on every architecture but alpha, mips, powerpc and sparc.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

from samescreen.errors import SourceLost, SourceUnavailable

PATH: Final = "/dev/uinput"
SYN, KEY, REL, ABS, REP = 0x00, 0x01, 0x02, 0x03, 0x14
"""EV_…"""

CREATE, DESTROY = 0x5501, 0x5502
SETUP, ABS_SETUP, SET_EVBIT, SET_KEYBIT, SET_RELBIT, SET_ABSBIT = (
    0x405C5503, 0x401C5504, 0x40045564, 0x40045565, 0x40045566, 0x40045567
)  # fmt: skip
"""UI_… requests."""

ABS_X, ABS_Y = 0, 1
REL_X, REL_Y = 0, 1
HWHEEL, WHEEL, WHEEL_HI_RES, HWHEEL_HI_RES = 0x06, 0x08, 0x0B, 0x0C
FULL: Final = 65535
BUS_VIRTUAL: Final = 6
_SETUP_FORM: Final = struct.Struct("=HHHH80sI")
_ABS_FORM: Final = struct.Struct("=HHiiiiii")
EVENT_FORM: Final = struct.Struct("@llHHi")
"""struct input_event; the kernel sets the time."""

NO_MODULE: Final = f"this machine has no {PATH}; load it with: sudo modprobe uinput"
NO_RIGHT: Final = (
    f"this program may not open {PATH}; allow it until the next start of the machine with: "
    f"sudo setfacl -m u:$USER:rw {PATH}"
)


class Kernel(Protocol):
    """The system calls that are used; `os` and `fcntl` have them."""

    def open(self, path: str, flags: int) -> int: ...

    def ioctl(self, fd: int, request: int, arg: int | bytes = 0) -> int | bytes: ...

    def write(self, fd: int, written: bytes) -> int: ...

    def close(self, fd: int) -> None: ...


class LinuxKernel:
    """This machine's."""

    def open(self, path: str, flags: int) -> int:
        return os.open(path, flags)

    def ioctl(self, fd: int, request: int, arg: int | bytes = 0) -> int | bytes:
        import fcntl

        return fcntl.ioctl(fd, request, arg)

    def write(self, fd: int, written: bytes) -> int:
        return os.write(fd, written)

    def close(self, fd: int) -> None:
        os.close(fd)


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a device can send: keys and buttons, motions and wheels (`rels`), and places (`axes`).

    `repeats`: held keys repeat.
    """

    keys: Iterable[int] = ()
    rels: Iterable[int] = ()
    axes: Iterable[int] = ()
    repeats: bool = False


class Device:
    """A device that programs cannot tell from hardware.

    Raises:
        SourceUnavailable: /dev/uinput is not there, or not for this user; the message has the cure.
    """

    def __init__(self, name: str, product: int, abilities: Abilities, kernel: Kernel) -> None:
        self._kernel = kernel
        try:
            self._fd = kernel.open(PATH, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise SourceUnavailable(NO_MODULE) from error
        except PermissionError as error:
            raise SourceUnavailable(NO_RIGHT) from error
        except OSError as error:
            raise SourceUnavailable(f"{PATH} cannot be opened: {error.strerror}") from error
        try:
            self._make(name, product, abilities)
        except OSError as error:
            kernel.close(self._fd)
            raise SourceUnavailable(f"the kernel made no device: {error.strerror}") from error

    def _make(self, name: str, product: int, able: Abilities) -> None:
        ioctl, fd = self._kernel.ioctl, self._fd
        kinds = ((KEY, SET_KEYBIT, able.keys), (REL, SET_RELBIT, able.rels))
        for kind, request, codes in (*kinds, (ABS, SET_ABSBIT, able.axes)):
            for at, code in enumerate(codes):
                if not at:
                    ioctl(fd, SET_EVBIT, kind)
                ioctl(fd, request, code)
        if able.repeats:
            ioctl(fd, SET_EVBIT, REP)
        for axis in able.axes:
            ioctl(fd, ABS_SETUP, _ABS_FORM.pack(axis, 0, 0, 0, FULL, 0, 0, 0))
        ioctl(fd, SETUP, _SETUP_FORM.pack(BUS_VIRTUAL, 0, product, 1, name.encode(), 0))
        ioctl(fd, CREATE)

    def send(self, *events: tuple[int, int, int]) -> None:
        """Send these (kind, code, value) as one report."""
        report = b"".join(EVENT_FORM.pack(0, 0, *each) for each in (*events, (SYN, 0, 0)))
        try:
            self._kernel.write(self._fd, report)
        except OSError as error:
            raise SourceLost(f"{PATH} takes no events: {error.strerror}") from error

    def close(self) -> None:
        with suppress(OSError):
            self._kernel.ioctl(self._fd, DESTROY)
        with suppress(OSError):
            self._kernel.close(self._fd)
