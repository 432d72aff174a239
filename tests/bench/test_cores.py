"""Who runs on which core."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.cores import TooFewCores, layout, on_cores, usable

numbers = st.sets(st.integers(0, 255), min_size=2, max_size=32)


@given(numbers, st.data())
def test_the_server_has_its_cores_alone(cores: set[int], data: st.DataObject) -> None:
    count = data.draw(st.integers(1, len(cores) - 1))
    made = layout(count, cores)
    assert len(made.server) == count
    assert made.painter
    assert made.viewer
    assert not made.server & (made.painter | made.viewer)
    assert made.server | made.painter | made.viewer == cores
    if count < len(cores) - 1:
        assert not made.painter & made.viewer


@given(numbers)
def test_none_pins_nothing(cores: set[int]) -> None:
    made = layout(0, cores)
    assert made.server == made.painter == made.viewer == cores


@pytest.mark.parametrize("count", [-1, 2, 3])
def test_the_others_need_a_core(count: int) -> None:
    with pytest.raises(TooFewCores, match="2 usable cores"):
        layout(count, {0, 1})


def test_a_process_inherits_its_cores() -> None:
    before, one = usable(), min(usable())
    code = "import os; print(*os.sched_getaffinity(0))"
    with on_cores({one}):
        said = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, check=True)
    assert said.stdout.split() == [str(one).encode()]
    assert usable() == before
