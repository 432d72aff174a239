"""Fixtures for people on a relay."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from samescreen.grants import FILES
from tests.relay.guest_files_stage import Scene, scene


@pytest.fixture
async def it(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path, *FILES) as opened:
        await opened.given(*FILES)
        yield opened
