"""What uinput alone needs: the devices that it makes, and what the kernel refuses."""

from __future__ import annotations

import errno
import struct

import pytest

from samescreen.control.events import Key, Text
from samescreen.control.places import KNOWN, PLACES
from samescreen.control.uinput.desk import UinputDesk
from samescreen.errors import SourceLost, SourceUnavailable
from tests.control.fake_systems import FakeKernel, GivenOrders
from tests.control.test_systems import by_uinput


def test_a_keyboard_a_pointer_and_a_mouse_are_made_as_the_kernel_wants_them() -> None:
    kernel, orders = FakeKernel(), GivenOrders(None, until_us=600_000)
    desk = UinputDesk(orders, kernel, lambda: orders.now_us)
    keyboard, pointer, mouse = kernel.asked.values()
    assert {arg for request, arg in keyboard if request == 0x40045565} == KNOWN
    assert [arg for request, arg in keyboard if request == 0x40045564] == [1, 20]
    assert [arg for request, arg in pointer if request == 0x40045564] == [1, 2, 3]
    assert {arg for request, arg in pointer if request == 0x40045565} == {*range(0x110, 0x115)}
    assert [arg for request, arg in mouse if request == 0x40045564] == [1, 2], "no places"
    assert [arg for request, arg in mouse if request == 0x40045566] == [0, 1]
    axes = [arg for request, arg in pointer if request == 0x401C5504]
    assert [struct.unpack("=HHiiiiii", bytes(axis)) for axis in axes] == [
        (axis, 0, 0, 0, 65535, 0, 0, 0) for axis in (0, 1)
    ]
    setups = [bytes(arg) for _, arg in (keyboard[-2], pointer[-2])]
    assert [len(each) for each in setups] == [92, 92]
    assert setups[0][8:].startswith(b"Samescreen keyboard\0")
    assert orders.now_us >= 1_500_000, "what comes before the desktop has found them is lost"
    desk.close()
    assert kernel.open_fds == set()


@pytest.mark.parametrize(
    ("error", "cure"),
    [(errno.ENOENT, "modprobe uinput"), (errno.EACCES, "setfacl"), (errno.EPERM, "setfacl")],
)
def test_without_the_device_or_the_right_the_cure_is_named(error: int, cure: str) -> None:
    with pytest.raises(SourceUnavailable, match=cure):
        UinputDesk(GivenOrders(None), FakeKernel(error))


def test_a_device_that_is_gone_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> int:
        raise OSError(errno.ENODEV, "No such device")

    monkeypatch.setattr(FakeKernel, "write", gone)
    with pytest.raises(SourceLost, match="takes no events: No such device"):
        by_uinput(Key(True, PLACES["KeyA"], char="a"))


def test_text_leaves_a_held_shift_down() -> None:
    shift = Key(True, PLACES["ShiftLeft"])
    assert by_uinput(shift, Text("A")) == ["1 42 1", "1 30 1", "1 30 0", "1 42 0"]
    assert by_uinput(shift, Text("a")) == [
        *("1 42 1", "1 42 0", "1 30 1", "1 30 0", "1 42 1", "1 42 0")
    ]
