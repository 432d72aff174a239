"""Fixtures for viewers without a browser."""

from __future__ import annotations

import pytest

from tests.hub.room import Room


@pytest.fixture
def room() -> Room:
    """A hub with one stream, whose publisher and viewers the test plays."""
    return Room()
