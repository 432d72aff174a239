"""The host's side of one decoding process (`child`): starts it, asks it, ends it.

The decoder's thread calls all of this, and no other: on Linux the process ends with the thread that
started it.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import numpy as np
from numpy.typing import NDArray

from samescreen.media import Codec

from .child import OUT_OF_MEMORY
from .exchange import REPLY_BYTES, Outcome, Reply, Request, Shared, Task
from .values import Layout, Limits

START_S: Final = 20.0
"""How long Python and a library may take to load, on a busy machine."""
_END_S: Final = 5.0
_KEPT: Final = (
    *("PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
    *("PYTHONPYCACHEPREFIX", "SYSTEMROOT", "PATH"),
)
"""What Python needs of the environment to find itself; nothing else of it is handed on."""


class Gone(Exception):
    """The process is gone, or was ended because of what it did. The message says why."""


class DecodingProcess:
    """Decodes packets of one stream, once it is `ready`.

    Raises:
        Gone: it cannot be started.
    """

    def __init__(self, codec: Codec, layout: Layout, limits: Limits) -> None:
        if getattr(sys, "frozen", False):  # then sys.executable is no Python
            raise Gone("needs Python itself: install samescreen with pip")
        self._limits = limits
        self._codec, self._layout = codec, layout
        try:
            self._shared = Shared.made(layout, limits)
            self._running = _started(self._shared.descriptor)
        except OSError as error:
            raise Gone(f"cannot be started: {error.strerror}") from error

    def ready(self) -> None:
        """Wait until it has loaded what it needs and given away its rights. Raises Gone."""
        task = Task(self._codec, self._layout, self._limits, self._shared.place)
        self._shared.close_descriptor()
        self._write(task.packed())
        if self._reply(START_S).outcome != Outcome.READY:
            raise self._ended("gave an answer that makes no sense")

    @property
    def pid(self) -> int:
        return self._running.pid

    def decode(self, payload: bytes, slot: int) -> Reply:
        """Have one packet decoded into that slot, and wait for it.

        Raises:
            Gone: see there.
        """
        self._shared.put(payload)
        self._write(Request(slot, len(payload)).packed())
        reply = self._reply(self._limits.packet_s)
        if reply.outcome == Outcome.PICTURE:
            self._check(reply, slot)
        return reply

    def picture(self, slot: int, width: int, height: int) -> NDArray[np.uint8]:
        """The pixels in a slot; any thread, and also when the process is gone."""
        return self._shared.picture(slot, width, height)

    def kill(self) -> None:
        """End it. Any thread; may be called twice."""
        self._running.kill()

    def end(self) -> None:
        """End it, and leave nothing of it behind but the pictures."""
        self._running.kill()
        for pipe in (self._running.stdin, self._running.stdout):
            if pipe is not None:
                pipe.close()
        with suppress(subprocess.TimeoutExpired):
            self._running.wait(_END_S)

    def _check(self, reply: Reply, slot: int) -> None:
        try:
            self._shared.picture(slot, reply.width, reply.height)
        except ValueError:
            raise self._ended("gave an answer that makes no sense") from None

    def _write(self, record: bytes) -> None:
        assert self._running.stdin is not None
        try:
            os.write(self._running.stdin.fileno(), record)
        except OSError:
            raise self._ended() from None

    def _reply(self, timeout_s: float) -> Reply:
        assert self._running.stdout is not None
        record = _read(self._running.stdout.fileno(), timeout_s, self.kill)
        if record is None:
            raise self._ended(f"did not answer within {timeout_s:g} s")
        if len(record) != REPLY_BYTES:
            raise self._ended()
        return Reply.read(record)

    def _ended(self, why: str = "") -> Gone:
        """End it; `why`, or what its exit code says."""
        if not why:
            with suppress(subprocess.TimeoutExpired):
                self._running.wait(1)
        self.end()
        return Gone(why or _of_exit(self._running.returncode))


def _started(descriptor: int) -> subprocess.Popen[bytes]:
    # -P: a folder where somebody starts the host must not bring modules of its own.
    command = [sys.executable, "-P", "-m", "samescreen.decode.child", str(os.getpid())]
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment | {"OPENBLAS_NUM_THREADS": "1"},
        pass_fds=(descriptor,) if descriptor >= 0 else (),
        start_new_session=os.name == "posix",  # Ctrl-C is for the host
    )


def _read(descriptor: int, timeout_s: float, kill: Callable[[], None]) -> bytes | None:
    """A reply, b"" at the end; None: nothing came in time, and the process is to be ended."""
    if sys.platform == "win32":  # cannot wait for a pipe with a limit
        watchdog = threading.Timer(timeout_s, kill)
        watchdog.start()
        record = _read_now(descriptor)
        watchdog.cancel()
        return record
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return _read_now(descriptor) if poll.poll(timeout_s * 1000) else None


def _read_now(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, REPLY_BYTES)
    except OSError:
        return b""


def _of_exit(code: int | None) -> str:
    if code == OUT_OF_MEMORY:
        return "needed more memory than it may have"
    if code is None or code >= 0:
        return f"ended with the exit code {code}"
    if -code == getattr(signal, "SIGXCPU", 0):
        return "used more processor time than it may"
    with suppress(ValueError):
        return f"was ended by {signal.Signals(-code).name}"
    return f"was ended by signal {-code}"
