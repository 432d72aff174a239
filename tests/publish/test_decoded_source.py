"""Pictures that are decoded in another process, as a source of a track."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from samescreen.clock import clock_us
from samescreen.decode.values import Decoded
from samescreen.errors import SourceLost
from samescreen.media import Damage, Region
from samescreen.publish.decoded_source import DecodedSource
from tests.fakes import flat

FILE = b"a file"


class FakeDecoder:
    """Gives what a test puts into `picture`."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self.changed = changed
        self.needs_keyframe = False
        self.ended = ""
        self.submitted: list[tuple[bytes, int]] = []
        self.picture: Decoded | None = None
        self.is_closed = False

    def submit(
        self, payload: bytes, when_us: int, *, is_keyframe: bool, is_past: bool = False
    ) -> bool:
        assert is_keyframe
        assert not is_past
        self.submitted.append((payload, when_us))
        return True

    def newest(self) -> Decoded | None:
        newest, self.picture = self.picture, None
        return newest

    def close(self) -> None:
        self.is_closed = True


class Stage:
    def __init__(self) -> None:
        self.decoders: list[FakeDecoder] = []
        self.lost = 0
        self.source = DecodedSource("Ann", self._new, self._on_lost)
        self.source.open()

    def _new(self, changed: Callable[[], None]) -> FakeDecoder:
        self.decoders.append(FakeDecoder(changed))
        return self.decoders[-1]

    def _on_lost(self) -> None:
        self.lost += 1

    def shows(self, level: int, when_us: int) -> None:
        pixels = flat(64, 48)
        pixels[8:16, 8:16] = level
        self.decoders[-1].picture = Decoded(pixels, when_us)
        self.decoders[-1].changed()


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    yield made
    made.source.dispose()


def test_the_process_begins_with_the_first_picture(stage: Stage) -> None:
    assert stage.source.grab(clock_us()) is None
    assert (stage.decoders, stage.source.waiting) == ([], "no picture has come yet")
    stage.source.put(FILE, 5)
    assert (stage.decoders[0].submitted, stage.source.waiting) == ([(FILE, 5)], "")


def test_what_differs_is_found_and_equal_pictures_are_none(stage: Stage) -> None:
    stage.source.put(FILE, 5)
    stage.shows(10, 5)
    first = stage.source.grab(clock_us())
    assert first is not None
    assert (first.pts_us, first.damage) == (5, Damage.of(Region(0, 0, 64, 48)))
    stage.shows(200, 6)
    second = stage.source.grab(clock_us())
    assert second is not None
    assert 0 < sum(region.area for region in second.damage.regions) < 64 * 48
    stage.shows(200, 7)
    assert stage.source.grab(clock_us()) is None


def test_a_track_that_begins_again_gets_the_last_picture(stage: Stage) -> None:
    stage.source.put(FILE, 5)
    stage.shows(10, 5)
    shown = stage.source.grab(clock_us())
    stage.source.close()
    stage.source.open()
    again = stage.source.grab(clock_us())
    assert shown is not None
    assert again is not None
    assert np.array_equal(again.pixels, shown.pixels)


def test_the_process_ends_when_nobody_watches_for_a_while(stage: Stage) -> None:
    stage.source.put(FILE, 5)
    for _ in range(30):
        stage.source.rest()
    assert stage.decoders[0].is_closed
    stage.source.put(FILE, 6)
    assert len(stage.decoders) == 2


def test_a_lost_picture_is_asked_for_again(stage: Stage) -> None:
    stage.source.put(FILE, 5)
    stage.decoders[0].needs_keyframe = True
    stage.decoders[0].changed()
    assert stage.lost == 1


def test_the_end_of_decoding_is_the_end_of_the_source(stage: Stage) -> None:
    stage.source.put(FILE, 5)
    stage.decoders[0].ended = "Ann cannot be decoded"
    with pytest.raises(SourceLost, match="Ann cannot be decoded"):
        stage.source.grab(clock_us() + 10**9)
    assert stage.source.ended == "Ann cannot be decoded"


def test_a_source_that_is_disposed_of_decodes_nothing(stage: Stage) -> None:
    stage.source.put(FILE, 5)
    stage.source.dispose()
    stage.source.put(FILE, 6)
    assert stage.decoders[0].is_closed
    assert len(stage.decoders) == 1
