"""Input for a source of this machine: what fails is reported, and logged once."""

from __future__ import annotations

import logging

import pytest

from samescreen.control import injector
from samescreen.control.news import Failed, News
from samescreen.control.orders import Orders
from samescreen.errors import SourceUnavailable
from samescreen.media import OnDesktop, Region
from samescreen.publish.local_control import LocalControl
from tests.fakes import soon
from tests.stage.scripted import ScriptedSource


async def test_why_input_failed_is_logged_once_with_the_cure(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refused(orders: Orders, place: OnDesktop) -> None:
        raise SourceUnavailable("macOS does not let this program type: allow it")

    monkeypatch.setattr(injector, "act", refused)
    source, news = ScriptedSource(), list[News]()
    source.place = OnDesktop("7", 0, Region(0, 0, 8, 8))
    control = LocalControl(source)
    for count in (1, 2):
        control.begin(news.append)
        await soon(lambda: len(news) >= count, what="it failed")  # noqa: B023
    assert news == [Failed("macOS does not let this program type: allow it")] * 2
    logged = [each for each in caplog.records if each.levelno == logging.WARNING]
    assert [each.getMessage() for each in logged] == [
        "remote control: macOS does not let this program type: allow it"
    ]
    await control.close()
    source.dispose()
