"""What programs expect around them: a D-Bus session, and a place to play sound to. Blocks."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from typing import Final

from samescreen.errors import DisplayError

from .environment import environment_for
from .kept import KeptPrograms

_BUS: Final = "bus"
_BUS_S: Final = 5.0
_SINK: Final = "sink"
_SINK_S: Final = 2.0


def start_bus(kept: KeptPrograms, base: Mapping[str, str]) -> str:
    """The address of a new session bus.

    Raises:
        DisplayError: there can be none.
    """
    program = shutil.which("dbus-daemon")
    if program is None:
        raise DisplayError("no D-Bus session: dbus-daemon is not installed (Debian: dbus-daemon)")
    address = f"--address=unix:path={kept.folder}/bus"
    argv = [program, "--session", "--nofork", "--nopidfile", address, "--print-address=1"]
    kept.run(_BUS, argv, environment_for(base, "", "", "", ""), asks=True)
    try:
        return kept.answer_of(_BUS, _BUS_S)
    except DisplayError as error:
        raise DisplayError(f"no D-Bus session: {error}") from error


class OwnSink:
    """A sink of a PulseAudio or PipeWire server, which plays to nobody. It ends with `kept`.

    The server makes it while other things start; `name` waits for that.

    Raises:
        DisplayError: nothing here can make one.
    """

    def __init__(self, kept: KeptPrograms, base: Mapping[str, str]) -> None:
        program = shutil.which("pactl")
        if program is None:
            raise DisplayError("no sound: pactl is not installed (Debian: pulseaudio-utils)")
        self._kept = kept
        self._name = f"samescreen_{os.getpid()}"
        quiet = kept.folder / "pulse.conf"
        quiet.write_text("autospawn = no\n", encoding="ascii")
        about = f"sink_properties=device.description={self._name}"
        # norewinds: otherwise nobody hears the first two seconds.
        how = ("rate=48000", "channels=2", "norewinds=1")
        load = ("load-module", "module-null-sink", f"sink_name={self._name}", *how, about)
        env = {**base, "PULSE_CLIENTCONFIG": str(quiet)}
        kept.run(_SINK, (program, *load), env, asks=True, undo=(program, "unload-module"))

    def name(self) -> str:
        """The sink's name.

        Raises:
            DisplayError: no server made it.
        """
        try:
            self._kept.answer_of(_SINK, _SINK_S)
        except DisplayError as error:
            raise DisplayError("no sound: no PulseAudio or PipeWire server runs here") from error
        return self._name
