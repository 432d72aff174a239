"""The parameters of `samescreen new`. Apart from what it does, which `--help` need not import."""

from __future__ import annotations

import inspect
from typing import Final

from samescreen.display.size import PLAIN_DPI
from samescreen.options import OPTIONS

from .parameters import of_options, parameter, positional

_OF_OTHER_SCREENS: Final = ("backend", "open")
"""Options of `share` that make no sense here: there is one way to capture an X server, and a
browser of this machine would open its window on the display itself."""
HELP: Final = (
    "Run a command on a display of its own, and share that. The host link has mouse and keyboard. "
    "[WxH] is the size at first, 1280x720 without. The options of `share` work too."
)


def parameters() -> list[inspect.Parameter]:
    """The parameters of the command: its words, its own options, and those of `share`."""
    words = positional("words", "[WxH] -- COMMAND…", "The command, after `--` with its arguments.")
    return [
        words,
        parameter(
            "size", "follow", "follow: the window of whoever has control. fixed: as WxH.", "HOW"
        ),
        parameter("dpi", PLAIN_DPI, "Dots per inch, 48 to 480: 192 for large letters.", "N"),
        parameter("keep", False, "Go on when the command has ended."),
        parameter(
            "wm",
            "",
            "A window manager's command; none: the command brings its own, as desktops do.",
            "COMMAND",
        ),
        parameter("wayland", False, "A Wayland display, by sway, in place of an X server."),
        *of_options(each for each in OPTIONS if each.name not in _OF_OTHER_SCREENS),
    ]
