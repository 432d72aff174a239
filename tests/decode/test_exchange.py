"""Records between host and process, and the memory they share."""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest

from samescreen.decode.exchange import SLOTS, Reply, Request, Shared, Task
from samescreen.decode.values import Limits
from samescreen.media import Codec

LIMITS = Limits(pixels=64 * 48, packet_bytes=5000)


def test_records_come_back_as_they_were() -> None:
    request, reply = Request(2, 77), Reply(1, 640, 480, 3000)
    task = Task(Codec.JPEG, "bgrx", LIMITS, "samescreen-1")
    assert Request.read(request.packed()) == request
    assert Reply.read(reply.packed()) == reply
    assert Task.read(task.packed()) == task
    assert task.packed().count(b"\n") == 1


def test_packets_and_pictures_do_not_overlap() -> None:
    shared = Shared.made("bgr", LIMITS)
    shared.put(b"\xff" * 5000)
    for slot in range(SLOTS):
        shared.picture(slot, 64, 48)[:] = slot
    assert shared.packet(5000) == b"\xff" * 5000
    assert [int(shared.picture(slot, 64, 48).max()) for slot in range(SLOTS)] == [0, 1, 2]
    assert shared.picture(0, 32, 20).shape == (20, 32, 3)


@pytest.mark.parametrize(
    ("slot", "width", "height"), [(SLOTS, 8, 8), (0, 65, 48), (0, 0, 48), (0, 2**31, 2**31)]
)
def test_no_number_of_the_process_leads_out_of_the_memory(
    slot: int, width: int, height: int
) -> None:
    shared = Shared.made("bgr", LIMITS)
    with pytest.raises(ValueError, match="picture larger"):
        shared.picture(slot, width, height)
    with pytest.raises(ValueError, match="packet larger"):
        shared.packet(5001)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can seal memory")
def test_nobody_can_shrink_the_memory_under_the_host() -> None:
    shared = Shared.made("bgr", LIMITS)
    with pytest.raises(PermissionError):
        os.ftruncate(shared.descriptor, 0)
    shared.close_descriptor()
    assert np.all(shared.picture(0, 64, 48) == 0)
