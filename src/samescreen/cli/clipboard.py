"""Puts a text into the clipboard: by the system's program, and by the terminal itself.

The program gets the text through its standard input, because other users can read arguments. The
terminal gets it as OSC 52 (xterm's control sequences), which works over ssh.
`copied` waits for the program, so it is not for the event loop.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from typing import Final

from samescreen.option_values import SECRET_OPTIONS
from samescreen.options import ENV_PREFIX

_WITHIN_S: Final = 3.0


def osc_52(text: str) -> str:
    """The sequence that asks a terminal to put the text into its clipboard."""
    return f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\x07"


def command(platform: str, environment: Mapping[str, str]) -> list[str] | None:
    """The program that sets this machine's clipboard; None: there is none for this session."""
    if platform == "win32":
        return ["clip"]
    if platform == "darwin":
        return ["pbcopy"]
    if environment.get("WAYLAND_DISPLAY"):
        return ["wl-copy"]
    return ["xclip", "-selection", "clipboard"] if environment.get("DISPLAY") else None


def copied(text: str) -> bool:
    """Whether the system's clipboard has the text now. May last `_WITHIN_S`: not on the loop."""
    words = command(sys.platform, os.environ)
    if words is None or shutil.which(words[0]) is None:
        return False
    secrets = {ENV_PREFIX + name.upper() for name in SECRET_OPTIONS}
    try:
        done = subprocess.run(
            words,
            input=text.encode(),
            env={name: value for name, value in os.environ.items() if name not in secrets},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_WITHIN_S,
            start_new_session=True,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
