"""The thread that moves the pointer and types on an X server, by XTEST. It waits for nobody.

It has a connection of its own, which no picture ever delays. It lets go what is held when the
viewer is silent, when the person at the machine touches anything, and when it ends.
"""

from __future__ import annotations

import logging
import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import xcffib
import xcffib.xinput
import xcffib.xkb
import xcffib.xproto

from samescreen.clock import clock_us
from samescreen.control.events import Event, Held, Key, Text
from samescreen.control.hands import Hands
from samescreen.control.inbox import Inbox
from samescreen.control.keyboard import Layout
from samescreen.control.keymap import Keymap
from samescreen.control.news import Escaped, Failed, HandSeen, News, Obstructed
from samescreen.control.policy import Escapes
from samescreen.control.strokes import (
    Go,
    Lift,
    LiftButton,
    Press,
    PressButton,
    Stroke,
    Tap,
    TypeMissing,
)
from samescreen.errors import CaptureError
from samescreen.media import OnDesktop

from .aim import Aim
from .connecting import InputConnection
from .keyboard import XKeyboard

_log: Final = logging.getLogger(__name__)
_ESCAPE: Final = 9
_HAND_EVERY_US: Final = 100_000
_NO_LAYOUT: Final = Layout(Keymap({}, {}))


class Injector:
    """Carries out events on the desktop of `place()`; None: the picture lies nowhere now.

    It calls `report` on its own thread. `start` once; `stop` lets everything go and ends it.
    """

    def __init__(
        self, place: Callable[[], OnDesktop | None], report: Callable[[News], None]
    ) -> None:
        self._place = place
        self._report = report
        self._inbox = Inbox()
        self._lock = threading.Lock()
        self._must_release = False
        self._is_stopped = False
        self._reader, self._writer = socket.socketpair()
        for end in (self._reader, self._writer):
            end.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="injector", daemon=True)

    # Any thread

    def start(self) -> None:
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def put(self, *events: Event) -> bool:
        """Carry these out, in order. False: too many wait."""
        with self._lock:
            for event in events:
                self._inbox.put(event)
            fits = self._inbox.has_room
        self._wake()
        return fits

    def release(self) -> None:
        """Drop what waits, and let everything go, at once."""
        with self._lock:
            self._inbox.clear()
            self._must_release = True
        self._wake()

    def stop(self) -> None:
        """Let everything go, and end."""
        with self._lock:
            self._is_stopped = True
        self._wake()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; whether it came."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _wake(self) -> None:
        with suppress(OSError):  # full: a wake is pending already
            self._writer.send(b"!")

    # The thread

    def _run(self) -> None:
        try:
            place = self._place()
            if place is None:
                self._report(Failed("there is no picture to act on now"))
                return
            connection = InputConnection(place.display)
            try:
                _Session(self, connection, place).run()
            finally:
                connection.close()
        except (CaptureError, xcffib.XcffibException) as error:
            self._report(Failed(str(error) or "the X server went away"))
        except Exception:
            _log.exception("remote control ended, please report this")
            self._report(Failed("remote control failed; the host's log says why"))
        finally:
            self._reader.close()
            self._writer.close()

    def take(self) -> tuple[Event | None, bool]:
        """The next event, and whether everything must be let go first."""
        with self._lock:
            must_release, self._must_release = self._must_release, False
            return (None if must_release else self._inbox.take()), must_release

    @property
    def is_interrupted(self) -> bool:
        """Whether what is being typed does not count any more."""
        return self._must_release or self._is_stopped

    @property
    def is_stopped(self) -> bool:
        return self._is_stopped

    def place(self) -> OnDesktop | None:
        return self._place()

    def tell(self, news: News) -> None:
        self._report(news)

    def wait(self, timeout_us: int | None, fd: int) -> None:
        """Sleep until somebody calls, the server reports something, or the time is over."""
        timeout_s = None if timeout_us is None else max(0, timeout_us) / 1e6
        ready, _, _ = select.select([own := self._reader.fileno(), fd], [], [], timeout_s)
        if own in ready:
            with suppress(BlockingIOError):
                while self._reader.recv(64):
                    pass


class _Session:
    """One connection of an injector, with what it holds down there."""

    def __init__(self, owner: Injector, connection: InputConnection, place: OnDesktop) -> None:
        self._owner = owner
        self._connection = connection
        self._keyboard = XKeyboard(connection)
        self._hands = Hands(is_desktop=not place.window)
        self._aim = Aim(connection, place)
        self._escapes = Escapes()
        self._pressed: set[tuple[str, int]] = set()
        self._at: tuple[int, int] | None = None
        self._hand_us = 0

    def run(self) -> None:
        self._connection.lift_leftovers()
        self._connection.watch_hardware()
        self._connection.watch_keymap()
        self._connection.settle()
        while self._connection.next_event() is not None:
            pass  # the server reports what was lifted just now
        try:
            while not self._owner.is_stopped:
                self._step()
        finally:
            with suppress(xcffib.XcffibException):
                self._do(self._hands.release())
                self._lift_all()
                self._keyboard.unbind()
                self._connection.settle()

    def _step(self) -> None:
        self._read_reports()
        event, must_release = self._owner.take()
        if must_release:
            self._do(self._hands.release())
        self._do(self._hands.lapse(clock_us()))
        if event is not None:
            self._carry_out(event)
        self._connection.flush()
        if event is None and not must_release:
            due_us = self._hands.due_us
            timeout_us = None if due_us is None else due_us - clock_us()
            self._read_reports()
            self._owner.wait(timeout_us, self._connection.fd)

    def _read_reports(self) -> None:
        while (event := self._connection.next_event()) is not None:
            if isinstance(event, xcffib.xkb.NewKeyboardNotifyEvent):
                self._keyboard.changed()
            elif getattr(event, "sourceid", None) is not None:
                self._device_did(event)

    def _device_did(self, event: Any) -> None:
        """The person at the machine wins: what the viewer holds is let go."""
        if event.sourceid in self._connection.devices.ids:
            return
        now_us = clock_us()
        if isinstance(event, xcffib.xinput.RawKeyPressEvent) and self._escapes.pressed(
            event.detail == _ESCAPE, now_us
        ):
            self._owner.release()
            self._owner.tell(Escaped())
        if now_us - self._hand_us >= _HAND_EVERY_US:
            self._hand_us = now_us
            self._owner.release()
            self._owner.tell(HandSeen())

    def _carry_out(self, event: Event) -> None:
        place = self._owner.place()
        if place is None:
            return
        if place != self._aim.place:
            self._aim.place = place
            self._hands.keyboard.is_desktop = not place.window
        now_us = clock_us()
        try:
            types = isinstance(event, Key | Text | Held)
            layout = self._keyboard.layout() if types else _NO_LAYOUT
            self._do(self._hands.act(event, layout, now_us))
        except xcffib.xproto.WindowError:
            pass  # a window closed meanwhile

    # Strokes

    def _do(self, strokes: list[Stroke]) -> None:
        for stroke in strokes:
            if isinstance(stroke, Go):
                self._go(stroke)
            elif isinstance(stroke, LiftButton):
                self._set("button", stroke.button, is_down=False)
            elif isinstance(stroke, Lift):
                self._set("key", stroke.keycode, is_down=False)
            elif self._owner.is_interrupted:
                continue  # what is held is let go in a moment
            elif isinstance(stroke, PressButton):
                if self._may(self._aim.takes_clicks, "covered"):
                    self._set("button", stroke.button, is_down=True)
            elif self._may(self._aim.takes_keys, "unfocused"):
                self._type(stroke)

    def _may(self, is_allowed: Callable[[], bool], cause: Any) -> bool:
        if is_allowed():
            return True
        self._aim.activate()
        self._owner.tell(Obstructed(cause))
        return False

    def _go(self, stroke: Go) -> None:
        at = self._aim.at(stroke.x, stroke.y)
        is_drag = any(kind == "button" for kind, _ in self._pressed)
        if at is None or (is_drag and at == self._at):
            return  # a motion right before a release in place would be a drag
        self._connection.move(*at)
        self._at = at

    def _set(self, kind: str, number: int, *, is_down: bool) -> None:
        """Press or lift; what was refused is not lifted either."""
        if is_down == ((kind, number) in self._pressed):
            return
        self._pressed ^= {(kind, number)}
        press = self._connection.key if kind == "key" else self._connection.button
        press(number, is_down=is_down)

    def _lift_all(self) -> None:
        for kind, number in tuple(self._pressed):
            self._set(kind, number, is_down=False)

    def _type(self, stroke: Press | Tap | TypeMissing) -> None:
        if isinstance(stroke, Press):
            self._set("key", stroke.keycode, is_down=True)
        elif isinstance(stroke, Tap):
            self._keyboard.tap(stroke.spot)
        else:
            self._type_missing(stroke.char)

    def _type_missing(self, char: str) -> None:
        spares = self._keyboard.spares
        keycode = spares.keycode_of(char, clock_us())
        while keycode is None:
            keycode = spares.bind(char, clock_us())
            if keycode is not None:
                self._keyboard.bind(keycode, char)
            elif spares.is_hopeless or self._owner.is_interrupted:
                return
            else:
                self._connection.flush()
                self._owner.wait(spares.wait_us(clock_us()), self._connection.fd)
                self._read_reports()
        self._keyboard.tap_keycode(keycode)
