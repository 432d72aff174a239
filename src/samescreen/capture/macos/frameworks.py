"""The edge to Apple's frameworks: what of them is used, loaded once. Any thread.

Their names are Objective-C's selectors, colons written as underscores, known only at run time;
so they are untyped, but for the values that leave this folder's calls.
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
    """SCDisplay; its width and height are points, not pixels."""

    def displayID(self) -> int: ...  # noqa: N802  (its name)


@dataclass(frozen=True, slots=True)
class Frameworks:
    """The modules of pyobjc."""

    kit: Any
    quartz: Any
    media: Any
    dispatch: Any
    foundation: Any
    objc: Any


def load_frameworks() -> Frameworks:
    """All of them.

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
    """The screens, the main one first; the number people use is the place in it, from 1 on.

    Raises:
        SourceUnavailable: recording the screen is not allowed.
        SourceLost: no answer.
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
    """A screen's width and height in pixels of its own."""
    quartz = frameworks.quartz
    mode = quartz.CGDisplayCopyDisplayMode(display.displayID())
    if mode is None:
        raise SourceLost("the screen went away")
    return quartz.CGDisplayModeGetPixelWidth(mode), quartz.CGDisplayModeGetPixelHeight(mode)


def finished(call: Callable[..., Any]) -> None:
    """Call what answers with nothing but perhaps an error, and wait for it. Raises as `why`."""
    _answer(lambda handler: call(lambda error: handler(None, error)))


def _answer(call: Callable[..., Any], *args: Any) -> Any:
    """The first argument of the completion handler, which comes on another thread."""
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
    """An NSError in our words."""
    if error.code() == USER_DECLINED:
        return SourceUnavailable(PERMISSION)
    return SourceLost(f"the screen cannot be recorded now: {error.localizedDescription()}")
