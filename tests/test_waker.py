"""The wait that another thread ends, also with more descriptors than `select` takes."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator

import pytest

from samescreen.clock import clock_us
from samescreen.waker import Waker

FIRST_BEYOND = 1024


@pytest.fixture
def crowd() -> Iterator[None]:
    """As many descriptors as a thousand viewers need."""
    if sys.platform == "win32":
        pytest.skip("select takes any there")
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(2 * FIRST_BEYOND, before[0]), before[1]))
    taken = [os.open(os.devnull, os.O_RDONLY)]
    try:
        while taken[-1] < FIRST_BEYOND:
            taken.append(os.dup(taken[0]))
        yield
    finally:
        for each in taken:
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.usefixtures("crowd")
def test_it_waits_beside_a_thousand_viewers() -> None:
    waker = Waker()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert ours.fileno() > FIRST_BEYOND
        began_us = clock_us()
        assert not waker.wait(20_000, ours.fileno())
        assert clock_us() - began_us >= 20_000
        theirs.send(b"!")
        assert not waker.wait(None, ours.fileno())
        waker.wake()
        assert waker.wait(None)
    waker.close()
