"""A connection to the X server of a display of its own. For one thread."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import xcffib
import xcffib.xproto as x

from samescreen.errors import SourceLost

_BYTES: Final = 8
_WORDS: Final = 32
_LONGEST: Final = 2**16


class XConnection:
    """Requests that a window manager makes, with atoms by their names.

    Raises:
        SourceLost: no server answers.
    """

    def __init__(self, name: str) -> None:
        try:
            self.connection: Any = xcffib.connect(display=name)
        except (xcffib.XcffibException, OSError) as error:
            raise SourceLost(f"X display {name} does not answer") from error
        self.root: int = self.connection.get_setup().roots[self.connection.pref_screen].root
        self._atoms: dict[str, int] = {}

    @property
    def core(self) -> Any:
        """Makes the requests of the core protocol."""
        return self.connection.core

    @property
    def fd(self) -> int:
        return int(self.connection.get_file_descriptor())

    def atom(self, name: str) -> int:
        if name not in self._atoms:
            self._atoms[name] = self.core.InternAtom(False, len(name), name).reply().atom
        return self._atoms[name]

    def next_event(self) -> Any:
        """The next event that waits; None: there is none. Errors of lost windows are dropped.

        Raises:
            xcffib.ConnectionException: the server is gone.
        """
        while True:
            try:
                return self.connection.poll_for_event()
            except xcffib.Error:
                continue  # a window closed meanwhile

    def size(self) -> tuple[int, int]:
        """Width and height of the root window."""
        shape = self.core.GetGeometry(self.root).reply()
        return shape.width, shape.height

    # Properties

    def numbers(self, window: int, name: str) -> tuple[int, ...]:
        """A property of 32-bit numbers; () where there is none."""
        with suppress(xcffib.Error):
            any_type = x.GetPropertyType.Any
            asked = self.core.GetProperty(False, window, self.atom(name), any_type, 0, _LONGEST)
            value = asked.reply()
            if value.format == _WORDS:
                return tuple(value.value.to_atoms())
        return ()

    def has_atom(self, window: int, name: str, atom: str) -> bool:
        """Whether a property that lists atoms has this one."""
        return self.atom(atom) in self.numbers(window, name)

    def set_numbers(self, window: int, name: str, kind: str, numbers: Sequence[int]) -> None:
        """Set a property of 32-bit numbers; `kind` is its type."""
        replace, atoms = x.PropMode.Replace, (self.atom(name), self.atom(kind))
        self.core.ChangeProperty(replace, window, *atoms, _WORDS, len(numbers), numbers)

    def set_text(self, window: int, name: str, text: str) -> None:
        replace, atoms = x.PropMode.Replace, (self.atom(name), self.atom("UTF8_STRING"))
        self.core.ChangeProperty(replace, window, *atoms, _BYTES, len(text), text)

    def send(self, window: int, name: str, numbers: Sequence[int]) -> None:
        """Send a client message to a window."""
        words = xcffib.xproto.ClientMessageData.synthetic([*numbers, *[0] * 5][:5], "5I")
        event = x.ClientMessageEvent.synthetic(_WORDS, window, self.atom(name), words)
        self.core.SendEvent(False, window, x.EventMask.NoEvent, event.pack())
