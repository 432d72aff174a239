"""Connects to an X server to send input: the extensions it takes, and the devices of XTEST.

On the thread that uses the connection: the injecting one, or the clipboard's. It does not decide
what is sent.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import xcffib
import xcffib.xinput
import xcffib.xkb
import xcffib.xproto
import xcffib.xtest

from samescreen.errors import SourceLost, SourceUnavailable

_log: Final = logging.getLogger(__name__)
_ALL_DEVICES: Final = 0
_ALL_MASTERS: Final = 1
_SLAVE_KEYBOARD: Final = 4
_KEY_PRESS, _KEY_RELEASE, _BUTTON_PRESS, _BUTTON_RELEASE, _MOTION = 2, 3, 4, 5, 6
_RELATIVE: Final = 1
MAP_PARTS: Final = (
    xcffib.xkb.MapPart.KeyTypes | xcffib.xkb.MapPart.KeySyms | xcffib.xkb.MapPart.ModifierMap
)
"""What is read of a keymap."""
_RAW: Final = (
    xcffib.xinput.XIEventMask.RawMotion
    | xcffib.xinput.XIEventMask.RawKeyPress
    | xcffib.xinput.XIEventMask.RawButtonPress
)


def connected(name: str) -> Any:
    """A connection to the display of that name. Raises SourceLost: no server answers."""
    try:
        return xcffib.connect(display=name)
    except (xcffib.XcffibException, OSError) as error:
        raise SourceLost(f"X display {name} does not answer") from error


@dataclass(frozen=True, slots=True)
class TestDevices:
    """The devices that carry what programs send; all others are hardware."""

    __test__ = False

    ids: frozenset[int]
    keyboard: int


class InputConnection:
    """A connection of the injecting thread's own.

    Raises:
        SourceLost: no server answers.
        SourceUnavailable: the server lacks an extension that input needs.
    """

    def __init__(self, name: str) -> None:
        self.connection = connected(name)
        try:
            self._open(name)
        except BaseException:
            self.close()
            raise

    def _open(self, name: str) -> None:
        connection = self.connection
        screen = connection.get_setup().roots[connection.pref_screen]
        self.root: int = screen.root
        self.core: Any = connection.core
        for extension in ("XTEST", "XKEYBOARD", "XInputExtension"):
            if not self.core.QueryExtension(len(extension), extension).reply().present:
                raise SourceUnavailable(
                    f"X display {name} has no {extension} extension, which remote control needs"
                )
        self.xtest: Any = connection(xcffib.xtest.key)
        self.xkb: Any = connection(xcffib.xkb.key)
        self._xinput: Any = connection(xcffib.xinput.key)
        self.xtest.GetVersion(2, 2).reply()
        self.xtest.GrabControl(True)  # another program's grab of the server would swallow input
        self.xkb.UseExtension(1, 0).reply()
        self._xinput.XIQueryVersion(2, 2).reply()
        self.devices = self._find_devices(name)

    def _find_devices(self, name: str) -> TestDevices:
        listed = self._xinput.XIQueryDevice(_ALL_DEVICES).reply().infos
        ours = {
            each.deviceid: each.type
            for each in listed
            if b"XTEST" in bytes(each.name.buf() if hasattr(each.name, "buf") else each.name)
        }
        keyboards = [each for each, kind in ours.items() if kind == _SLAVE_KEYBOARD]
        if not keyboards:
            raise SourceUnavailable(f"X display {name} has no XTEST keyboard")
        return TestDevices(frozenset(ours), min(keyboards))

    @property
    def fd(self) -> int:
        return int(self.connection.get_file_descriptor())

    def watch_hardware(self) -> None:
        """Ask for a report of everything that any device does."""
        mask = xcffib.xinput.EventMask.synthetic(_ALL_MASTERS, 1, [_RAW])
        self._xinput.XISelectEvents(self.root, 1, [mask])

    def watch_keymap(self) -> None:
        """Ask for a report of each new keymap. A client that uses XKB gets no MappingNotify."""
        kinds = xcffib.xkb.EventType.NewKeyboardNotify | xcffib.xkb.EventType.MapNotify
        self.xkb.SelectEvents(self.devices.keyboard, kinds, 0, kinds, MAP_PARTS, MAP_PARTS, [])

    def next_event(self) -> Any:
        """The next report that has arrived; None: there is none.

        Refused requests that nobody waits for (a window has closed meanwhile) come here too.
        """
        while True:
            try:
                return self.connection.poll_for_event()
            except xcffib.Error as error:
                _log.debug("the X server refused a request: %r", error)

    def key(self, keycode: int, *, is_down: bool) -> None:
        self._fake(_KEY_PRESS if is_down else _KEY_RELEASE, keycode)

    def button(self, button: int, *, is_down: bool) -> None:
        self._fake(_BUTTON_PRESS if is_down else _BUTTON_RELEASE, button)

    def send_to_root(self, name: str, numbers: Sequence[int]) -> None:
        """Send the root window a client message of at most five numbers."""
        kind = self.core.InternAtom(False, len(name), name).reply().atom
        five = [*numbers, *[0] * 5][:5]
        words = xcffib.xproto.ClientMessageData.synthetic(five, "5I")
        message = xcffib.xproto.ClientMessageEvent.synthetic(32, self.root, kind, words)
        takers = (
            xcffib.xproto.EventMask.SubstructureNotify | xcffib.xproto.EventMask.StructureNotify
        )
        self.core.SendEvent(False, self.root, takers, message.pack())

    def move(self, x: int, y: int) -> None:
        self._fake(_MOTION, 0, x, y)

    def nudge(self, dx: int, dy: int) -> None:
        """Move the pointer by so many pixels; XTEST motion is not accelerated."""
        self._fake(_MOTION, _RELATIVE, dx, dy)

    def _fake(self, kind: int, detail: int, x: int = 0, y: int = 0) -> None:
        self.xtest.FakeInput(kind, detail, xcffib.CurrentTime, self.root, x, y, 0)

    def flush(self) -> None:
        self.connection.flush()

    def settle(self) -> None:
        """Return once the server has carried out everything."""
        self.core.GetInputFocus().reply()

    def lift_leftovers(self) -> None:
        """Lift what an earlier run left down when it was killed. Hardware is not affected."""
        keys = bytes(self.core.QueryKeymap().reply().keys)
        for keycode in range(8, 256):
            if keys[keycode >> 3] >> (keycode & 7) & 1:
                self.key(keycode, is_down=False)
        mask = self.core.QueryPointer(self.root).reply().mask
        for button in range(1, 6):
            if mask & 1 << 7 + button:
                self.button(button, is_down=False)

    def close(self) -> None:
        with suppress(xcffib.XcffibException):  # the server may be gone already
            self.connection.disconnect()
