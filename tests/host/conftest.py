"""What the tests of a whole host share."""

from __future__ import annotations

import asyncio
import gc
import sys
from typing import Any

import pytest

from samescreen.host import Host
from tests.host.hosting import card, options, watching
from tests.stage.census import Census


@pytest.fixture(autouse=True)
def unchanged_process() -> Any:
    """A share leaves the settings of the whole process as it found them."""
    before = sys.getswitchinterval(), gc.get_threshold(), gc.get_freeze_count()
    yield
    assert (sys.getswitchinterval(), gc.get_threshold(), gc.get_freeze_count()) == before


@pytest.fixture
async def before() -> Census:
    """Counted after what the loop and the encoder keep for good has been made once."""
    async with Host(options(), card()) as host, watching(host):
        pass
    await asyncio.to_thread(lambda: None)
    return Census.take()
