"""Regions of the desktop, and how they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.capture.region import parse_region, part_on_desktop
from samescreen.errors import SourceUnavailable, UsageError
from samescreen.media import Region

places = st.integers(-3000, 3000)
sizes = st.integers(1, 3000)
regions = st.builds(Region, places, places, sizes, sizes)


@given(regions)
def test_four_numbers_are_a_region(region: Region) -> None:
    text = f"{region.x},{region.y},{region.width},{region.height}"
    assert parse_region(text) == region


@pytest.mark.parametrize(
    "text", ["", "1,2,3", "1,2,3,4,5", "1, 2,3,4", "a,2,3,4", "1,2,-3,4", "1.5,2,3,4", "１,2,3,4"]
)
def test_other_texts_are_no_region(text: str) -> None:
    assert parse_region(text) is None


@pytest.mark.parametrize("text", ["1,2,0,4", "1,2,3,0"])
def test_an_empty_region_is_refused_with_what_the_numbers_are(text: str) -> None:
    with pytest.raises(UsageError, match="is empty; X,Y,W,H are its corner"):
        parse_region(text)


@given(regions, regions)
def test_the_part_on_the_desktop_is_on_it_or_there_is_none(region: Region, desktop: Region) -> None:
    if not region.intersection(desktop):
        with pytest.raises(SourceUnavailable, match="outside the desktop"):
            part_on_desktop(region, desktop)
        return
    part = part_on_desktop(region, desktop)
    assert part.intersection(region) == part
    assert part.intersection(desktop) == part
    if desktop.intersection(region) == region:
        assert part == region
