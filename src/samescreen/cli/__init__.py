"""The command line: what people type, and what a terminal shows them."""

from __future__ import annotations

from typing import NoReturn


def main() -> NoReturn:
    """Entry point of the `samescreen` command."""
    from .patience import ended_by_ctrl_c

    with ended_by_ctrl_c():
        from .command import main as run
    run()


__all__ = ["main"]
