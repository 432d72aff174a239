"""`samescreen new`: shares a display of its own, on which one command runs.

The rooms `display/` and `host.py` know nothing of each other: here they meet.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from samescreen.display.own_display import NO_MANAGER, OwnDisplay, Wanted
from samescreen.display.size import LEAST, LEAST_DPI, MOST, MOST_DPI, USUAL, Size
from samescreen.errors import DisplayError, UsageError
from samescreen.labels import sentence
from samescreen.option_values import SECRET_OPTIONS
from samescreen.options import ENV_PREFIX, ShareOptions, SoundOptions

from .patience import ended_by_ctrl_c
from .words import Words, words_for

_SIZES: Final = ("follow", "fixed")


def run(
    words: Sequence[str],
    *,
    size: str,
    dpi: int,
    keep: bool,
    wm: str,
    wayland: bool = False,
    **values: Any,
) -> int:
    """Share a display of its own until its command ends or somebody stops it; the exit code.

    Raises:
        UsageError: there is no such command, or no such size.
        DisplayError: no display can be made here.
    """
    plain = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
    options = ShareOptions.of(**plain)
    if sys.platform != "linux":
        raise DisplayError("`samescreen new` works on Linux only")
    wanted = _wanted(words, size=size, dpi=dpi, keep=keep, wm=wm)
    if wayland and wm:
        raise UsageError("--wm is for X11; with --wayland, sway manages the windows")
    wanted = replace(wanted, has_sound=not options.sound.audio, is_wayland=wayland)
    with OwnDisplay(wanted, environment_without_secrets(os.environ)) as display:
        display.start()
        say = words_for(os.environ)
        if not options.terminal.quiet:
            _introduce(display, wanted, say)
        if display.sink:
            sound = SoundOptions(audio=f"{display.sink}.monitor")
            options = replace(options, sound=sound)
        with ended_by_ctrl_c():
            from .console import share

        # A command that ended at once has nothing to show.
        code = 0 if display.ending.is_over else share(options, ["screen"], display.ending.watch)
        if not display.ending.is_over:
            return code
    if display.ending.why:
        why = say.translated(display.ending.why)
        sys.stderr.write(f"samescreen: {sentence(why)}\n")
    return display.ending.status


def _introduce(display: OwnDisplay, wanted: Wanted, words: Words) -> None:
    """Print what the display is, and what it lacks."""
    command = sentence(shlex.join(wanted.command))
    lines = [words("new-display", server=display.server, name=display.name, command=command)]
    lines += [words("note", note=sentence(words.translated(note))) for note in display.notes]
    if wanted.follows and display.most != MOST:
        largest = words("new-largest", server=display.server, size=display.most)
        lines.append(words("note", note=largest))
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def _wanted(words: Sequence[str], *, size: str, dpi: int, keep: bool, wm: str) -> Wanted:
    if size not in _SIZES:
        raise UsageError(f"--size takes {', '.join(_SIZES)}, not {size!r}")
    if not LEAST_DPI <= dpi <= MOST_DPI:
        raise UsageError(f"--dpi takes {LEAST_DPI} to {MOST_DPI}, not {dpi}")
    first = Size.parsed(words[0]) if words else None
    command = tuple(words if first is None else words[1:])
    if not command:
        raise UsageError("a command is missing: samescreen new 1280x720 -- xterm")
    try:
        manager = tuple(shlex.split(wm))
    except ValueError as error:
        raise UsageError(f"--wm takes a command as a shell does, not {wm!r}: {error}") from error
    for program in (command[0], *(manager[:1] if manager != (NO_MANAGER,) else ())):
        if shutil.which(program) is None:
            raise UsageError(_missing(program))
    return Wanted(command, first or USUAL, dpi, size == "follow", manager, keep)


def _missing(program: str) -> str:
    if program[:1].isdigit():
        return f"{program!r} is no size and no program; a size is {LEAST} to {MOST}: 1280x720"
    return f"there is no program {program!r}; check its name, or install it"


def environment_without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of the command: it needs no secrets of the share to run."""
    secrets = {ENV_PREFIX + name.upper() for name in SECRET_OPTIONS}
    return {name: text for name, text in environment.items() if name not in secrets}
