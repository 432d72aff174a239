"""Pictures from another thread: the newest is kept, waits end, a closed mailbox stays closed."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from samescreen.capture import mailbox
from samescreen.capture.mailbox import CallbackSource, FrameMailbox
from samescreen.clock import clock_us
from samescreen.errors import SourceLost
from samescreen.media import Damage, EncodedPicture, Region
from tests.fakes import flat
from tests.jpegs import encoded
from tests.stage.timing import MS

LONG_US = int(5e9 * MS)
GREY = (9, 9, 9)


class Handed(CallbackSource):
    """A source into whose mailbox the test puts the pictures."""

    label = backend = "handed"

    def open(self) -> None:
        self.mailbox = self._begin()

    def close(self) -> None:
        self._end()


@pytest.fixture
def source() -> Iterator[Handed]:
    made = Handed()
    made.open()
    yield made
    made.dispose()


def later(call: object, *args: object) -> threading.Thread:
    thread = threading.Thread(target=call, args=args)  # type: ignore[arg-type]
    thread.start()
    return thread


def test_the_first_is_whole_and_the_next_is_compared(source: Handed) -> None:
    source.mailbox.put(flat(96, 64))
    first = source.grab(clock_us())
    assert first is not None
    assert first.damage == Damage.of(Region(0, 0, 96, 64))
    changed = flat(96, 64)
    changed[40, 50, :3] = GREY
    source.mailbox.put(changed)
    second = source.grab(clock_us())
    assert second is not None
    assert second.damage == Damage.of(Region(32, 32, 32, 32))
    source.mailbox.put(changed.copy())
    assert source.grab(clock_us()) is None, "the same again"


def test_another_size_is_whole_again(source: Handed) -> None:
    for width in (96, 64):
        source.mailbox.put(flat(width, 64))
        taken = source.grab(clock_us())
        assert taken is not None
        assert taken.damage == Damage.of(Region(0, 0, width, 64))


def test_the_newest_wins(source: Handed) -> None:
    source.mailbox.put(flat(96, 64))
    source.mailbox.put(flat(96, 64, GREY))
    taken = source.grab(clock_us())
    assert taken is not None
    assert tuple(taken.pixels[0, 0, :3]) == GREY
    assert source.grab(clock_us()) is None


def test_a_new_picture_ends_the_wait(source: Handed) -> None:
    thread = later(source.mailbox.put, flat(96, 64))
    assert source.grab(clock_us() + LONG_US) is not None
    thread.join()


def test_a_wake_ends_the_wait(source: Handed) -> None:
    thread = later(source.wake)
    began_us = clock_us()
    assert source.grab(began_us + LONG_US) is None
    assert clock_us() - began_us < LONG_US // 2
    thread.join()


def test_a_loss_ends_the_wait_after_the_last_picture(source: Handed) -> None:
    source.mailbox.put(flat(96, 64))
    source.mailbox.lose(SourceLost("it was closed"))
    assert source.grab(clock_us() + LONG_US) is not None
    with pytest.raises(SourceLost, match="it was closed"):
        source.grab(clock_us() + LONG_US)


def test_a_picture_for_an_earlier_opening_is_dropped(source: Handed) -> None:
    earlier = source.mailbox
    source.close()
    source.open()
    earlier.put(flat(96, 64))
    earlier.lose(SourceLost("long ago"))
    assert earlier.closed.is_set()
    assert source.grab(clock_us()) is None


def test_silence_from_the_start_is_a_loss(
    source: Handed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "FIRST_PICTURE_US", -1)
    with pytest.raises(SourceLost, match="delivers no picture"):
        source.grab(clock_us())


def test_a_picture_is_wanted_once_the_track_has_asked() -> None:
    mailbox = FrameMailbox(lambda: None)
    assert not mailbox.wanted.is_set()
    assert mailbox.take() is None
    assert mailbox.wanted.is_set()
    mailbox.put(flat(8, 8))
    assert not mailbox.wanted.is_set()
    mailbox.close()
    assert mailbox.wanted.is_set(), "closing ends a wait for demand"


def hand_over(source: Handed, picture: EncodedPicture) -> None:
    source.mailbox.put_lazy(lambda: picture)


def test_a_jpeg_whose_pixels_nobody_needs_is_whole_and_not_decoded(
    source: Handed, decodings: list[bytes]
) -> None:
    for name in (b"one", b"two"):
        hand_over(source, EncodedPicture(name, 64, 48))
        taken = source.grab(clock_us(), needs_pixels=False)
        assert taken is not None
        assert (taken.jpeg, taken.decoded, taken.size) == (name, None, (64, 48))
        assert taken.damage == Damage.of(Region(0, 0, 64, 48))
    assert decodings == []
    hand_over(source, EncodedPicture(b"two", 64, 48))
    assert source.grab(clock_us(), needs_pixels=False) is None, "the same again"


def test_a_jpeg_whose_pixels_are_needed_is_compared_with_the_one_before(source: Handed) -> None:
    hand_over(source, EncodedPicture(b"unseen", 64, 48))
    assert source.grab(clock_us(), needs_pixels=False) is not None
    spotted = flat(64, 48)
    spotted[40:44, 50:54, :3] = 200
    damages = []
    for pixels in (flat(64, 48), spotted):
        picture = encoded(pixels)
        hand_over(source, picture)
        taken = source.grab(clock_us())
        assert taken is not None
        assert taken.encoded == picture
        assert taken.pixels.shape == (48, 64, 4)
        damages.append(taken.damage)
    assert damages == [Damage.of(Region(0, 0, 64, 48)), Damage.of(Region(32, 32, 32, 16))]


def test_a_jpeg_that_cannot_be_decoded_is_left_out(source: Handed) -> None:
    hand_over(source, EncodedPicture(b"broken", 64, 48))
    assert source.grab(clock_us()) is None
    hand_over(source, encoded())
    assert source.grab(clock_us()) is not None


def test_a_jpeg_that_was_not_decoded_counts_as_a_first_picture(
    source: Handed, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_over(source, EncodedPicture(b"one", 64, 48))
    assert source.grab(clock_us(), needs_pixels=False) is not None
    monkeypatch.setattr(mailbox, "FIRST_PICTURE_US", -1)
    assert source.grab(clock_us(), needs_pixels=False) is None
