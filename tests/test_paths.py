"""Paths as people type them: the home folder, and one of nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from samescreen.capture.rtmp.address import parse_listen
from samescreen.errors import UsageError
from samescreen.outputs.address import read_addresses
from samescreen.paths import typed_path
from samescreen.serve.offering import offerable

NOWHERE = "~nobody-of-this-name/talks"
"""`~Videos/talks`, where `~/Videos/talks` was meant."""


def test_a_tilde_is_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/anna")
    assert typed_path("~/talks") == Path("/home/anna/talks")
    assert typed_path("a~") == Path("a~")


def test_the_home_of_nobody_is_not_found() -> None:
    assert typed_path(NOWHERE) == Path(NOWHERE)
    with pytest.raises(UsageError, match="cannot offer ~nobody"):
        offerable(NOWHERE)
    with pytest.raises(UsageError, match="listen cannot read ~nobody"):
        parse_listen(f"@{NOWHERE}")
    with pytest.raises(UsageError, match="--output cannot read ~nobody"):
        read_addresses((f"@{NOWHERE}",))
