"""Pushed pictures: what is accepted, how it is converted, and that no thread waits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from samescreen.capture.arrays import BgrxArrays, Order, Picture, copy
from samescreen.capture.push import MAX_SIDE_PX, IteratedSource, PushSource
from samescreen.clock import clock_us
from samescreen.errors import NotSharing, SourceUnavailable, UsageError
from samescreen.media import Damage, Frame, Pixels, Region
from tests.stage.timing import MS

PATIENCE_US = int(5e9 * MS)


@pytest.fixture
def source() -> Iterator[PushSource]:
    made = PushSource()
    made.open()
    yield made
    made.dispose()


def picture(width: int = 96, height: int = 64, level: int = 0, channels: int = 3) -> Picture:
    return np.full((height, width, channels), level, dtype=np.uint8)


def taken(source: PushSource) -> Frame:
    """The next picture. A late wake may end a wait without one."""
    deadline_us = clock_us() + PATIENCE_US
    while (frame := source.grab(deadline_us)) is None:
        assert clock_us() < deadline_us
    return frame


def nothing(source: PushSource) -> bool:
    return source.grab(clock_us()) is None


# --- conversion -----------------------------------------------------------------------------------

SIDES = st.integers(1, 40)
STRIDES: dict[str, Callable[[Picture], Picture]] = {
    "plain": lambda pixels: pixels,
    "turned": lambda pixels: pixels[::-1, ::-1],
    "channels turned": lambda pixels: pixels[:, :, ::-1],
    "every second": lambda pixels: np.repeat(pixels, 2, axis=1)[:, ::2],
    "columns first": np.asfortranarray,
}


def as_bgrx(pixels: Picture, order: Order) -> Pixels:
    return BgrxArrays().convert(copy(pixels, order, np.empty(pixels.shape, dtype=np.uint8)))



@given(
    pixels=st.one_of(
        *(
            st.tuples(SIDES, SIDES, st.just(channels)).flatmap(
                lambda shape: arrays.arrays(np.uint8, shape)
            )
            for channels in (3, 4)
        )
    ),
    order=st.sampled_from(["RGB", "BGR"]),
    view=st.sampled_from(sorted(STRIDES)),
)
def test_colours_end_up_as_bgrx(pixels: Picture, order: Order, view: str) -> None:
    out = as_bgrx(given_pixels := STRIDES[view](pixels), order)
    colours = given_pixels[:, :, :3]
    assert (out[:, :, :3] == (colours[:, :, ::-1] if order == "RGB" else colours)).all()
    assert (out[:, :, 3] == 255).all()


@given(arrays.arrays(np.uint8, st.tuples(SIDES, SIDES)), st.sampled_from(["RGB", "BGR"]))
def test_gray_becomes_three_equal_channels(pixels: Picture, order: Order) -> None:
    out = as_bgrx(pixels, order)
    assert (out[:, :, :3] == pixels[:, :, None]).all()
    assert (out[:, :, 3] == 255).all()


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((4, 4, 3)),
        np.zeros((4, 4, 2), dtype=np.uint8),
        np.zeros((4, 4, 3, 1), dtype=np.uint8),
        np.zeros(4, dtype=np.uint8),
        np.zeros((0, 4, 3), dtype=np.uint8),
        np.zeros((1, MAX_SIDE_PX + 1), dtype=np.uint8),
        [[0]],
        None,
    ],
    ids=["float", "two channels", "four axes", "one axis", "empty", "too wide", "a list", "None"],
)
def test_a_wrong_picture_is_refused_and_the_message_says_what_is_taken(
    source: PushSource, wrong: Any
) -> None:
    with pytest.raises(UsageError, match=r"numpy array of uint8, height×width .*, not ") as refused:
        source.push(wrong)
    assert "\n" not in str(refused.value)
    assert nothing(source)


def test_an_unknown_order_is_refused(source: PushSource) -> None:
    with pytest.raises(UsageError, match="'RGB' or 'BGR', not 'HSV'"):
        source.push(picture(), order="HSV")  # type: ignore[arg-type]


# --- one picture after the other ------------------------------------------------------------------


def test_before_the_first_picture_waiting_gives_the_reason(source: PushSource) -> None:
    assert source.waiting == "no picture has been pushed yet"
    assert nothing(source)
    source.push(picture())
    assert source.waiting == ""


def test_the_first_picture_is_whole_and_named_by_its_size(source: PushSource) -> None:
    source.push(picture(level=7))
    frame = taken(source)
    assert frame.damage == Damage.of(Region(0, 0, 96, 64))
    assert (frame.pixels[:, :, :3] == 7).all()
    assert source.label == "pictures from Python 96×64"


def test_the_newest_wins_and_only_it(source: PushSource) -> None:
    for level in range(5):
        source.push(picture(level=level))
    assert (taken(source).pixels[:, :, 0] == 4).all()
    assert nothing(source)


def test_the_array_may_be_written_to_at_once(source: PushSource) -> None:
    pixels = picture(level=9)
    source.push(pixels)
    pixels[:] = 200
    assert (taken(source).pixels[:, :, 0] == 9).all()


def test_only_differing_tiles_are_damage(source: PushSource) -> None:
    source.push(picture())
    taken(source)
    changed = picture()
    changed[40, 70] = 255
    source.push(changed)
    assert taken(source).damage == Damage.of(Region(64, 32, 32, 32))


def test_an_equal_picture_is_no_frame_and_keeps_the_frame_before(source: PushSource) -> None:
    source.push(picture(level=3))
    frame = taken(source)
    source.push(picture(level=3))
    assert nothing(source)
    for level in (50, 60, 70):
        source.push(picture(level=level))
    assert (frame.pixels[:, :, :3] == 3).all()  # valid until the next grab


def test_another_size_is_a_whole_picture(source: PushSource) -> None:
    source.push(picture(96, 64))
    taken(source)
    source.push(picture(33, 17))
    frame = taken(source)
    assert (frame.width, frame.height) == (33, 17)
    assert frame.damage == Damage.of(Region(0, 0, 33, 17))
    assert source.label == "pictures from Python 33×17"


def test_opened_again_it_shows_the_last_picture_whole(source: PushSource) -> None:
    source.push(picture(level=5))
    taken(source)
    source.close()
    source.open()
    frame = taken(source)
    assert (frame.pixels[:, :, 0] == 5).all()
    assert frame.damage == Damage.of(Region(0, 0, 96, 64))
    assert nothing(source)


def test_a_push_ends_the_wait(source: PushSource) -> None:
    pusher = threading.Timer(20 * MS, lambda: source.push(picture(level=8)))
    pusher.start()
    assert (taken(source).pixels[:, :, 0] == 8).all()
    pusher.join()


def test_a_disposed_source_refuses_pushes() -> None:
    source = PushSource()
    source.dispose()
    with pytest.raises(NotSharing, match="with share"):
        source.push(picture())


# --- threads --------------------------------------------------------------------------------------


def hammer(threads: int, work: Callable[[int], None]) -> list[threading.Thread]:
    running = [threading.Thread(target=work, args=(index,)) for index in range(threads)]
    for thread in running:
        thread.start()
    return running


def test_many_threads_never_tear_a_picture(source: PushSource) -> None:
    def push_all(index: int) -> None:
        for count in range(150):
            source.push(picture(96 + 32 * (count % 2), 64, level=(index * 50 + count) % 256))

    threads = hammer(4, push_all)
    seen = 0
    while any(thread.is_alive() for thread in threads) or seen == 0:
        frame = source.grab(clock_us() + int(20e6 * MS))
        if frame is not None:
            seen += 1
            assert (frame.pixels[:, :, :3] == frame.pixels[0, 0, 0]).all()
    for thread in threads:
        thread.join()


def test_one_thread_is_shown_in_order(source: PushSource) -> None:
    def push_all() -> None:
        for level in range(256):
            source.push(picture(level=level))

    pusher = threading.Thread(target=push_all)
    pusher.start()
    levels = [-1]
    while levels[-1] != 255:
        levels.append(int(taken(source).pixels[0, 0, 0]))
    pusher.join()
    assert levels == sorted(set(levels))


def test_disposing_raises_in_every_thread_that_pushes() -> None:
    source = PushSource()
    source.open()
    refused: list[int] = []

    def push_until_told(index: int) -> None:
        try:
            while True:
                source.push(picture(level=index))
        except NotSharing:
            refused.append(index)

    threads = hammer(4, push_until_told)
    taken(source)
    source.dispose()
    for thread in threads:
        thread.join(5000 * MS)
    assert sorted(refused) == [0, 1, 2, 3]


# --- iterators ------------------------------------------------------------------------------------


@pytest.fixture
def iterated() -> Iterator[Callable[[Any], IteratedSource]]:
    made: list[IteratedSource] = []

    def make(pictures: Any) -> IteratedSource:
        made.append(IteratedSource(pictures, "BGR"))
        made[-1].open()
        return made[-1]

    yield make
    for source in made:
        source.dispose()


def test_a_grab_asks_an_iterator_once_and_the_last_picture_stays(
    iterated: Callable[[Any], IteratedSource],
) -> None:
    asked: list[int] = []

    def pictures() -> Iterator[Picture]:
        for level in (10, 20, 30):
            asked.append(level)
            yield picture(level=level)

    source = iterated(pictures())
    assert asked == []
    for level in (10, 20, 30):
        assert (taken(source).pixels[:, :, 0] == level).all()
        assert asked[-1] == level
    assert nothing(source)
    source.close()
    source.open()
    assert (taken(source).pixels[:, :, 0] == 30).all()


@pytest.mark.parametrize(
    ("pictures", "says"),
    [
        (lambda: (1 // 0 for _ in "a"), "ZeroDivisionError"),
        (lambda: iter(["no picture"]), "not str"),
    ],
    ids=["it raises", "it gives something else"],
)
def test_an_iterator_that_fails_is_named(
    iterated: Callable[[Any], IteratedSource], pictures: Callable[[], Any], says: str
) -> None:
    source = iterated(pictures())
    with pytest.raises(SourceUnavailable, match=says):
        taken(source)
    source.close()
    with pytest.raises(SourceUnavailable, match=says):
        source.open()
