"""The port that publishers come to, and the one that publishes. On a reader thread.

One publisher is let in at a time. Others are refused, and whoever has a wrong key waits for the
answer, so that keys cannot be tried quickly. Nobody is let in without the key, and no byte reaches
libav before.
"""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from samescreen.clock import clock_us
from samescreen.errors import SourceUnavailable

from .address import ListenAddress
from .session import Session, Stage

_LOOK_S: Final = 0.1
_SILENT_US: Final = 10_000_000
"""A publisher that sends nothing for so long has gone without a word."""

_ASKING_US: Final = 5_000_000
"""Whoever has not asked to publish after so long is sent away."""

_WRONG_US: Final = 1_000_000
_PAUSE_US: Final = 1_000_000
_MOST: Final = 8
_PIECE: Final = 64 * 1024
_BUSY: Final = "another program publishes here"
_WRONG: Final = "the key is wrong"


@dataclass(slots=True)
class _Peer:
    connection: socket.socket
    session: Session
    came_us: int
    heard_us: int
    refused_us: int | None = None


class Publishers:
    """Listens at `address` from `open` to `close`, for good.

    `read` gives the stream of the publisher that `wait` let in; PyAV calls it.
    """

    def __init__(self, address: ListenAddress) -> None:
        self._address = address
        self._listener: socket.socket | None = None
        self._selector = selectors.DefaultSelector()
        self._peers: list[_Peer] = []
        self._publisher: _Peer | None = None
        self._is_stopped: Callable[[], bool] = lambda: True
        self._flv = bytearray()
        self._accepts_us: int | None = None
        """When it listens again, while no descriptor is left."""

    def open(self) -> None:
        """Begin to listen; may be called again.

        Raises:
            SourceUnavailable: the port is taken, or is not ours to take.
        """
        if self._listener is not None:
            return
        address = self._address
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        try:
            listener = socket.create_server((address.host, address.port), family=family)
        except OSError as error:
            raise SourceUnavailable(
                f"cannot listen on port {address.port} for RTMP: {error.strerror}; name another"
            ) from error
        listener.setblocking(False)
        self._listener = listener
        self._selector.register(listener, selectors.EVENT_READ)

    def close(self) -> None:
        """Send everybody away and listen no more."""
        for peer in tuple(self._peers):
            self._drop(peer)
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()
        self._selector.close()

    def wait(self, is_stopped: Callable[[], bool]) -> bool:
        """Wait for a publisher; False: stopped."""
        self._is_stopped = is_stopped
        self._flv.clear()
        while self._publisher is None:
            if is_stopped():
                return False
            self._step()
        return True

    def read(self, size: int) -> bytes:
        """Up to `size` bytes of its stream, as FLV; none once it has gone, or once stopped."""
        while not self._flv and self._publisher is not None and not self._is_stopped():
            self._step()
        piece = bytes(self._flv[:size])
        del self._flv[:size]
        return piece

    def leave(self) -> None:
        """Send the publisher away, if it has not gone."""
        if self._publisher is not None:
            self._drop(self._publisher)

    def _step(self) -> None:
        """Serve everybody who has something to say, for a moment at most."""
        for key, _ in self._selector.select(_LOOK_S):
            if key.fileobj is self._listener:
                self._accept()
            else:
                self._hear(key.data)
        now_us = clock_us()
        if self._accepts_us is not None and now_us >= self._accepts_us:
            assert self._listener is not None
            self._selector.register(self._listener, selectors.EVENT_READ)
            self._accepts_us = None
        for peer in tuple(self._peers):
            self._look_at(peer, now_us)

    def _accept(self) -> None:
        assert self._listener is not None
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, ConnectionError):  # it has gone already
            return
        except OSError:  # no descriptor is left: it waits, and so must this
            self._selector.unregister(self._listener)
            self._accepts_us = clock_us() + _PAUSE_US
            return
        if len(self._peers) >= _MOST:  # who came first has had most time to ask
            self._drop(next(each for each in self._peers if each is not self._publisher))
        connection.setblocking(False)
        now_us = clock_us()
        peer = _Peer(connection, Session(self._address.path), now_us, now_us)
        self._peers.append(peer)
        self._selector.register(connection, selectors.EVENT_READ, peer)

    def _hear(self, peer: _Peer) -> None:
        try:
            data = peer.connection.recv(_PIECE)
            if not data:
                raise ConnectionError
            if peer.refused_us is not None:
                return
            peer.heard_us = clock_us()
            peer.session.take(data)
        except BlockingIOError:
            return
        except (OSError, ValueError):
            self._drop(peer)
            return
        self._decide(peer)
        if peer is self._publisher:
            self._flv += peer.session.flv()

    def _decide(self, peer: _Peer) -> None:
        stage = peer.session.stage
        if stage is Stage.ASKED and self._publisher is None:
            peer.session.accept()
            self._publisher = peer
        elif stage is Stage.ASKED or stage is Stage.WRONG_KEY:
            peer.refused_us = peer.heard_us
        self._send(peer)
        if stage is Stage.ENDED:
            self._drop(peer)

    def _look_at(self, peer: _Peer, now_us: int) -> None:
        """What time brings: answers that were held back, and who is silent."""
        if peer.refused_us is not None:
            if now_us - peer.refused_us >= _WRONG_US:
                is_busy = peer.session.stage is Stage.ASKED
                peer.session.refuse(_BUSY if is_busy else _WRONG)
                self._send(peer)
                self._drop(peer)
            return
        limit_us = peer.heard_us + _SILENT_US
        if peer is not self._publisher:
            limit_us = peer.came_us + _ASKING_US
        if now_us > limit_us:
            self._drop(peer)

    def _send(self, peer: _Peer) -> None:
        """Answers are short; who does not read them is sent away."""
        answer = peer.session.to_send()
        try:
            is_sent = not answer or peer.connection.send(answer) == len(answer)
        except OSError:
            is_sent = False
        if not is_sent:
            self._drop(peer)

    def _drop(self, peer: _Peer) -> None:
        if peer not in self._peers:
            return
        self._peers.remove(peer)
        if peer is self._publisher:
            self._publisher = None
        self._selector.unregister(peer.connection)
        with suppress(OSError):
            peer.connection.shutdown(socket.SHUT_WR)
        peer.connection.close()
