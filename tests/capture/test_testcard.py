"""The test card: its colours, and damage that is exact, picture after picture."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from samescreen.capture.testcard import PATCHES, TestCard
from samescreen.media import Damage, Frame
from tests.fakes import union_mask


@pytest.fixture(params=[(1280, 720), (640, 360), (333, 257)], ids=str)
def card(request: pytest.FixtureRequest) -> Iterator[TestCard]:
    made = TestCard(*request.param)
    made.open()
    yield made
    made.dispose()


def grab(card: TestCard) -> Frame:
    taken = card.grab(0)
    assert taken is not None
    return taken


def test_the_first_picture_is_whole(card: TestCard) -> None:
    first = grab(card)
    assert first.damage == Damage.of(first.bounds)


def test_the_patches_have_their_colours(card: TestCard) -> None:
    pixels = grab(card).pixels
    for index, (red, green, blue) in enumerate(PATCHES):
        region = card.patch_region(index)
        assert region
        patch = pixels[region.y : region.bottom, region.x : region.right, :3]
        assert (patch == (blue, green, red)).all()


def test_outside_the_damage_nothing_changed(card: TestCard) -> None:
    before = grab(card).pixels.copy()
    moved = 0
    for _ in range(30):
        taken = grab(card)
        assert taken.damage
        assert all(region.intersection(taken.bounds) == region for region in taken.damage.regions)
        touched = union_mask(taken.height, taken.width, taken.damage.regions)
        differs = (before != taken.pixels).any(axis=2)
        assert not (differs & ~touched).any()
        moved += int(differs.sum())
        before = taken.pixels.copy()
    assert moved > 0, "it moves"


def test_the_damage_is_a_small_part(card: TestCard) -> None:
    grab(card)
    taken = grab(card)
    assert sum(region.area for region in taken.damage.regions) < 0.4 * taken.bounds.area


def test_times_rise(card: TestCard) -> None:
    times = [grab(card).pts_us for _ in range(5)]
    assert times == sorted(times)


def test_opened_again_it_starts_with_a_whole_picture() -> None:
    card = TestCard(320, 180)
    card.open()
    for _ in range(3):
        grab(card)
    card.close()
    card.close()
    card.open()
    again = grab(card)
    assert again.damage == Damage.of(again.bounds)
    fresh = TestCard(320, 180)
    fresh.open()
    top = slice(0, 180 // 2)
    assert np.array_equal(again.pixels[top], grab(fresh).pixels[top])
    card.dispose()
    fresh.dispose()


def test_it_says_what_it_is() -> None:
    card = TestCard(320, 180)
    card.open()
    assert card.label == "test card 320×180"
    assert card.backend
    card.dispose()
