"""`samescreen doctor --forget`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from samescreen.cli.command import main
from samescreen.portal.tokens import kept_tokens


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setattr(sys, "argv", ["samescreen", "doctor", "--forget"])
    return tmp_path / "samescreen"


def run() -> object:
    """Its exit code."""
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


def test_what_was_chosen_is_forgotten_and_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for kind in ("screen", "control"):
        kept_tokens().write(kind, "a-token")
    (folder / "other").write_text("stays")
    assert run() == 0
    assert "what was chosen in dialogs: control, screen. They" in capsys.readouterr().out
    assert [path.name for path in folder.iterdir()] == ["other"]
    assert run() == 0
    assert capsys.readouterr().out == "No choice of a dialog was kept.\n"


def test_it_speaks_chinese(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    kept_tokens().write("screen", "a-token")
    assert run() == 0
    assert "对话框中的选择：screen" in capsys.readouterr().out


def test_what_cannot_be_removed_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "portal-screen.token").mkdir(parents=True)
    assert run() == 2
    assert "cannot remove" in capsys.readouterr().err
