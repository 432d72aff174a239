"""The edge to dxcam: types for what is used, and the list of its outputs. Any thread."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

from samescreen.errors import BackendMissing, SourceUnavailable
from samescreen.media import Pixels

_OUTPUT: Final = re.compile(
    r"Device\[(\d+)\] Output\[(\d+)\]: Res:\((\d+), (\d+)\) Rot:\d+ Primary:(True|False)"
)


class Camera(Protocol):
    """dxcam.DXCamera. It belongs to one thread, from `create` to `release`."""

    def grab(
        self, region: None = None, copy: bool = True, new_frame_only: bool = True
    ) -> Pixels | None: ...

    def release(self) -> None: ...


class Dxcam(Protocol):
    """The module dxcam."""

    def create(
        self,
        device_idx: int = 0,
        output_idx: int | None = None,
        region: tuple[int, int, int, int] | None = None,
        output_color: str = "RGB",
        max_buffer_len: int = 8,
        backend: str = "dxgi",
        processor_backend: str = "cv2",
    ) -> Camera: ...

    def output_info(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Output:
    """A screen, by dxcam's numbers for its device and output."""

    device: int
    output: int
    width: int
    height: int
    is_primary: bool


def load_dxcam() -> Dxcam:
    """Import dxcam, which looks for screens at import.

    Raises:
        BackendMissing: it is not installed, or Windows lets no program duplicate a screen here.
    """
    try:
        return cast(Dxcam, importlib.import_module("dxcam"))
    except ImportError as error:
        raise BackendMissing(f"dxcam cannot be used: {error}") from error
    except native_errors() as error:
        raise BackendMissing(f"Windows lets no screen be duplicated: {error}") from error


def native_errors() -> tuple[type[Exception], ...]:
    """The errors that dxcam passes on from the libraries below it."""
    try:
        com: Any = importlib.import_module("comtypes")
    except (ImportError, OSError):
        return (OSError, RuntimeError, ValueError, IndexError)
    return (com.COMError, OSError, RuntimeError, ValueError, IndexError)


def outputs(dxcam: Dxcam) -> list[Output]:
    """All screens. People number them in this order, from 1."""
    found = _OUTPUT.findall(dxcam.output_info())
    return [
        Output(int(device), int(output), int(width), int(height), primary == "True")
        for device, output, width, height, primary in found
    ]


def output_of(dxcam: Dxcam, number: int | None) -> tuple[int, Output]:
    """Screen `number` (None: the primary one) and its number.

    Raises:
        SourceUnavailable: there is no screen of that number.
        BackendMissing: there is no screen at all.
    """
    found = outputs(dxcam)
    if not found:
        raise BackendMissing("dxcam sees no screen (remote desktop, or no display attached)")
    if number is None:
        number = next((at for at, each in enumerate(found, 1) if each.is_primary), 1)
    if not 1 <= number <= len(found):
        raise SourceUnavailable(
            f"there is no screen {number}: this machine has {len(found)}; "
            "`samescreen sources` lists them"
        )
    return number, found[number - 1]
