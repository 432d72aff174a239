"""Executables that stand in for the tools: shell scripts in a folder of the test."""

from __future__ import annotations

from pathlib import Path

from samescreen.tunnel.events import Event, Failed, Opened, PublicAddress

NAME = "two-red-quiet-otters.trycloudflare.com"
"""The name that the transcript of cloudflared has."""
NOTES = 'env >$HERE/env\necho "$@" >$HERE/arguments\n'
"""Keeps the tool's environment and its arguments in files."""
REST = "exec sleep 60\n"
"""What a tool does that has said everything."""


def fake_tool(folder: Path, name: str, script: str) -> Path:
    """An executable of that name, run by sh; `$HERE` is its folder."""
    path = folder / name
    path.write_text(f"#!/bin/sh\nHERE={folder}\n{script}", encoding="utf-8")
    path.chmod(0o755)
    return path


def door_of(folder: Path) -> int:
    """The port that `NOTES` says the tool must lead to."""
    return int((folder / "arguments").read_text().split()[-1].rpartition(":")[2])


def printing(text: str) -> str:
    """A line of shell that prints this text on standard error, as most of the tools do."""
    quoted = text.replace("'", "'\\''")
    return f"printf '%s' '{quoted}' >&2\n"


class Lines:
    """Reads `port N` as an address."""

    def take(self, line: str) -> Event | None:
        word, _, rest = line.partition(" ")
        if word != "port" or not rest.isdigit():
            return None
        return Opened(PublicAddress("http", "a.example", int(rest)))

    def late(self) -> Failed:
        return Failed("late")

    def ended(self) -> Failed:
        return Failed("ended")
