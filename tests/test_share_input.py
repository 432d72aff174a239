"""What viewers do to pushed pictures reaches the program, as events and through OpenCV's names."""

from __future__ import annotations

import asyncio
import struct
import sys
import threading
from collections.abc import Iterator
from typing import Any

import aiohttp
import numpy as np
import pytest

import samescreen
from samescreen import KeyEvent, PointerEvent, Share, TextEvent, UsageError, highgui
from samescreen.control.places import PLACES
from tests.fakes import PATIENCE_S
from tests.stage.timing import eventually

PICTURE = np.full((90, 160, 3), 70, np.uint8)
LOCAL: dict[str, Any] = {"host": "127.0.0.1", "port": 0, "tls": "off", "allow": ("control",)}
LEFT_DOWN, LEFT_UP = (struct.pack(">BBBHH", 2, 0, down, 30, 40) for down in (1, 0))


@pytest.fixture(autouse=True)
def switch_interval() -> Iterator[None]:
    """The host sets it for the whole process."""
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


def key(name: str, char: str = "", *, is_down: bool = True) -> bytes:
    return struct.pack(">BBHHI", 5, is_down, PLACES[name], 0, ord(char or "\0"))


async def send(share: Share, track: int, *events: bytes) -> str:
    """Act as a page that takes control, and gives it back after an answer."""
    headers = {"Authorization": f"Bearer {share.token}"}
    url = f"http://127.0.0.1:{share.port}/ws/control"
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, headers=headers) as ws,
    ):
        state: str = (await ws.receive_json(timeout=PATIENCE_S))["state"]
        await ws.send_bytes(struct.pack(">BBHI", track, 0, 1, 0) + b"".join(events))
    return state


def test_a_click_a_key_and_a_text_are_calls() -> None:
    seen: list[object] = []
    text = struct.pack(">BH", 6, 2) + b"hi"
    with Share(on_pointer=seen.append, on_key=seen.append, on_text=seen.append, **LOCAL) as share:
        share.push(PICTURE)
        assert asyncio.run(send(share, 0, LEFT_DOWN, key("KeyA", "a"), text)) == "mine"
        eventually(lambda: len(seen) == 6, what="all were called, and nothing stays down")
        name = share.streams[0]
    left = frozenset(("left",))
    assert seen == [
        PointerEvent("down", 30, 40, "left", left, stream=name),
        KeyEvent("down", "a", "KeyA", stream=name),
        TextEvent("a", name),
        TextEvent("hi", name),
        KeyEvent("up", "a", "KeyA", stream=name),
        PointerEvent("up", 30, 40, "left", stream=name),
    ]


@pytest.mark.parametrize("more", [{"on_key": None}, {"view_only": True, "allow": ()}])
def test_without_a_function_or_with_view_only_nobody_can_act(more: dict[str, Any]) -> None:
    options = {"on_key": print} | LOCAL | more
    with Share(**options) as share:
        share.push(PICTURE)
        headers = {"Authorization": f"Bearer {share.host_token}"}

        async def state() -> str:
            async with aiohttp.ClientSession() as session:
                url = f"http://127.0.0.1:{share.port}/ws/control"
                async with session.ws_connect(url, headers=headers) as ws:
                    return str((await ws.receive_json(timeout=PATIENCE_S))["state"])

        assert asyncio.run(state()) == "off"


def test_what_cannot_be_called_is_refused() -> None:
    wrong: Any = 5
    with pytest.raises(UsageError, match="take a function of one event"):
        Share(on_text=wrong)


def test_opencv_s_windows(capsys: pytest.CaptureFixture[str]) -> None:
    samescreen.showOptions(**LOCAL)
    clicks: list[tuple[Any, ...]] = []
    try:
        samescreen.imshow("one", PICTURE)
        samescreen.imshow("two", PICTURE[:, :, 0].astype(np.float32) / 255)
        assert capsys.readouterr().out.startswith("http://")
        share = highgui._desk.share
        assert share is not None
        assert names_of(share) == ["one", "two"]
        samescreen.setMouseCallback("two", lambda *given: clicks.append(given), "param")
        assert samescreen.waitKey(1) == -1
        events = LEFT_DOWN, LEFT_UP, key("ArrowLeft"), key("KeyQ", "q")
        sender = threading.Thread(target=lambda: asyncio.run(send(share, 1, *events)))
        sender.start()
        keys = [samescreen.waitKeyEx(int(PATIENCE_S * 1000)) for _ in range(2)]
        sender.join()
        assert keys == [0xFF51, ord("q")]
        assert clicks == [(1, 30, 40, 1, "param"), (4, 30, 40, 0, "param")]
        with pytest.raises(UsageError, match="before the first imshow"):
            samescreen.showOptions(port=0)
        samescreen.destroyWindow("two")
        assert names_of(share) == ["one"]
        with pytest.raises(UsageError, match="numpy array"):
            samescreen.imshow("one", [1, 2])  # type: ignore[arg-type]
    finally:
        samescreen.destroyAllWindows()
    assert not share.is_sharing


def names_of(share: Share) -> list[str]:
    return list(share.streams)
