"""How many threads encode a picture: by its size, its rate and the cores."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.encode.threads import (
    FEW_CORES,
    MAX_THREADS,
    converts_while_reading,
    grabs_ahead,
    most_slices,
    threads_for,
)

sides = st.integers(1, 8000)
rates = st.integers(1, 240)
cores = st.integers(1, 256)


@pytest.mark.parametrize(
    ("size", "fps", "cores", "threads"),
    [
        ((1280, 720), 60, 2, 1),
        ((1920, 1080), 60, 2, 1),
        ((2560, 1440), 60, 2, 2),
        ((3840, 2160), 60, 2, 2),
        ((3840, 2160), 60, 1, 1),
        ((1280, 720), 60, 8, 1),
        ((1920, 1080), 30, 8, 1),
        ((1920, 1080), 60, 8, 2),
        ((2560, 1440), 60, 8, 4),
        ((3840, 2160), 60, 4, 4),
        ((3840, 2160), 60, 11, 8),
        ((3840, 2160), 30, 11, 4),
        ((1280, 720), 60, 16, 1),
        ((1920, 1080), 60, 16, 2),
        ((2560, 1440), 60, 16, 6),
        ((3840, 2160), 60, 16, 12),
        ((3840, 2160), 60, 64, 12),
        ((7680, 32), 240, 16, 1),
    ],
)
def test_the_table(size: tuple[int, int], fps: int, cores: int, threads: int) -> None:
    assert threads_for(*size, fps, cores) == threads


@given(sides, sides, rates, cores)
def test_never_more_than_the_cores_the_limit_or_the_rows_allow(
    width: int, height: int, fps: int, cores: int
) -> None:
    threads = threads_for(width, height, fps, cores)
    assert 1 <= threads <= min(cores, MAX_THREADS, most_slices(height))


@given(st.integers(1, 1920), st.integers(1, 1080), st.integers(1, 60))
def test_on_few_cores_up_to_1080p_nothing_changes(width: int, height: int, fps: int) -> None:
    assert {threads_for(width, height, fps, cores) for cores in range(1, FEW_CORES + 1)} == {1}


@given(sides, sides, rates, st.integers(1, 5))
def test_on_fewer_than_six_cores_nothing_is_converted_while_it_is_read(
    width: int, height: int, fps: int, cores: int
) -> None:
    assert not converts_while_reading(threads_for(width, height, fps, cores))


@given(sides, sides, rates, st.integers(1, 3))
def test_on_fewer_than_four_cores_nothing_is_grabbed_ahead(
    width: int, height: int, fps: int, cores: int
) -> None:
    assert not grabs_ahead(threads_for(width, height, fps, cores))


@pytest.mark.parametrize(
    ("size", "fps", "is_ahead"),
    [
        ((1920, 1080), 60, False),
        ((2560, 1440), 30, False),
        ((2560, 1440), 60, True),
        ((3840, 2160), 30, True),
        ((3840, 2160), 60, True),
    ],
)
@pytest.mark.parametrize("cores", [4, 8, 16])
def test_on_four_cores_large_pictures_are_grabbed_ahead(
    size: tuple[int, int], fps: int, is_ahead: bool, cores: int
) -> None:
    assert grabs_ahead(threads_for(*size, fps, cores)) is is_ahead


@given(sides, sides, rates, cores)
def test_more_pixels_never_get_fewer_threads(
    width: int, height: int, fps: int, cores: int
) -> None:
    threads = threads_for(width, height, fps, cores)
    assert threads_for(2 * width, 2 * height, fps, cores) >= threads
    assert threads_for(width, height, fps + 1, cores) >= threads
    assert threads_for(width, height, fps, cores + 1) >= threads
