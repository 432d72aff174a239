"""The desktop's sign follows how many people watch, and goes with the host."""

from __future__ import annotations

import pytest

from samescreen.errors import SourceUnavailable
from samescreen.host import Host
from samescreen.publish import desktop_windows as windows
from tests.fakes import soon
from tests.host.hosting import card, options, watching


class RecordedSign:
    """Notes what it was to show."""

    def __init__(self) -> None:
        self.shown: list[int] = []
        self.is_closed = False

    def show(self, count: int) -> None:
        self.shown.append(count)

    def close(self) -> None:
        self.is_closed = True


async def test_it_counts_who_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    sign = RecordedSign()
    monkeypatch.setattr(windows, "open_sign", lambda: sign)
    async with Host(options(sign=True), card()) as host:
        await soon(lambda: sign.shown[-1:] == [0], "nobody")
        async with watching(host):
            await soon(lambda: sign.shown[-1] == 1, "one")
        await soon(lambda: sign.shown[-1] == 0, "nobody again")
        assert not sign.is_closed
    assert sign.is_closed


async def test_without_the_option_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "open_sign", lambda: pytest.fail("it was not asked for"))
    async with Host(options(), card()):
        pass


async def test_a_desktop_that_can_have_none_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> RecordedSign:
        raise SourceUnavailable("--sign works on X11 desktops only; leave it out")

    monkeypatch.setattr(windows, "open_sign", refuse)
    with pytest.raises(SourceUnavailable, match="--sign"):
        async with Host(options(sign=True), card()):
            pass
