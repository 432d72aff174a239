"""What the tests of a whole host share."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from samescreen.host import Host
from tests.host.hosting import card, options, watching
from tests.stage.census import Census

_WORKERS = 4


@pytest.fixture(autouse=True)
def unchanged_process() -> Any:
    """A share leaves the settings of the whole process as it found them."""
    before = sys.getswitchinterval(), gc.get_threshold(), gc.get_freeze_count()
    yield
    assert (sys.getswitchinterval(), gc.get_threshold(), gc.get_freeze_count()) == before


@pytest.fixture
async def before() -> Census:
    """Counted after what the loop and the encoder keep for good has been made once.

    The loop's pool grows when a worker is not idle yet as the next call comes: it is filled first.
    """
    filled = threading.Barrier(_WORKERS)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_WORKERS))
    await asyncio.gather(*(asyncio.to_thread(filled.wait) for _ in range(_WORKERS)))
    async with Host(options(), card()) as host, watching(host):
        pass
    return Census.take()
