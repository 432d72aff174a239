"""Sizes of displays: what people write, and what pages ask for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.display.size import LEAST, MOST, Size
from samescreen.errors import UsageError

sides = st.integers(0, 70_000)


@pytest.mark.parametrize("text", ["1280x720", "1280X720", "1280×720"])
def test_what_people_write(text: str) -> None:
    assert Size.parsed(text) == Size(1280, 720)


@pytest.mark.parametrize("text", ["xterm", "", "1280", "1280x", "-5x7", "1280x720x24", "１２x９"])
def test_what_is_no_size(text: str) -> None:
    assert Size.parsed(text) is None


@pytest.mark.parametrize("text", ["319x720", "1280x199", "4097x720", "1280x2305", "0x0"])
def test_a_size_that_no_display_has(text: str) -> None:
    with pytest.raises(UsageError, match="320x200 to 4096x2304"):
        Size.parsed(text)


@given(sides, sides)
def test_a_size_is_brought_within_bounds_and_then_stays(width: int, height: int) -> None:
    size = Size(width, height).within(LEAST, MOST)
    assert LEAST.width <= size.width <= MOST.width
    assert LEAST.height <= size.height <= MOST.height
    assert size.within(LEAST, MOST) == size
    assert Size.parsed(str(size)) == size


def test_twice_the_density_needs_twice_the_pixels() -> None:
    assert Size(641, 480).at(192) == Size(1282, 960)
    assert Size(641, 480).at(96) == Size(641, 480)
