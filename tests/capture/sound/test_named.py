"""Every device can be named, even if another has the same name or contains it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.capture.sound.named import OUTPUT, found_device, specs_for
from samescreen.errors import SourceUnavailable


@dataclass(frozen=True, slots=True)
class Device:
    name: str
    description: str
    is_output: bool = False


TWINS = [
    Device("id-1", "USB Audio"),
    Device("id-2", "USB Audio"),
    Device("id-3", "USB Audio 2"),
    Device("id-4", "usb audio", is_output=True),
]


def test_twins_are_called_by_the_systems_name() -> None:
    assert specs_for(TWINS) == ["id-1", "id-2", "USB Audio 2", "id-4"]


def test_an_exact_name_wins_over_a_part_of_one() -> None:
    devices = [Device("a", "Mic 10"), Device("b", "Mic 1"), Device("1", "Line")]
    assert found_device("mic 1", devices).name == "b"
    assert found_device("1", devices).name == "1"
    assert found_device("mic", devices).name == "a"


def test_a_missing_device_is_answered_with_the_specs_of_the_others() -> None:
    with pytest.raises(SourceUnavailable, match="'id-1', 'id-2', 'USB Audio 2', 'id-4'"):
        found_device("theremin", TWINS)


LETTERS = st.text(alphabet="abAB ", max_size=3)


@given(st.lists(st.builds(Device, LETTERS, LETTERS, st.booleans()), max_size=6))
def test_every_device_is_found_by_its_spec(devices: list[Device]) -> None:
    names = [device.name.casefold() for device in devices]
    devices = [each for each in devices if names.count(each.name.casefold()) == 1 and each.name]
    for spec, device in zip(specs_for(devices), devices, strict=True):
        assert found_device(spec, devices) is device


def test_a_device_called_output_is_not_confused_with_the_machines_output() -> None:
    assert specs_for([Device("id-1", "Output")]) == ["id-1"]
    assert OUTPUT == "output"
