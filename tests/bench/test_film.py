"""The film scene: the same frames every time, and every frame inside its picture."""

from __future__ import annotations

import numpy as np
import pytest

from bench import film

SIZES = [(1280, 720), (1920, 1080), (2560, 1440), (3840, 2160), (640, 360)]
SMALL = 320, 180


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_frame_lies_inside_its_picture(width: int, height: int) -> None:
    wide, high = film.picture_size(width, height)
    across, down = film.actor_size(width, height)
    for number in range(film.LOOP_FRAMES):
        now = film.moment(number, width, height)
        assert 0 <= now.x <= wide - width
        assert 0 <= now.y <= high - height
        for x, y in now.actors:
            assert 0 <= x <= width - across
            assert 0 <= y <= height - down


def test_the_film_starts_again() -> None:
    assert film.moment(7, *SMALL) == film.moment(7 + 3 * film.LOOP_FRAMES, *SMALL)


def test_the_camera_moves_evenly_by_sixths_of_a_pixel() -> None:
    """Whole pixels and the variant's fraction add up to the same step in every frame."""
    first = 0
    for shot in film.SHOTS:
        travel = film.Travel.of(shot, 1280)
        for frame in range(shot.frames):
            now = film.moment(first + frame, 1280, 720)
            x, y = travel.fraction(now.variant)
            assert now.x + x == pytest.approx(travel.sixths_x * frame / film.VARIANTS)
            assert now.y + y == pytest.approx(travel.sixths_y * frame / film.VARIANTS)
        first += shot.frames


def test_pictures_are_the_same_every_time_and_each_has_its_own_grain() -> None:
    first, again = film.render(0, *SMALL), film.render(0, *SMALL)
    assert len(first) == film.VARIANTS
    wide, high = film.picture_size(*SMALL)
    for one, other in zip(first, again, strict=True):
        assert one.shape == (high, wide, 4)
        assert np.array_equal(one, other)
    off = first[0].astype(int) - first[1]
    assert off.std() > film.SHOTS[0].grain
