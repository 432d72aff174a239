"""Fixtures for the terminal of a host."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from samescreen.capture.choose import OpenedSource
from samescreen.capture.testcard import TestCard
from samescreen.host import Host
from samescreen.options import ShareOptions
from tests.cli.desk_stage import Terminal


@pytest.fixture
async def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Terminal]:
    monkeypatch.setenv("HOME", str(tmp_path))  # recordings go there
    options = ShareOptions.of(host="127.0.0.1", port=0, tls="off")
    async with Host(options, OpenedSource(TestCard(320, 180), "testcard")) as host:
        yield Terminal(host)
