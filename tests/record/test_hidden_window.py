"""A recording shows nothing of a window that is to be hidden, while it is dragged about."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from samescreen.capture.choose import OpenedSource
from samescreen.capture.hiding import MASK_BGRX, Hidden
from samescreen.capture.x11.screen import X11Screen
from samescreen.host import Host
from samescreen.media import Region
from tests.capture.x11.client_window import RED, Clients, clients_on
from tests.fakes import soon
from tests.host.hosting import options
from tests.stage.x_server import XServer

pytestmark = pytest.mark.display

PLACE = Region(100, 50, 120, 80)
NEAR = 60
"""H.264 halves the colours' resolution and rounds them: a coloured pixel is as near as this."""


@contextmanager
def dragged(clients: Clients) -> Iterator[None]:
    """A red window called My Bank moves over the screen all the time, and back."""
    window, stopped = clients.open("My Bank", PLACE), threading.Event()
    window.fill(RED)

    def run() -> None:
        for step in itertools.count():
            if stopped.wait(0.002):
                return
            window.move(abs(7 * step % 1000 - 500), abs(3 * step % 500 - 250))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


async def recorded(
    server: XServer, path: Path, for_s: float, *hidden: str
) -> list[tuple[int, int]]:
    """Of each recorded picture: pixels of the window's colour, and of the mask's."""
    source = X11Screen(None, server.display)
    assert not source.hide(Hidden.of(hidden, []))
    source.open()
    choice = OpenedSource(source, "screen")
    async with Host(options(record=str(path), fps=30, quality=100), choice) as host:

        def lasted() -> bool:
            now = host.recordings.now()
            return now is not None and bool(now.file) and now.seconds > for_s

        await soon(lasted, "a while", for_s + 20)
    mask = (MASK_BGRX[2], MASK_BGRX[1], MASK_BGRX[0])
    with av.open(str(path)) as container:
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    return [(near(picture, RED), near(picture, mask)) for picture in pictures]


def near(picture: NDArray[Any], colour: tuple[int, int, int]) -> int:
    distance = np.abs(picture.astype(np.int16) - np.array(colour, np.int16)).max(axis=2)
    return int((distance < NEAR).sum())


async def test_a_hidden_window_is_in_no_recorded_picture(tmp_path: Path) -> None:
    server = XServer(640, 360).start()
    try:
        with clients_on(server.display) as clients, dragged(clients):
            plain = await recorded(server, tmp_path / "plain.mp4", 0.6)
            hidden = await recorded(server, tmp_path / "hidden.mp4", 3, "My Bank")
    finally:
        server.stop()
    assert max(red for red, _ in plain) > 2000, "otherwise the test holds nothing"
    assert len(hidden) > 20
    assert [red for red, _ in hidden if red] == []
    assert sum(mask > 1000 for _, mask in hidden) > len(hidden) / 2
