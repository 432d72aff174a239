"""A connection to a Wayland compositor: object numbers, requests, events.

Runs on the track's thread. It knows no interface but wl_display and wl_callback. An object is a
number here; whoever made it listens to its events.
"""

from __future__ import annotations

import os
import select
import socket
import struct
from array import array
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from samescreen.clock import clock_us
from samescreen.errors import NoScreen, SourceLost, SourceUnavailable

from .wire import Argument, Body, Cutter, Message, WireError, packed

ANSWER_US: Final = 3_000_000
"""A compositor that takes longer than this for a round trip is said not to answer."""

_DISPLAY: Final = 1
_SYNC: Final = 0
_ERROR, _DELETE_ID = 0, 1
_SERVERS_OWN: Final = 0xFF000000
_AT_ONCE: Final = 1 << 16
_MOST_FDS: Final = 28
"""As many as libwayland sends with one piece."""

Listener = Callable[[Message], None]
"""Takes an event of one object; a WireError that it raises ends the connection."""


def socket_path(environment: Mapping[str, str]) -> Path | None:
    """Where the session's compositor listens; None: the environment names none."""
    name = environment.get("WAYLAND_DISPLAY", "")
    folder = environment.get("XDG_RUNTIME_DIR", "")
    if not name or not (folder or Path(name).is_absolute()):
        return None
    return Path(folder, name)


class Connection:
    """A connection to the compositor at `path` (None: that of the session).

    Raises:
        NoScreen: the environment names no compositor.
        SourceUnavailable: this user may not connect.
        SourceLost: no compositor listens there (it may come back).
    """

    def __init__(self, path: Path | None = None) -> None:
        path = path or socket_path(os.environ)
        if path is None:
            raise NoScreen(
                "this session has no Wayland compositor (WAYLAND_DISPLAY or XDG_RUNTIME_DIR is not "
                "set); run it inside the desktop session"
            )
        self.path = path
        self.name = path.name
        self._fds: deque[int] | None = None
        self._socket = socket.socket(socket.AF_UNIX)
        self._cutter = Cutter()
        self._listeners: dict[int, Listener | None] = {_DISPLAY: self._take_display_event}
        self._free: list[int] = []
        self._next = _DISPLAY + 1
        try:
            self._socket.connect(str(path))
        except PermissionError as error:
            self.close()
            raise SourceUnavailable(
                f"the Wayland compositor at {path} refuses this user; run it as the user whose "
                "screen it is, without sudo"
            ) from error
        except OSError as error:
            self.close()
            raise SourceLost(
                f"the Wayland compositor at {path} does not answer; check WAYLAND_DISPLAY"
            ) from error
        self._socket.setblocking(False)

    @property
    def fd(self) -> int:
        """Readable when events wait."""
        return self._socket.fileno()

    @property
    def peer_pid(self) -> int:
        """The compositor's process; 0: the kernel does not say."""
        option = getattr(socket, "SO_PEERCRED", None)
        if option is None:
            return 0
        pid: int = struct.unpack("=iII", self._socket.getsockopt(socket.SOL_SOCKET, option, 12))[0]
        return pid

    def create(self, listener: Listener) -> int:
        """The number for a new object, which the caller names in the request that makes it."""
        if self._free:
            number = self._free.pop()
        else:
            number, self._next = self._next, self._next + 1
        self._listeners[number] = listener
        return number

    def adopt(self, number: int, listener: Listener) -> None:
        """Listen to an object that the compositor has made."""
        self._listeners[number] = listener

    def accept_fds(self) -> None:
        """Keep descriptors that come with events, for `take_fd`. Without, the kernel drops them."""
        self._fds = deque()

    def take_fd(self) -> int:
        """The next descriptor; the caller closes it.

        Raises:
            WireError: none came.
        """
        if not self._fds:
            raise WireError("an event came without its descriptor")
        return self._fds.popleft()

    def send(
        self, object_id: int, opcode: int, *arguments: Argument, fds: Sequence[int] = ()
    ) -> None:
        """Send a request; the compositor gets duplicates of `fds`.

        Raises:
            SourceLost: the compositor is gone, or reads nothing.
        """
        left = memoryview(packed(object_id, opcode, *arguments))
        beside = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", fds))] if fds else []
        while left:
            try:
                left = left[self._socket.sendmsg([left], beside, socket.MSG_NOSIGNAL) :]
                beside = []
            except BlockingIOError:
                if not self._is_ready(select.POLLOUT, ANSWER_US):
                    raise self._silence() from None
            except OSError as error:
                self._raise_reason()
                raise self._gone() from error

    def destroy(self, object_id: int, opcode: int) -> None:
        """Send the request that destroys an object, and ignore its events from now on."""
        self._listeners[object_id] = None
        self.send(object_id, opcode)

    def dispatch(self) -> None:
        """Pass on all events that have arrived. Does not wait.

        Raises:
            SourceLost: the compositor is gone, or refused a request.
        """
        while received := self._receive():
            try:
                for message in self._cutter.feed(received):
                    listener = self._listeners.get(message.object_id)
                    if listener is not None:
                        listener(message)
            except WireError as error:
                raise SourceLost(f"the Wayland compositor sent nonsense: {error}") from error
            if len(received) < _AT_ONCE:
                return

    def roundtrip(self) -> None:
        """Wait until the compositor has carried out every request so far, and dispatch its events.

        Raises:
            SourceLost: as `dispatch`, or it does not answer.
        """
        is_done: list[bool] = []
        self.send(_DISPLAY, _SYNC, self.create(lambda _: is_done.append(True)))
        self.wait_for(lambda: bool(is_done), ANSWER_US)
        if not is_done:
            raise self._silence()

    def wait_for(self, is_met: Callable[[], bool], within_us: int) -> bool:
        """Dispatch events until the condition is met, or `within_us` have passed; whether it is.

        Raises:
            SourceLost: as `dispatch`.
        """
        until_us = clock_us() + within_us
        while not is_met():
            left_us = until_us - clock_us()
            if left_us <= 0:
                return False
            if self._is_ready(select.POLLIN, left_us):
                self.dispatch()
        return True

    def _is_ready(self, event: int, within_us: int) -> bool:
        poll = select.poll()  # `select` takes no descriptor above 1023
        poll.register(self._socket, event)
        return bool(poll.poll(-(-within_us // 1000)))

    def close(self) -> None:
        self._listeners.clear()  # they hold what made them, which holds this
        for fd in self._fds or ():
            os.close(fd)
        self._fds = None
        self._socket.close()

    def _receive(self) -> bytes:
        """What has arrived; empty: nothing."""
        try:
            if self._fds is None:
                received = self._socket.recv(_AT_ONCE)
            else:
                received, fds, *_ = socket.recv_fds(
                    self._socket, _AT_ONCE, _MOST_FDS, socket.MSG_CMSG_CLOEXEC
                )
                self._fds.extend(fds)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise self._gone() from error
        if not received:
            raise self._gone()
        return received

    def _raise_reason(self) -> None:
        """Before its end, the compositor may have said why."""
        try:
            self.dispatch()
        except SourceLost as lost:
            raise lost from None

    def _take_display_event(self, message: Message) -> None:
        body = Body(message)
        if message.opcode == _DELETE_ID:
            number = body.number()
            if number in self._listeners and number < _SERVERS_OWN:
                del self._listeners[number]
                self._free.append(number)
        elif message.opcode == _ERROR:
            body.numbers(2)
            raise SourceLost(f"the Wayland compositor refused a request: {body.text()}")

    def _gone(self) -> SourceLost:
        return SourceLost(f"the Wayland compositor {self.name} went away")

    def _silence(self) -> SourceLost:
        return SourceLost(f"the Wayland compositor {self.name} does not answer")
