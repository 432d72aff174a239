"""Pictures through a real PipeWire daemon, from a producer that the tests play."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from samescreen.capture.pipewire import stream as stream_module
from samescreen.capture.pipewire.formats import BGRX, RGBA, CursorMeta
from samescreen.capture.pipewire.picture import Taken
from samescreen.capture.pipewire.stream import STOPPED, Node, Receiver, Stream
from samescreen.errors import CaptureError, SourceLost, SourceUnavailable
from samescreen.media import Pixels, Region
from tests.stage.census import nothing_leaks
from tests.stage.pipewire import Beside, PipeWire, Producer
from tests.stage.timing import eventually

pytestmark = pytest.mark.display
WIDTH, HEIGHT = 64, 48


class Taker:
    """Takes what a stream brings."""

    def __init__(self) -> None:
        self.pictures: list[Taken] = []
        self.cursors: list[CursorMeta] = []
        self.ends: list[CaptureError] = []
        self.receiver = Receiver(self.pictures.append, self.cursors.append, self.ends.append)

    def stream(self, node: int) -> Stream:
        return Stream(None, Node(node), self.receiver)

    def after(self, count: int) -> Pixels:
        eventually(lambda: len(self.pictures) == count, what=f"{count} pictures")
        return self.pictures[-1].upright()


@pytest.fixture(scope="module")
def pipewire() -> Iterator[PipeWire]:
    server = PipeWire()
    with pytest.MonkeyPatch.context() as patched:
        for name, value in server.env.items():
            patched.setenv(name, value)
        yield server.start()
        server.stop()


@pytest.fixture
def produce(pipewire: PipeWire) -> Iterator[Callable[..., Producer]]:
    made: list[Producer] = []

    def one(width: int = WIDTH, height: int = HEIGHT, **options: int) -> Producer:
        made.append(Producer(width, height, **options))  # type: ignore[arg-type]
        return made[-1]

    yield one
    for each in made:
        each.close()


@pytest.fixture
def taker() -> Taker:
    return Taker()


def picture(seed: int = 1, width: int = WIDTH, height: int = HEIGHT) -> Pixels:
    return np.random.default_rng(seed).integers(0, 255, (height, width, 4), np.uint8)


@pytest.mark.parametrize("padding", [0, 36])
@pytest.mark.parametrize("code", [BGRX, RGBA])
def test_pictures_arrive_whatever_their_rows_and_channels(
    produce: Callable[..., Producer], taker: Taker, padding: int, code: int
) -> None:
    producer = produce(padding=padding, code=code)
    stream = taker.stream(producer.node)
    sent = picture()
    producer.until_streaming().show(sent)
    shown = taker.after(1)
    assert np.array_equal(shown, sent[:, :, [2, 1, 0, 3]] if code == RGBA else sent)
    producer.resize(100, 30)
    producer.show(picture(2, 100, 30))
    assert taker.after(2).shape == (30, 100, 4)
    stream.close()
    assert not taker.ends


def test_a_crop_and_a_turn(produce: Callable[..., Producer], taker: Taker) -> None:
    producer, sent = produce(), picture()
    stream = taker.stream(producer.node)
    producer.until_streaming().show(sent, Beside(crop=Region(10, 5, 20, 30)))
    assert np.array_equal(taker.after(1), sent[5:35, 10:30])
    producer.show(sent, Beside(transform=1))
    assert np.array_equal(taker.after(2), np.rot90(sent, -1))
    producer.show(sent)
    assert np.array_equal(taker.after(3), sent)
    stream.close()


def test_broken_buffers_show_no_old_picture_but_the_cursor(
    produce: Callable[..., Producer], taker: Taker
) -> None:
    producer = produce()
    stream = taker.stream(producer.node)
    producer.until_streaming().show(picture())
    taker.after(1)
    cursor = struct.pack("=IIiiiiI", 1, 0, 5, 6, 0, 0, 0)
    for beside in (Beside(is_broken=True), Beside(is_flagged=True), Beside(cursor=cursor)):
        producer.show(picture(2) if not beside.cursor else None, beside)
    eventually(lambda: any(each.x == 5 for each in taker.cursors), what="the cursor")
    producer.show(picture(3))
    assert np.array_equal(taker.after(2), picture(3))
    stream.close()


def test_a_pool_of_two_never_runs_dry(produce: Callable[..., Producer], taker: Taker) -> None:
    producer = produce(buffers=2)
    stream = taker.stream(producer.node)
    stream.rest()
    producer.until_streaming()
    for at in range(1, 7):
        producer.show(picture(at))
        taker.after(at)
    stream.close()


def test_nothing_is_copied_while_nobody_watches(
    produce: Callable[..., Producer], taker: Taker
) -> None:
    producer = produce()
    stream = taker.stream(producer.node)
    stream.rest()
    producer.until_streaming()
    for at in range(6):
        seen = len(taker.cursors)
        producer.show(picture(at))
        eventually(lambda: len(taker.cursors) > seen, what="the buffer")  # noqa: B023
    assert not taker.pictures
    stream.watch()
    assert np.array_equal(taker.after(1), picture(5))
    producer.show(picture(9))
    assert np.array_equal(taker.after(2), picture(9))
    stream.close()


def test_gpu_buffers_only_are_refused_in_words(
    produce: Callable[..., Producer], taker: Taker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_module, "START_S", 0.5)
    producer = produce(modifier=True)
    with pytest.raises(SourceUnavailable, match="GPU buffers only"):
        taker.stream(producer.node)


def test_a_node_that_goes_ends_the_stream(
    produce: Callable[..., Producer], taker: Taker
) -> None:
    producer = produce()
    stream = taker.stream(producer.node)
    producer.until_streaming().close()
    eventually(lambda: bool(taker.ends), what="the end")
    assert [str(each) for each in taker.ends] == [STOPPED]
    stream.close()
    stream.close()


def test_streams_leave_nothing_behind(produce: Callable[..., Producer], taker: Taker) -> None:
    producer = produce()
    taker.stream(producer.node).close()
    with nothing_leaks():
        for _ in range(3):
            stream = taker.stream(producer.node)
            producer.until_streaming().show(picture())
            stream.close()


def test_without_a_session_manager_the_words_name_it(
    monkeypatch: pytest.MonkeyPatch, taker: Taker
) -> None:
    server = PipeWire(manager=False)
    monkeypatch.setattr(stream_module, "START_S", 0.3)
    for name, value in server.env.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SourceLost, match="PipeWire is not running"):
        taker.stream(1)
    server.start()
    producer = Producer(WIDTH, HEIGHT)
    with pytest.raises(SourceUnavailable, match="no session manager"):
        taker.stream(producer.node)
    producer.close()
    server.stop()
