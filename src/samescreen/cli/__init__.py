"""The command line: what people type, and what a terminal shows them."""

from .command import main

__all__ = ["main"]
