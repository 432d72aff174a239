"""A text field that fills the screen, of GTK 3 or Qt 5: `text_window.py gtk|qt FOLDER`.

Runs under Debian's own Python, which has the toolkits. It writes what it reads into FOLDER/typed,
and makes FOLDER/focused once its field has the keyboard.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

WIDTH, HEIGHT = 800, 600


class Notes:
    """What the bench reads of this program."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def typed(self, text: str) -> None:
        new = self._folder / "typed.new"
        new.write_text(text, encoding="utf-8")
        os.replace(new, self._folder / "typed")

    def focused(self) -> None:
        (self._folder / "focused").touch()


def show_gtk(notes: Notes) -> None:
    """GTK's text view, with its own input method."""
    import gi

    gi.require_version("Gtk", "3.0")
    from gi.repository import Gtk

    window, view = Gtk.Window(), Gtk.TextView()
    window.set_decorated(False)
    window.set_default_size(WIDTH, HEIGHT)
    window.add(view)
    text = view.get_buffer()
    text.connect("changed", lambda _: notes.typed(text.props.text))
    view.connect("focus-in-event", lambda *_: notes.focused())
    window.show_all()
    window.present()
    Gtk.main()


def show_qt(notes: Notes) -> None:
    """Qt's plain text field."""
    from PyQt5 import QtCore, QtWidgets

    class Field(QtWidgets.QPlainTextEdit):
        def focusInEvent(self, event: object) -> None:  # noqa: N802
            super().focusInEvent(event)
            notes.focused()

    application = QtWidgets.QApplication(sys.argv[:1])
    field = Field()
    field.setWindowFlags(QtCore.Qt.FramelessWindowHint)
    field.resize(WIDTH, HEIGHT)
    field.textChanged.connect(lambda: notes.typed(field.toPlainText()))
    field.show()
    field.activateWindow()
    application.exec_()


if __name__ == "__main__":
    {"gtk": show_gtk, "qt": show_qt}[sys.argv[1]](Notes(Path(sys.argv[2])))
