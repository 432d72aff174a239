"""A connection to an X server for its selection CLIPBOARD: atoms, a window, properties.

On the clipboard's thread. docs: ICCCM 2.6.2, "Peer-to-Peer Communication by Means of Selections".
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import xcffib
import xcffib.xfixes
import xcffib.xproto

from samescreen.errors import SourceUnavailable

from .connecting import connected

_log: Final = logging.getLogger(__name__)
TEXT_TARGETS: Final = (
    *("UTF8_STRING", "text/plain;charset=utf-8", "text/plain;charset=UTF-8"),
    *("text/plain", "STRING"),
)
"""What a text is offered and read as, the best first."""
IMAGE_TARGETS: Final = ("image/png",)
FILE_TARGETS: Final = ("text/uri-list", "x-special/gnome-copied-files")
SECRET: Final = "x-kde-passwordManagerHint"
"""A password manager marks what nobody should keep."""
ORIGIN: Final = "_SAMESCREEN_CLIPBOARD"
"""A target of ours, by which we know what a clipboard manager took over from us."""
_NAMES: Final = (
    *("CLIPBOARD", "TARGETS", "TIMESTAMP", "MULTIPLE", "INCR", "ATOM_PAIR", "_SAMESCREEN_TIME"),
    *(*TEXT_TARGETS, *IMAGE_TARGETS, *FILE_TARGETS, SECRET, ORIGIN),
)
_PROPERTIES: Final = 4
_ATOM, _INTEGER = xcffib.xproto.Atom.ATOM, xcffib.xproto.Atom.INTEGER
_CHANGES: Final = xcffib.xproto.EventMask.PropertyChange


class SelectionConnection:
    """One connection, with a window that nobody sees.

    Raises:
        SourceLost: no server answers.
        SourceUnavailable: the server lacks XFIXES.
    """

    def __init__(self, name: str) -> None:
        self.connection = connected(name)
        try:
            self._open(name)
        except BaseException:
            self.close()
            raise

    def _open(self, name: str) -> None:
        setup = self.connection.get_setup()
        screen = setup.roots[self.connection.pref_screen]
        self.core: Any = self.connection.core
        if not self.core.QueryExtension(6, "XFIXES").reply().present:
            raise SourceUnavailable(f"X display {name} has no XFIXES, which the clipboard needs")
        xfixes: Any = self.connection(xcffib.xfixes.key)
        xfixes.QueryVersion(5, 0).reply()
        own = tuple(f"_SAMESCREEN_CLIP_{number}" for number in range(_PROPERTIES))
        asked = {n: self.core.InternAtom(False, len(n), n) for n in (*_NAMES, *own)}
        self.atoms = {name: int(cookie.reply().atom) for name, cookie in asked.items()}
        self.names = {atom: name for name, atom in self.atoms.items()}
        self.own_properties = tuple(self.atoms[each] for each in own)
        self.clipboard = self.atoms["CLIPBOARD"]
        self.window = int(self.connection.generate_id())
        kind = xcffib.xproto.WindowClass.InputOnly
        values = (xcffib.xproto.CW.EventMask, [_CHANGES])
        self.core.CreateWindow(0, self.window, screen.root, 0, 0, 1, 1, 0, kind, 0, *values)
        mask = xcffib.xfixes.SelectionEventMask
        kinds = mask.SetSelectionOwner | mask.SelectionWindowDestroy | mask.SelectionClientClose
        xfixes.SelectSelectionInput(self.window, self.clipboard, kinds)
        self.connection.flush()

    @property
    def fd(self) -> int:
        return int(self.connection.get_file_descriptor())

    def next_event(self) -> Any:
        """The next event that has arrived; None: there is none."""
        while True:
            try:
                return self.connection.poll_for_event()
            except xcffib.Error as error:  # such as of a window that closed meanwhile
                _log.debug("the X server refused a request: %r", error)

    def ask_for_time(self) -> None:
        """Have the server report its time, as a change of the property _SAMESCREEN_TIME."""
        name = self.atoms["_SAMESCREEN_TIME"]
        mode = xcffib.xproto.PropMode.Append
        self.core.ChangeProperty(mode, self.window, name, _INTEGER, 32, 0, [])
        self.connection.flush()

    def own(self, time: int) -> bool:
        """Become the owner of CLIPBOARD; whether that came about."""
        self.core.SetSelectionOwner(self.window, self.clipboard, time)
        return bool(self.core.GetSelectionOwner(self.clipboard).reply().owner == self.window)

    def convert(self, target: int, property: int, time: int) -> None:
        """Ask the owner for its selection as `target`."""
        self.core.DeleteProperty(self.window, property)
        self.core.ConvertSelection(self.window, self.clipboard, target, property, time)
        self.connection.flush()

    def take(self, property: int) -> tuple[int, int, bytes]:
        """Type, format and content of a property of our window, which is deleted with it."""
        reply = self.core.GetProperty(True, self.window, property, 0, 0, 2**28).reply()
        return int(reply.type), int(reply.format), bytes(reply.value.buf())

    def read(self, window: int, property: int) -> tuple[int, list[int]]:
        """Type and 32-bit words of a small property of another window."""
        reply = self.core.GetProperty(False, window, property, 0, 0, 256).reply()
        words = reply.value.to_atoms() if reply.format == 32 else ()
        return int(reply.type), [int(word) for word in words]

    def write(self, window: int, property: int, type: int, content: bytes) -> None:
        mode = xcffib.xproto.PropMode.Replace
        self.core.ChangeProperty(mode, window, property, type, 8, len(content), content)

    def write_words(self, window: int, property: int, type: int, words: Sequence[int]) -> None:
        mode = xcffib.xproto.PropMode.Replace
        self.core.ChangeProperty(mode, window, property, type, 32, len(words), list(words))

    def write_atoms(self, window: int, property: int, atoms: Sequence[int]) -> None:
        self.write_words(window, property, _ATOM, atoms)

    def write_integer(self, window: int, property: int, value: int) -> None:
        self.write_words(window, property, _INTEGER, [value])

    def watch(self, window: int, *, is_on: bool) -> None:
        """Report, or no longer, which properties of another window change."""
        mask = _CHANGES if is_on else xcffib.xproto.EventMask.NoEvent
        self.core.ChangeWindowAttributes(window, xcffib.xproto.CW.EventMask, [mask])

    def answer(self, request: Any, property: int) -> None:
        """Tell a requestor that its property is there; 0: that it was refused."""
        event = xcffib.xproto.SelectionNotifyEvent.synthetic(
            request.time, request.requestor, request.selection, request.target, property
        )
        self.core.SendEvent(False, request.requestor, 0, event.pack())
        self.connection.flush()

    def close(self) -> None:
        with suppress(xcffib.XcffibException):
            self.connection.disconnect()
