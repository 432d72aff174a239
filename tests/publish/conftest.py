"""Fixtures that the tests of a track share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from samescreen.publish import track_thread
from tests.fakes import PATIENCE_S
from tests.publish.track_stage import Stage
from tests.stage.timing import MS


@pytest.fixture
def retry_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries a lost source sooner than in real life."""
    monkeypatch.setattr(track_thread, "RETRY_S", 50 * MS)


@pytest.fixture
async def stage(retry_s: None) -> AsyncIterator[Stage]:
    made = Stage()
    made.track.start()
    yield made
    made.bridge.stop()
    assert await asyncio.to_thread(made.track.join, PATIENCE_S)
