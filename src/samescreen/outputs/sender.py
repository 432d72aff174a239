"""The program that sends one output: `python -m samescreen.outputs.sender`, a child of the host.

It reads records (`feed`) from its standard input until that ends, and prints one line for each
change: "sending", or a fault and why. A process of its own, because PyAV holds Python's lock while
it connects, and because libav can wait for a network without limit: the host just ends the process.
On Linux it ends with its host at once, also while it waits.
"""

from __future__ import annotations

import faulthandler
import os
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Final

import av
from av.error import FFmpegError, HTTPNotFoundError, HTTPUnauthorizedError

from samescreen.decode.confinement import end_with
from samescreen.record.sound_line import Sound

from .feed import Record, Target, read_record
from .live_stream import LiveStream

SENDING: Final = "sending"
FAULT: Final = "fault "
_REACH_S: Final = 8.0
_CONNECT_S: Final = 20.0

REFUSED: Final = "{} refuses the connection: check the port, and that the server runs"
UNKNOWN: Final = "{} is not known: check the address, and the network of this machine"
SILENT: Final = "{} does not answer: check the address, and the network of this machine"
UNTRUSTED: Final = "the certificate of {} is not valid: check the name, and the clock here"
NOT_TAKEN: Final = "{} does not take the stream: check the key, and that nobody else sends with it"
NO_PASSWORD: Final = "{} wants a name and a password: write rtsp://NAME:PASSWORD@HOST/PATH"
NO_PATH: Final = "{} does not know the path: check the end of the address"
CLOSED: Final = "{} closed the connection: look at what the site says about the stream"


class Unreachable(Exception):
    """One sentence says why."""


def check_reachable(target: Target) -> None:
    """Connect once and hang up: libav would not say why it cannot. Raises Unreachable."""
    host = target.host
    try:
        with socket.create_connection((host, target.port), _REACH_S) as connection:
            if target.is_secure:
                context = ssl.create_default_context()
                context.wrap_socket(connection, server_hostname=host).close()
    except ssl.SSLCertVerificationError:
        raise Unreachable(UNTRUSTED.format(host)) from None
    except (socket.gaierror, UnicodeError):
        raise Unreachable(UNKNOWN.format(host)) from None
    except (ConnectionError, ssl.SSLError):
        raise Unreachable(REFUSED.format(host)) from None
    except OSError:
        raise Unreachable(SILENT.format(host)) from None


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """End this process after that time. A thread in C does it: PyAV holds Python's lock here."""
    with open(os.devnull, "w") as nowhere:
        faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()


class _Sending:
    """Sends to one target. Sound before the first picture waits for it."""

    def __init__(self, target: Target, say: Callable[[str], None]) -> None:
        self._target = target
        self._say = say
        self._stream: LiveStream | None = None
        self._early: list[Sound] = []

    def take(self, record: Record) -> None:
        """Send this. Raises Unreachable."""
        if isinstance(record, Sound):
            if self._stream is None:
                self._early.append(record)
            else:
                self._send(self._stream, record)
        elif not isinstance(record, Target):
            stream = self._stream or self._opened(record.payload)
            self._send(stream, record)
            early, self._early = self._early, []
            for sound in early:
                self._send(stream, sound)

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()

    def _opened(self, keyframe: bytes) -> LiveStream:
        check_reachable(self._target)
        host = self._target.host
        self._say(f"{FAULT}{SILENT.format(host)}")  # unless it answers before the end of the limit
        try:
            with _limited(_CONNECT_S):
                self._stream = LiveStream(self._target, keyframe)
        except (FFmpegError, OSError, ValueError) as error:
            raise Unreachable(_why_refused(error).format(host)) from None
        self._say(SENDING)
        return self._stream

    def _send(self, stream: LiveStream, record: Record) -> None:
        try:
            if isinstance(record, Sound):
                stream.sound(record)
            elif not isinstance(record, Target):
                stream.show(record)
        except (FFmpegError, OSError, ValueError):
            raise Unreachable(CLOSED.format(self._target.host)) from None


def _why_refused(error: Exception) -> str:
    """RTSP has status codes of its own; a server of RTMP only hangs up."""
    if isinstance(error, HTTPUnauthorizedError):
        return NO_PASSWORD
    return NO_PATH if isinstance(error, HTTPNotFoundError) else NOT_TAKEN


def send(read: Callable[[int], bytes], say: Callable[[str], None]) -> int:
    """Send all records that `read` gives; the exit code. `say` gets each line for the host."""
    target = read_record(read)
    if not isinstance(target, Target):
        return 2
    sending = _Sending(target, say)
    try:
        while (record := read_record(read)) is not None:
            sending.take(record)
    except Unreachable as why:
        say(f"{FAULT}{why}")
        return 1
    sending.close()
    return 0


def main(source: IO[bytes], sink: IO[str]) -> int:
    """Send what comes from `source`; lines for the host go to `sink`."""
    av.logging.set_level(av.logging.PANIC)  # its lines contain the URL, and so the key

    def say(line: str) -> None:
        sink.write(f"{line}\n")
        sink.flush()

    return send(source.read, say)


if __name__ == "__main__":
    end_with(int(sys.argv[1]))
    sys.exit(main(sys.stdin.buffer, sys.stdout))
