"""A tile is refined exactly once after its last change, and never while it moves."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from samescreen.flow.refine import (
    GATHER_US,
    MAX_COLUMNS,
    MAX_ROWS,
    REST_US,
    SPACING_US,
    TILE_PX,
    Refining,
    RestedPart,
)
from samescreen.media import Damage, Region

START_US = 5_000_000
WIDTH, HEIGHT = 20 * TILE_PX - 5, 7 * TILE_PX - 9
WHOLE = Region(0, 0, WIDTH, HEIGHT)
SPOT = Region(3 * TILE_PX + 1, TILE_PX, 4, 4)
SPOT_TILE = Region(3 * TILE_PX, TILE_PX, TILE_PX, TILE_PX)


def fresh() -> Refining:
    refining = Refining()
    refining.resize(WIDTH, HEIGHT, START_US)
    return refining


def taken(refining: Refining, from_us: int, until_us: int) -> list[RestedPart]:
    """Take every part that is due in this time, when it is due."""
    parts, now_us = [], from_us
    while (due_us := refining.due_us(now_us)) is not None and now_us + due_us <= until_us:
        now_us += due_us
        if part := refining.take(now_us):
            parts.append(part)
        elif refining.end_repair():
            continue
        else:
            break
    return parts


def refined() -> Refining:
    refining = fresh()
    taken(refining, START_US, START_US + 10 * REST_US)
    return refining


def tiles(regions: list[Region]) -> list[tuple[int, int]]:
    """Each tile that these regions cover, as often as they cover it."""
    return sorted(
        (row, column)
        for region in filter(None, regions)
        for row in range(region.y // TILE_PX, -(-region.bottom // TILE_PX))
        for column in range(region.x // TILE_PX, -(-region.right // TILE_PX))
    )


def test_without_a_picture_nothing_is_due() -> None:
    assert Refining().due_us(START_US) is None
    assert Refining().take(START_US) is None


def test_a_new_picture_is_refined_once_it_has_rested_in_small_pieces() -> None:
    refining = fresh()
    assert refining.due_us(START_US) == REST_US
    assert refining.take(START_US + REST_US - 1) is None
    parts = [part.region for part in taken(refining, START_US, START_US + 10 * REST_US)]
    assert sum(part.area for part in parts) == WHOLE.area
    assert tiles(parts) == tiles([WHOLE])
    assert max(part.width for part in parts) == MAX_COLUMNS * TILE_PX
    assert max(part.height for part in parts) == MAX_ROWS * TILE_PX
    assert refining.due_us(START_US + 99 * REST_US) is None


def test_pieces_keep_a_distance() -> None:
    refining = fresh()
    now_us = START_US + REST_US
    assert refining.take(now_us)
    assert refining.due_us(now_us) == SPACING_US
    assert refining.take(now_us + SPACING_US - 1) is None


def test_typing_is_gathered_into_few_pieces() -> None:
    """Ten tiles a second make one or two pieces each third of a second."""
    refining, now_us = refined(), START_US + 20 * REST_US
    parts: list[RestedPart] = []
    for column in range(18):
        refining.painted(Damage.of(Region(column * TILE_PX, 0, 8, 8)), now_us)
        parts += taken(refining, now_us, now_us + 100_000)
        now_us += 100_000
    assert 4 <= len(parts) <= 6
    parts += taken(refining, now_us, now_us + 2 * REST_US + GATHER_US)
    assert tiles([part.region for part in parts]) == [(0, column) for column in range(18)]


def test_a_full_piece_does_not_wait() -> None:
    refining, now_us = refined(), START_US + 20 * REST_US
    refining.painted(Damage.of(SPOT), now_us)
    taken(refining, now_us, now_us + REST_US)
    refining.painted(Damage.of(WHOLE), now_us + REST_US)
    assert refining.due_us(now_us + REST_US) == REST_US


def test_only_what_was_painted_is_refined_again() -> None:
    refining = refined()
    refining.painted(Damage.NONE, START_US + 20 * REST_US)
    assert refining.due_us(START_US + 20 * REST_US) is None
    refining.painted(Damage.of(SPOT), START_US + 20 * REST_US)
    assert taken(refining, START_US + 20 * REST_US, START_US + 22 * REST_US) == [
        RestedPart(SPOT_TILE, is_repair=False)
    ]


def test_a_lost_tile_is_repaired_once_and_the_repair_ends() -> None:
    refining, now_us = refined(), START_US + 20 * REST_US
    refining.request_repair(Damage.of(SPOT))
    assert not refining.end_repair()
    assert taken(refining, now_us, now_us + REST_US) == [RestedPart(SPOT_TILE, is_repair=True)]
    assert not refining.is_repairing
    assert refining.due_us(now_us + REST_US) is None


def test_a_lost_tile_that_moves_again_is_not_repaired() -> None:
    refining, now_us = refined(), START_US + 20 * REST_US
    refining.request_repair(Damage.of(SPOT))
    refining.painted(Damage.of(SPOT), now_us)
    assert refining.due_us(now_us) == 0, "to end the repair"
    assert refining.end_repair()
    assert refining.due_us(now_us) == REST_US
    assert taken(refining, now_us, now_us + 2 * REST_US) == [RestedPart(SPOT_TILE, is_repair=False)]


def test_a_stale_tile_is_not_repaired() -> None:
    refining = fresh()
    refining.request_repair(Damage.ALL)
    assert refining.end_repair()
    assert not refining.end_repair()


def test_at_another_size_all_tiles_are_stale() -> None:
    refining = refined()
    refining.resize(64, 32, START_US)
    (part,) = taken(refining, START_US, START_US + 2 * REST_US)
    assert part.region == Region(0, 0, 64, 32)


regions = st.builds(
    Region, st.integers(-9, WIDTH), st.integers(-9, HEIGHT), st.integers(0, 200), st.integers(0, 90)
)


def damage_of(boxes: list[Region]) -> Damage:
    return Damage.of(*boxes) if boxes else Damage.ALL


paints = st.lists(
    st.tuples(st.integers(0, 2 * REST_US), st.lists(regions, max_size=3).map(damage_of)),
    max_size=12,
)


@given(paints)
def test_every_tile_that_rests_is_refined_once_after_its_last_change(
    events: list[tuple[int, Damage]],
) -> None:
    refining, now_us = refined(), START_US + 20 * REST_US
    last = dict.fromkeys(tiles([WHOLE]), 0)
    sent: list[tuple[int, tuple[int, int]]] = []
    for wait_us, damage in [*events, (10 * REST_US, Damage.NONE)]:
        while (due_us := refining.due_us(now_us)) is not None and due_us < wait_us:
            now_us, wait_us = now_us + due_us, wait_us - due_us
            part = refining.take(now_us)
            assert part is not None
            for tile in tiles([part.region]):
                assert now_us - last[tile] >= REST_US, "the tile moved"
                sent.append((now_us, tile))
        now_us += wait_us
        refining.painted(damage, now_us)
        for tile in tiles(list(damage.within(WHOLE))):
            last[tile] = now_us
    for tile, painted_us in last.items():
        after = [at_us for at_us, which in sent if which == tile and at_us >= painted_us]
        assert len(after) == (1 if painted_us else 0)


@given(st.lists(st.integers(1, REST_US - 1), min_size=1, max_size=40))
def test_a_moving_tile_is_never_refined_and_the_others_are(waits: list[int]) -> None:
    refining, now_us = fresh(), START_US
    parts: list[RestedPart] = []
    for wait_us in [*waits, *[REST_US - 1] * 9]:
        parts += taken(refining, now_us, now_us + wait_us)
        now_us += wait_us
        refining.painted(Damage.of(SPOT), now_us)
    seen = tiles([part.region for part in parts])
    assert seen == [tile for tile in tiles([WHOLE]) if tile not in tiles([SPOT_TILE])]


HD_WIDTH, HD_HEIGHT = 1920, 1080
FRAME_US = 16_667
WITHIN_US = 1_300_000
"""The worst case found is 1.22 s: spots that always move cut the area between into strips."""
moving = st.lists(
    st.builds(
        Region,
        st.integers(0, HD_WIDTH - 1),
        st.integers(0, HD_HEIGHT - 1),
        st.integers(1, HD_WIDTH),
        st.integers(1, HD_HEIGHT),
    ),
    max_size=3,
)


@settings(max_examples=15, deadline=None)
@given(
    motion=moving,
    blinking=moving,
    blink_frames=st.integers(1, 40),
    rested=st.lists(st.tuples(st.integers(0, 50), moving), max_size=4),
)
def test_a_resting_tile_is_refined_soon_despite_motion_elsewhere(
    motion: list[Region],
    blinking: list[Region],
    blink_frames: int,
    rested: list[tuple[int, list[Region]]],
) -> None:
    """During motion at 1080p, a track has time for two pieces in each frame."""
    refining, now_us = Refining(), START_US
    refining.resize(HD_WIDTH, HD_HEIGHT, now_us)
    last_us = np.full((-(-HD_HEIGHT // TILE_PX), HD_WIDTH // TILE_PX), now_us)
    is_exact = np.zeros(last_us.shape, dtype=bool)
    for frame in range(120):
        damage = [*motion, *(blinking if frame % blink_frames == 0 else [])]
        damage += [region for at, regions in rested if at == frame for region in regions]
        refining.painted(Damage.of(*damage), now_us)
        for where in map(cells, damage):
            last_us[where], is_exact[where] = now_us, False
        for wait_us in (0, FRAME_US // 2):
            if part := refining.take(now_us + wait_us):
                is_exact[cells(part.region)] = True
        now_us += FRAME_US
        assert is_exact[last_us <= now_us - WITHIN_US].all()


def cells(region: Region) -> tuple[slice, slice]:
    within = region.intersection(Region(0, 0, HD_WIDTH, HD_HEIGHT))
    return (
        slice(within.y // TILE_PX, -(-within.bottom // TILE_PX)),
        slice(within.x // TILE_PX, -(-within.right // TILE_PX)),
    )
