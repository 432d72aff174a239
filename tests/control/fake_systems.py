"""Fakes of Windows's user32, macOS's Quartz and Linux's uinput, which write down every call.

`calls` are lines in the form of `golden.py`. A fake refuses what the real one would refuse.
"""

from __future__ import annotations

import ctypes
import errno
import struct
import threading
from collections import deque
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from samescreen.control.as_typed import US
from samescreen.control.events import Order
from samescreen.control.news import News
from samescreen.control.windows import user32 as win
from samescreen.media import OnDesktop

# ruff: noqa: N802  (names are theirs)


class GivenOrders:
    """Orders that a test gives. It is stopped once all are carried out, on a clock of its own."""

    def __init__(self, place: OnDesktop | None, *orders: Order, until_us: int = 0) -> None:
        self.given = deque(orders)
        self.news: list[News] = []
        self.now_us = 1_000_000
        self.released = 0
        self.ends_us = self.now_us + until_us
        self._place = place

    @property
    def is_stopped(self) -> bool:
        return not self.given and self.now_us >= self.ends_us

    is_interrupted = False

    def take(self) -> tuple[Order | None, bool]:
        return (self.given.popleft() if self.given else None), False

    def place(self) -> OnDesktop | None:
        return self._place

    def release(self) -> None:
        self.released += 1

    def tell(self, news: News) -> None:
        self.news.append(news)

    def wait(self, timeout_us: int | None, fd: int | None = None) -> None:
        self.now_us = self.ends_us if timeout_us is None else self.now_us + max(1, timeout_us)


class FakeUser32:
    """user32 with a us layout, or the one of `chars`: scan code and modifiers to a character.

    `refuses`: a secure prompt is shown. A hook that was set gets what the test delivers.
    """

    def __init__(self, chars: dict[tuple[int, str], str] | None = None) -> None:
        self.calls: list[str] = []
        self.chars = chars
        self.refuses = False
        self.is_swapped = False
        self.has_caps = False
        self.desktop = (-400, 0, 801, 601)
        self.cursor: tuple[int, int] | None = (0, 0)
        self.dpi_awareness = 0
        self.hooks: dict[int, Any] = {}
        self.allows_hooks = True
        self.passed_on = 0
        self._quits = threading.Event()
        self._has_queue = False

    def SetThreadDpiAwarenessContext(self, context: int) -> int:
        self.dpi_awareness = context
        return 1

    def GetSystemMetrics(self, index: int) -> int:
        return int(self.is_swapped) if index == 23 else self.desktop[index - 76]

    def GetCursorPos(self, point: Any) -> int:
        if self.cursor is None:
            return 0
        point._obj.x, point._obj.y = self.cursor
        return 1

    def SendInput(self, count: int, inputs: Any, size: int) -> int:
        assert size == ctypes.sizeof(win.Input)
        assert len(inputs) == count
        if self.refuses:
            return 0
        for each in inputs:
            if each.type == 0:
                mouse, (wide,) = each.mi, struct.unpack("i", struct.pack("I", each.mi.mouseData))
                extra, line = mouse, f"mouse {mouse.dwFlags:04x} {wide} {mouse.dx},{mouse.dy}"
            else:
                assert each.type == 1
                extra, line = each.ki, f"key {each.ki.wVk:02x} {each.ki.wScan:04x} "
                line += f"{each.ki.dwFlags:x}"
            assert (extra.time, extra.dwExtraInfo) == (0, 0x53414D45)
            self.calls.append(line)
        return count

    # The layout

    def GetForegroundWindow(self) -> int:
        return 0x1234

    def GetWindowThreadProcessId(self, window: int, process: None) -> int:
        assert window == 0x1234
        return 77

    def GetKeyboardLayout(self, thread: int) -> int:
        assert thread == 77
        return 0x04090409

    def GetKeyState(self, vk: int) -> int:
        return int(vk == 0x14 and self.has_caps)

    def MapVirtualKeyExW(self, scan: int, kind: int, layout: int) -> int:
        assert (kind, layout) == (3, 0x04090409)
        return scan & 0xFF

    def ToUnicodeEx(
        self, vk: int, scan: int, state: Any, text: Any, size: int, flags: int, layout: Any
    ) -> int:
        assert (flags, layout.value, len(state)) == (4, 0x04090409, 256)
        assert size <= len(text)
        has_shift, has_altgr = bool(state[0x10] & 0x80), bool(state[0x11] & state[0x12] & 0x80)
        if self.chars is None:
            char = "" if has_altgr else US.keymap.char(scan + 8, 0, int(has_shift))
            char = char.swapcase() if state[0x14] & 1 and char.isalpha() else char
        else:
            char = self.chars.get((scan, "g" * has_altgr + "s" * has_shift), "")
        text.value = char.replace("^", "")
        return -1 if char == "^" else len(char)  # a dead key

    # Hooks

    def SetWindowsHookExW(self, kind: int, function: Any, module: None, thread: int) -> int:
        assert thread == 0, "of all threads"
        self.hooks[kind] = function
        return kind if self.allows_hooks else 0

    def UnhookWindowsHookEx(self, handle: int) -> int:
        del self.hooks[handle]
        return 1

    def CallNextHookEx(self, hook: None, code: int, message: int, address: int) -> int:
        self.passed_on += 1
        return 0

    def PeekMessageW(self, message: Any, window: None, first: int, last: int, flags: int) -> int:
        assert flags == 0, "left in the queue"
        self._has_queue = True
        return 0

    def GetMessageW(self, message: Any, window: None, first: int, last: int) -> int:
        assert self._quits.wait(10)
        return 0

    def PostThreadMessageW(self, thread: int, message: int, wide: int, long: int) -> int:
        assert message == 0x0012
        if not self._has_queue:
            return 0
        self._quits.set()
        return 1

    def moves(self, *, injected: bool) -> None:
        """The mouse moves."""
        moved = win.MouseHook(flags=int(injected))
        assert self.hooks[14](0, 0x0200, ctypes.addressof(moved)) == 0

    def presses(self, vk: int, *, injected: bool) -> None:
        """A key goes down."""
        key = win.KeyHook(vkCode=vk, flags=0x10 if injected else 0)
        assert self.hooks[13](0, 0x0100, ctypes.addressof(key)) == 0


class FakeQuartz:
    """Quartz. An event is a namespace; `tap` gets what the test delivers."""

    kCFRunLoopDefaultMode = "default"  # noqa: N815

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.is_allowed = True
        self.was_asked = False
        self.width = 200.0
        self.tap: Callable[..., Any] | None = None
        self.allows_tap = True
        self.enabled: list[bool] = []
        self.turned = threading.Event()

    def CGPreflightPostEventAccess(self) -> bool:
        return self.is_allowed

    def CGRequestPostEventAccess(self) -> bool:
        self.was_asked = True
        return False

    def CGEventSourceCreate(self, state: int) -> str:
        assert state == -1
        return "source"

    def CGDisplayBounds(self, display: int) -> Any:
        assert display == 7
        size = SimpleNamespace(width=self.width, height=100.0)
        return SimpleNamespace(origin=SimpleNamespace(x=0.0, y=0.0), size=size)

    def CGEventCreateMouseEvent(self, source: str, kind: int, at: Any, button: int) -> Any:
        assert source == "source"
        return SimpleNamespace(kind=kind, at=at, button=button, flags=0x100, fields={}, text="")

    def CGEventCreateKeyboardEvent(self, source: str, code: int, is_down: bool) -> Any:
        kind, flags = (10 if is_down else 11), 0x100
        return SimpleNamespace(kind=kind, code=code, flags=flags, fields={}, text="")

    def CGEventCreateScrollWheelEvent(
        self, source: str, units: int, count: int, along: int, across: int
    ) -> Any:
        assert count == 2
        turned = f"{('px ', '')[units]}{along},{across}"
        return SimpleNamespace(kind=22, turned=turned, flags=0, fields={})

    def CGEventCreate(self, source: None) -> Any:
        return SimpleNamespace(at=SimpleNamespace(x=100.0, y=50.0))

    def CGEventGetLocation(self, event: Any) -> Any:
        return event.at

    def CGEventGetFlags(self, event: Any) -> int:
        return int(event.flags)

    def CGEventSetFlags(self, event: Any, flags: int) -> None:
        event.flags = flags

    def CGEventSetType(self, event: Any, kind: int) -> None:
        event.kind = kind

    def CGEventSetIntegerValueField(self, event: Any, field: int, value: int) -> None:
        event.fields[field] = value

    def CGEventGetIntegerValueField(self, event: Any, field: int) -> int:
        return int(event.fields.get(field, 0))

    def CGEventKeyboardSetUnicodeString(self, event: Any, length: int, text: str) -> None:
        assert length == len(text.encode("utf-16-le")) // 2
        event.text = text

    def CGEventPost(self, tap: int, event: Any) -> None:
        assert (tap, event.fields.pop(42)) == (0, 0x53414D45)
        flags = f"{event.flags & ~0x100:x}"
        if event.kind == 22:
            line = f"scroll {event.turned}"
        elif event.kind == 12:
            line = f"flags {event.code:02x} {flags}"
        elif event.kind in (10, 11):
            line = f"key {event.code:02x} {'down' if event.kind == 10 else 'up'} {flags}"
            line += f' "{event.text}"' + " again" * event.fields.get(8, 0)
        else:
            line = f"mouse {event.kind} {event.button} {event.at[0]:g},{event.at[1]:g}"
            line += f" clicks {event.fields[1]}" if 1 in event.fields else ""
            line += f" by {event.fields[4]},{event.fields[5]}" if 4 in event.fields else ""
        self.calls.append(line)

    # The tap

    def CGEventTapCreate(
        self, tap: int, place: int, options: int, mask: int, callback: Any, refcon: None
    ) -> Any:
        assert (tap, place, options) == (0, 0, 1)
        assert all(mask >> kind & 1 for kind in (1, 5, 10, 12, 22))
        self.tap = callback
        return "tap" if self.allows_tap else None

    def CFMachPortCreateRunLoopSource(self, allocator: None, port: str, order: int) -> str:
        return "port"

    def CFRunLoopGetCurrent(self) -> str:
        return "loop"

    def CFRunLoopAddSource(self, loop: str, source: str, mode: str) -> None:
        assert (loop, source, mode) == ("loop", "port", "default")

    def CFRunLoopRunInMode(self, mode: str, seconds: float, once: bool) -> None:
        self.turned.set()
        threading.Event().wait(0.005)

    def CGEventTapEnable(self, tap: str, is_enabled: bool) -> None:
        self.enabled.append(is_enabled)

    def CFMachPortInvalidate(self, tap: str) -> None:
        self.tap = None

    def delivers(self, kind: int, **fields: int) -> None:
        """An event of this type passes; `pid` is the process that sent it, `code` the key's."""
        numbers = {41: fields.get("pid", 0), 9: fields.get("code", 0)}
        assert self.tap is not None
        event = SimpleNamespace(fields=numbers)
        assert self.tap("proxy", kind, event, None) is event


class FakeKernel:
    """The system calls on /dev/uinput. `error`: opening fails with it."""

    def __init__(self, error: int = 0) -> None:
        self.calls: list[str] = []
        self.asked: dict[int, list[tuple[int, int | bytes]]] = {}
        self.open_fds: set[int] = set()
        self._error = error

    def open(self, path: str, flags: int) -> int:
        assert path == "/dev/uinput"
        if self._error:
            raise OSError(self._error, errno.errorcode[self._error])
        fd = 100 + len(self.asked)
        self.open_fds.add(fd)
        self.asked[fd] = []
        return fd

    def ioctl(self, fd: int, request: int, arg: int | bytes = 0) -> int:
        size = request >> 16 & 0x3FFF  # as the kernel's _IOW packs it
        assert size == (len(arg) if isinstance(arg, bytes) else 4 if size else 0)
        self.asked[fd].append((request, arg))
        return 0

    def write(self, fd: int, written: bytes) -> int:
        assert (0x5501, 0) in self.asked[fd], "the device is made"
        events = [each[2:] for each in struct.iter_unpack("@llHHi", written)]
        assert events.pop() == (0, 0, 0), "a report ends with SYN_REPORT"
        self.calls += [f"{kind} {code} {value}" for kind, code, value in events]
        return len(written)

    def close(self, fd: int) -> None:
        assert self.asked[fd][-1] == (0x5502, 0), "the device is taken away"
        self.open_fds.remove(fd)
