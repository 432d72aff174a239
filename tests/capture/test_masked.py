"""Regions painted out of any source's pictures, and sources that cannot hide windows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.capture import choose
from samescreen.capture.base import Source
from samescreen.capture.choose import open_source
from samescreen.capture.given import open_given
from samescreen.capture.hiding import MASK_BGRX, CaptureRules, Hidden, is_within, outside, paint_out
from samescreen.capture.masked import MaskedSource, hiding
from samescreen.capture.push import PushSource
from samescreen.capture.systems import Backend
from samescreen.capture.testcard import TestCard
from samescreen.clock import clock_us
from samescreen.errors import NoScreen, SourceUnavailable, UsageError
from samescreen.media import Damage, EncodedPicture, Frame, Pixels, Region

MASK = Region(20, 10, 30, 20)
BOUNDS = Region(0, 0, 100, 60)


def plain(value: int) -> Pixels:
    return np.full((60, 100, 4), value, np.uint8)


class Scripted(Source):
    """Gives these frames, one a grab. It never waits, so it needs no waker."""

    def __init__(self, *frames: Frame) -> None:
        self._is_handed_over = False
        self.label, self.backend, self.frames = "scripted", "script", list(frames)
        self.needed: list[bool] = []

    def open(self) -> None: ...

    def close(self) -> None: ...

    def wake(self) -> None: ...

    def dispose(self) -> None: ...

    def grab(self, deadline_us: int, *, needs_pixels: bool = True) -> Frame | None:
        self.needed.append(needs_pixels)
        return self.frames.pop(0) if self.frames else None


def frame(picture: Pixels | None, *damage: Region, jpeg: bytes = b"") -> Frame:
    encoded = EncodedPicture(jpeg, 100, 60) if jpeg else None
    return Frame(picture, 5, Damage.of(*damage) if damage else Damage.ALL, encoded)


def masked(*frames: Frame, corner: tuple[int, int] = (0, 0)) -> Source:
    inner = Scripted(*frames)
    inner.corner = corner
    source = hiding(inner, Hidden(regions=(MASK,)), "it")
    source.open()
    return source


def test_a_region_is_painted_out_and_the_rest_is_as_it_was() -> None:
    taken = masked(frame(plain(200))).grab(0)
    assert taken is not None
    inside = taken.pixels[10:30, 20:50]
    assert (inside == MASK_BGRX).all()
    assert (taken.pixels == 200).all(axis=2).sum() == BOUNDS.area - MASK.area
    assert taken.pts_us == 5


def test_what_the_source_keeps_is_not_painted_on() -> None:
    pixels = plain(7)
    masked(frame(pixels)).grab(0)
    assert (pixels == 7).all()


def test_a_cameras_jpeg_is_not_passed_on() -> None:
    inner = Scripted(frame(plain(200), jpeg=b"jpeg"))
    taken = hiding(inner, Hidden(regions=(MASK,)), "it").grab(0, needs_pixels=False)
    assert taken is not None
    assert taken.jpeg == b""
    assert (taken.pixels[10:30, 20:50] == MASK_BGRX).all()
    assert inner.needed == [True]


def test_a_jpeg_that_was_not_decoded_is_not_shown() -> None:
    assert masked(frame(None, jpeg=b"jpeg")).grab(0) is None


def test_a_change_under_the_mask_is_no_picture() -> None:
    source = masked(frame(plain(1)), frame(plain(2), Region(25, 12, 5, 5)), frame(plain(3), BOUNDS))
    source.grab(0)
    assert source.grab(0) is None
    taken = source.grab(0)
    assert taken is not None
    assert taken.damage == Damage.of(BOUNDS)
    assert (taken.pixels == 3).all(axis=2).sum() == BOUNDS.area - MASK.area


def test_only_what_changed_is_copied_and_the_mask_stays() -> None:
    source = masked(frame(plain(1)), frame(plain(2), Region(0, 0, 25, 60)))
    source.grab(0)
    taken = source.grab(0)
    assert taken is not None
    assert (taken.pixels[10:30, 20:50] == MASK_BGRX).all()
    assert (taken.pixels[:, :20] == 2).all()
    assert (taken.pixels[:, 50:] == 1).all()


def test_a_region_is_one_of_the_desktop() -> None:
    taken = masked(frame(plain(200)), corner=(15, 8)).grab(0)
    assert taken is not None
    assert (taken.pixels[2:22, 5:35] == MASK_BGRX).all()
    assert (taken.pixels == MASK_BGRX).all(axis=2).sum() == MASK.area


def test_a_picture_of_another_size_is_whole() -> None:
    small = np.full((40, 40, 4), 9, np.uint8)
    source = masked(frame(plain(1)), Frame(small, 6, Damage.of(Region(22, 12, 2, 2))))
    source.grab(0)
    taken = source.grab(0)
    assert taken is not None
    assert taken.size == (40, 40)
    assert taken.damage
    assert (taken.pixels[10:30, 20:40] == MASK_BGRX).all()


def test_it_says_what_its_source_says() -> None:
    source = masked(frame(plain(1)))
    assert (source.label, source.backend, source.notes) == ("scripted", "script", ())
    source.hand_over()
    source.take_over()
    source.rest()
    source.wake()
    source.close()
    source.dispose()


regions = st.builds(
    Region, st.integers(-40, 140), st.integers(-40, 100), st.integers(0, 80), st.integers(0, 80)
)


@given(regions, st.lists(regions, max_size=4))
def test_within_a_mask_means_that_no_pixel_is_left(region: Region, masks: list[Region]) -> None:
    pixels = plain(1)
    paint_out(pixels, masks)
    part = region.intersection(BOUNDS)
    if part and is_within(region, masks):
        seen = pixels[part.y : part.bottom, part.x : part.right]
        assert (seen == MASK_BGRX).all()


@given(st.lists(regions, max_size=4), st.lists(regions, max_size=4))
def test_damage_outside_the_masks_keeps_all_that_can_be_seen(
    damage: list[Region], masks: list[Region]
) -> None:
    left = np.zeros((60, 100), bool)
    for part in outside(Damage.of(*damage), masks, BOUNDS).regions:
        left[part.y : part.bottom, part.x : part.right] = True
    for part in Damage.of(*damage).within(BOUNDS):
        hidden = np.zeros((60, 100), bool)
        for mask in masks:
            inside = mask.intersection(BOUNDS)
            if inside:
                hidden[inside.y : inside.bottom, inside.x : inside.right] = True
        needed = np.zeros((60, 100), bool)
        needed[part.y : part.bottom, part.x : part.right] = True
        assert (left | hidden)[needed].all()


# Who cannot follow windows


def test_the_test_card_hides_regions_but_follows_no_windows() -> None:
    choice = open_source("testcard", CaptureRules.of("", [], ["0,0,50,50"]))
    choice.source.take_over()
    taken = choice.source.grab(clock_us())
    choice.source.dispose()
    assert taken is not None
    assert (taken.pixels[:50, :50] == MASK_BGRX).all()
    with pytest.raises(SourceUnavailable, match="--hide-window cannot hide anything in the test"):
        open_source("testcard", CaptureRules.of("", ["Bank"], []))


@dataclass
class Disposals:
    """Counts how often sources were disposed of."""

    count: int = field(default=0)

    def source(self) -> Source:
        source = TestCard()
        dispose = source.dispose

        def counted() -> None:
            self.count += 1
            dispose()

        source.dispose = counted  # type: ignore[method-assign]
        return source


def test_a_screen_that_is_polled_refuses_and_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    disposals = Disposals()

    def better(number: int | None) -> Source:
        raise ImportError("libfollow")

    found = Backend("follow", better), Backend("poll", lambda number: disposals.source())
    monkeypatch.setattr(choose, "backends", lambda name="": found)
    with pytest.raises(SourceUnavailable, match=r"hide anything in screen.*libfollow"):
        open_source("screen", CaptureRules.of("", ["Bank"], []))
    assert disposals.count == 1
    choice = open_source("screen", CaptureRules.of("", [], ["0,0,9,9"]))
    choice.source.dispose()
    assert "libfollow" in choice.note


def test_no_test_card_takes_the_place_of_a_screen_with_windows_to_hide(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none(number: int | None) -> Source:
        raise NoScreen("no screen here")

    monkeypatch.setattr(choose, "backends", lambda name="": (Backend("none", none),))
    with pytest.raises(NoScreen):
        open_source(None, CaptureRules.of("", ["Bank"], []))
    open_source(None, CaptureRules.of("", [], ["0,0,9,9"])).source.dispose()


def test_pictures_from_python_can_have_regions_only() -> None:
    rules = CaptureRules.of("", [], ["20,10,30,20"])
    source = open_given("", None, "RGB", rules).source
    assert isinstance(source, MaskedSource)
    assert isinstance(source.inner, PushSource)
    source.inner.push(np.full((60, 100, 3), 9, np.uint8))
    source.take_over()
    taken = source.grab(clock_us())
    source.dispose()
    assert taken is not None
    assert (taken.pixels[10:30, 20:50] == MASK_BGRX).all()
    with pytest.raises(SourceUnavailable, match="pictures from Python"):
        open_given("", None, "RGB", CaptureRules.of("", ["Bank"], []))


@pytest.mark.parametrize("title", ["", "  ", "a\x1bb", "x" * 301])
def test_titles_that_name_nothing_are_refused(title: str) -> None:
    with pytest.raises(UsageError, match="--hide-window takes"):
        Hidden.of([title], [])


@pytest.mark.parametrize("text", ["", "1,2,3", "a,b,c,d", "0,0,0,5", "1;2;3;4"])
def test_regions_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="X,Y,W,H"):
        Hidden.of([], [text])


def test_the_note_names_windows_that_are_not_there_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    def waiting(number: int | None) -> Source:
        made = TestCard()
        made.hide = lambda hidden: Hidden()  # type: ignore[method-assign]
        made.waits_for = ("Bank", "Mail")
        return made

    monkeypatch.setattr(choose, "backends", lambda name="": (Backend("x", waiting),))
    choice = open_source("screen", CaptureRules.of("", ["Bank", "Mail"], []))
    choice.source.dispose()
    assert choice.note == (
        "--hide-window waits for 'Bank', 'Mail': no window has that name yet"
    )
