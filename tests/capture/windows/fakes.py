"""Fakes of Windows's packages and libraries, as far as the sources use them."""

from __future__ import annotations

import ctypes
import threading
from collections import deque
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from samescreen.media import Pixels
from tests.capture import recorded_signatures as recorded
from tests.capture.recorded_signatures import accept


class FakeComError(Exception):
    """comtypes.COMError."""


class FakeCamera:
    """dxcam.DXCamera: one thread only, and none after its release."""

    def __init__(self, module: FakeDxcam, left: int, top: int) -> None:
        place = SimpleNamespace(left=left, top=top, right=left + 64, bottom=top + 48)
        self._output = SimpleNamespace(desc=SimpleNamespace(DesktopCoordinates=place))
        self._module = module
        self._thread = threading.get_ident()
        self.is_released = False

    def grab(self, *args: Any, **kwargs: Any) -> Pixels | None:
        assert threading.get_ident() == self._thread, "another thread than the one that made it"
        assert not self.is_released
        asked = accept(recorded.Dxcam.grab, *args, **kwargs)
        assert asked["copy"], "a view would be overwritten"
        step = self._module.steps.popleft() if self._module.steps else None
        if callable(step):
            step()
            return None
        if isinstance(step, Exception):
            raise step
        return step

    def release(self) -> None:
        assert threading.get_ident() == self._thread
        self.is_released = True


class FakeDxcam(ModuleType):
    """The module dxcam. Each grab returns the next of `steps`; after the last, nothing new."""

    def __init__(self) -> None:
        super().__init__("dxcam")
        self.steps: deque[Pixels | Exception | Callable[[], object]] = deque()
        self.cameras: list[FakeCamera] = []
        self.asked: dict[str, Any] = {}
        self.refusal: Exception | None = None
        self.info = (
            "Device[0] Output[0]: Res:(1920, 1080) Rot:0 Primary:False\n"
            "Device[1] Output[0]: Res:(64, 48) Rot:90 Primary:True\n"
        )

    def output_info(self) -> str:
        return self.info

    def create(self, *args: Any, **kwargs: Any) -> FakeCamera:
        self.asked = accept(recorded.Dxcam.create, *args, **kwargs)
        if self.refusal is not None:
            raise self.refusal
        assert all(camera.is_released for camera in self.cameras), "the old one would come back"
        self.cameras.append(FakeCamera(self, left=1920, top=-10))
        return self.cameras[-1]


class FakeWindowsCapture(ModuleType):
    """The module windows_capture. The test drives the capture that was created last."""

    def __init__(self) -> None:
        super().__init__("windows_capture")
        self.asked: dict[str, Any] = {}
        self.handlers: dict[str, Callable[..., None]] = {}
        self.refusal: Exception | None = None
        self.stopped = threading.Event()

    def WindowsCapture(self, *args: Any, **kwargs: Any) -> FakeWindowsCapture:  # noqa: N802
        self.asked = accept(recorded.WindowsCapture.WindowsCapture, *args, **kwargs)
        return self

    def event(self, handler: Callable[..., None]) -> Callable[..., None]:
        if handler.__name__ not in ("on_frame_arrived", "on_closed"):
            raise ValueError("Invalid Event Handler Use on_frame_arrived Or on_closed")
        self.handlers[handler.__name__] = handler
        return handler

    def start_free_threaded(self) -> FakeWindowsCapture:
        if self.refusal is not None:
            raise self.refusal
        assert set(self.handlers) == {"on_frame_arrived", "on_closed"}
        self.stopped.clear()
        return self

    def stop(self) -> None:
        self.stopped.set()

    def is_finished(self) -> bool:
        return self.stopped.is_set()

    def arrives(self, pixels: Pixels, control: Any = None) -> None:
        """Deliver a frame like the library's: rows not contiguous, valid during the call only."""
        height, width = pixels.shape[:2]
        mapped = np.zeros((height, width + 16, 4), dtype=np.uint8)
        mapped[:, :width] = pixels
        frame = SimpleNamespace(frame_buffer=mapped[:, :width], width=width, height=height)
        self.handlers["on_frame_arrived"](frame, control)
        mapped[:] = 255


class FakeWin32:
    """user32, gdi32 and dwmapi: a pointer, some windows, one bitmap."""

    def __init__(self) -> None:
        self.user32 = self.gdi32 = self.dwmapi = self
        self.at = (0, 0)
        self.is_shown = True
        self.hot = (2, 1)
        self.titles: dict[int, str] = {}
        self.hidden: set[int] = set()
        self.cloaked: set[int] = set()
        self.objects = 0
        self.shapes_asked = 0
        self._bits: Any = None
        self._size = (0, 0)
        for name in ("CreateCompatibleDC", "CreateDIBSection", "SelectObject"):
            setattr(self, name, self._function(name))

    def _function(self, name: str) -> Any:
        """Functions of libraries take a result type."""

        def call(*args: Any) -> Any:
            return getattr(self, f"_{name}")(*args)

        return call

    # user32

    def GetCursorInfo(self, reference: Any) -> int:  # noqa: N802
        state = reference._obj
        assert state.size == ctypes.sizeof(state)
        state.flags, state.cursor = int(self.is_shown), 77
        state.at.x, state.at.y = self.at
        return 1

    def GetIconInfo(self, cursor: Any, reference: Any) -> int:  # noqa: N802
        assert cursor.value == 77
        self.shapes_asked += 1
        icon = reference._obj
        icon.hot_x, icon.hot_y = self.hot
        icon.mask, icon.colour = 5, 6
        self.objects += 2
        return 1

    def DrawIconEx(self, context: Any, x: int, y: int, cursor: Any, *rest: Any) -> int:  # noqa: N802
        """Draw a white square of 4×4."""
        assert (context.value, cursor.value, rest) == (1, 77, (0, 0, 0, None, 3))
        width, height = self._size
        canvas = np.frombuffer(self._bits, dtype=np.uint8).reshape(height, width, 4)
        canvas[max(0, y) : max(0, y + 4), max(0, x) : max(0, x + 4)] = 255
        return 1

    def EnumWindows(self, callback: Any, _: int) -> int:  # noqa: N802
        for handle in self.titles:
            assert callback(handle, 0)
        return 1

    def GetWindowTextLengthW(self, window: Any) -> int:  # noqa: N802
        return len(self.titles[window.value])

    def GetWindowTextW(self, window: Any, text: Any, size: int) -> int:  # noqa: N802
        text.value = self.titles[window.value][: size - 1]
        return len(text.value)

    def IsWindowVisible(self, window: Any) -> bool:  # noqa: N802
        return window.value not in self.hidden

    def DwmGetWindowAttribute(self, window: Any, what: int, reference: Any, size: int) -> int:  # noqa: N802
        assert (what, size) == (14, 4)
        reference._obj.value = int(window.value in self.cloaked)
        return 0

    # gdi32

    def _CreateCompatibleDC(self, _: None) -> int:  # noqa: N802
        self.objects += 1
        return 1

    def _CreateDIBSection(self, context: Any, reference: Any, *rest: Any) -> int:  # noqa: N802
        header, bits = reference._obj, rest[1]._obj
        assert header.size == ctypes.sizeof(header) == 40
        assert (header.planes, header.bits) == (1, 32)
        assert header.height < 0, "top down"
        self._size = (header.width, -header.height)
        self._bits = (ctypes.c_uint8 * (header.width * -header.height * 4))()
        bits.value = ctypes.addressof(self._bits)
        self.objects += 1
        return 2

    def _SelectObject(self, context: Any, drawn: Any) -> int:  # noqa: N802
        return 3

    def GdiFlush(self) -> int:  # noqa: N802
        return 1

    def DeleteObject(self, _: Any) -> int:  # noqa: N802
        self.objects -= 1
        return 1

    DeleteDC = DeleteObject
