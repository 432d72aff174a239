"""The waker ends a wait from another thread; the clock counts microseconds."""

from __future__ import annotations

import socket
import threading
import time

from samescreen.capture.base import FOREVER_US
from samescreen.clock import clock_us
from samescreen.media import Damage, Frame
from samescreen.waker import Waker
from tests.fakes import PATIENCE_S
from tests.stage.scripted import ScriptedSource

LONG_US = 30_000_000


def test_the_clock_is_monotonic_microseconds() -> None:
    before = time.monotonic_ns() // 1000
    now = clock_us()
    assert before <= now <= time.monotonic_ns() // 1000
    assert now + 10**15 < FOREVER_US


def test_a_wake_before_the_wait_is_not_lost() -> None:
    waker = Waker()
    waker.wake()
    waker.wake()
    assert waker.wait(LONG_US) is True
    assert waker.wait(0) is False, "many wakes are one"
    waker.close()


def test_a_wake_ends_a_wait_in_another_thread() -> None:
    waker = Waker()
    answers: list[bool] = []
    waiting = threading.Thread(target=lambda: answers.append(waker.wait(LONG_US)))
    waiting.start()
    waker.wake()
    waiting.join(PATIENCE_S)
    assert answers == [True]
    waker.close()


def test_a_wait_ends_by_itself_and_for_another_fd() -> None:
    waker = Waker()
    assert waker.wait(-5) is False
    assert waker.wait(1000) is False
    reader, writer = socket.socketpair()
    with reader, writer:
        writer.send(b"!")
        assert waker.wait(LONG_US, reader.fileno()) is False
    waker.close()


def test_thousands_of_wakes_do_not_block() -> None:
    waker = Waker()
    for _ in range(100_000):
        waker.wake()
    assert waker.wait(0) is True
    assert waker.wait(0) is False
    waker.close()


def test_waking_a_closed_waker_does_nothing() -> None:
    source = ScriptedSource()
    source.dispose()
    source.wake()


def test_dispose_may_be_called_twice() -> None:
    source = ScriptedSource()
    source.dispose()
    source.dispose()
    assert source.closed == 2


def test_the_scripted_source_keeps_the_contract() -> None:
    source = ScriptedSource()
    assert source.grab(0) is None
    source.wake()
    assert source.grab(clock_us() + LONG_US) is None
    taken = Frame(None, 1, Damage.ALL)
    source.push(taken)
    assert source.grab(0) is taken
    source.dispose()


class Movable(ScriptedSource):
    may_change_threads = True


def test_a_source_that_may_change_threads_is_opened_once() -> None:
    source = Movable()
    source.open()
    source.hand_over()
    source.take_over()
    assert (source.opened, source.closed) == (1, 0)
    source.close()
    source.take_over()
    assert source.opened == 2, "only what was handed over is open"
    source.dispose()


def test_a_source_bound_to_its_thread_is_closed_and_opened_again() -> None:
    source = ScriptedSource()
    source.open()
    source.hand_over()
    assert source.closed == 1
    source.take_over()
    assert source.opened == 2
    source.dispose()
