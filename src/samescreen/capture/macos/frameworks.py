"""The edge to Apple's frameworks: loads them, and wraps the calls that this package needs.

Any thread. The frameworks' functions are Objective-C selectors, with underscores for colons. They
exist at run time only, so they are untyped; the values that these functions return are typed.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from samescreen.errors import BackendMissing, SourceLost, SourceUnavailable

ANSWER_S: Final = 5.0
"""How long the window server may take to answer."""

USER_DECLINED: Final = -3801  # SCStreamErrorUserDeclined
USER_STOPPED: Final = -3817  # SCStreamErrorUserStopped
PERMISSION: Final = (
    "macOS does not let this program record the screen: allow it (or the terminal it runs in) "
    "in System Settings, Privacy & Security, Screen Recording, then start it again"
)


class Display(Protocol):
    """SCDisplay. Its width and height are in points, not pixels."""

    def displayID(self) -> int: ...  # noqa: N802  (its name)


@dataclass(frozen=True, slots=True)
class Frameworks:
    """The modules of pyobjc that this package uses."""

    kit: Any
    quartz: Any
    media: Any
    dispatch: Any
    foundation: Any
    objc: Any


def load_frameworks() -> Frameworks:
    """Import all modules.

    Raises:
        BackendMissing: one is not installed, or this macOS has no ScreenCaptureKit.
    """
    names = ("ScreenCaptureKit", "Quartz", "CoreMedia", "dispatch", "Foundation", "objc")
    try:
        found = Frameworks(*map(importlib.import_module, names))
    except (ImportError, OSError) as error:
        raise BackendMissing(f"ScreenCaptureKit cannot be used: {error}") from error
    if not hasattr(found.kit, "SCStream"):
        raise BackendMissing("ScreenCaptureKit came with macOS 12.3; this one is older")
    return found


def displays(frameworks: Frameworks) -> list[Display]:
    """The screens, the main one first. People number them in this order, from 1.

    Raises:
        SourceUnavailable: this program may not record the screen.
        SourceLost: macOS does not answer.
    """
    if not frameworks.quartz.CGPreflightScreenCaptureAccess():
        frameworks.quartz.CGRequestScreenCaptureAccess()  # asks once, then never again
        raise SourceUnavailable(PERMISSION)
    content = _answer(
        frameworks.kit.SCShareableContent.getShareableContentExcludingDesktopWindows_onScreenWindowsOnly_completionHandler_,
        *(False, True),
    )
    main = frameworks.quartz.CGMainDisplayID()
    found: list[Display] = list(content.displays())
    return sorted(found, key=lambda each: (each.displayID() != main, each.displayID()))


def size_px(frameworks: Frameworks, display: Display) -> tuple[int, int]:
    """A screen's width and height in its own pixels."""
    quartz = frameworks.quartz
    mode = quartz.CGDisplayCopyDisplayMode(display.displayID())
    if mode is None:
        raise SourceLost("the screen went away")
    return quartz.CGDisplayModeGetPixelWidth(mode), quartz.CGDisplayModeGetPixelHeight(mode)


def finished(call: Callable[..., Any]) -> None:
    """Call `call` with a completion handler, and wait until it is called. Raises as `why`."""
    _answer(lambda handler: call(lambda error: handler(None, error)))


def _answer(call: Callable[..., Any], *args: Any) -> Any:
    """Call `call`, and wait for the first argument that it gives to its completion handler.

    The handler is called on another thread.
    """
    answers: list[tuple[Any, Any]] = []
    answered = threading.Event()

    def handler(value: Any, error: Any) -> None:
        answers.append((value, error))
        answered.set()

    call(*args, handler)
    if not answered.wait(ANSWER_S):
        raise SourceLost("macOS does not answer whether the screen may be recorded")
    value, error = answers[0]
    if error is not None:
        raise why(error)
    return value


def why(error: Any) -> SourceLost | SourceUnavailable:
    """The capture error for an NSError."""
    if error.code() == USER_DECLINED:
        return SourceUnavailable(PERMISSION)
    return SourceLost(f"the screen cannot be recorded now: {error.localizedDescription()}")
