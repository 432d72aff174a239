"""What the tests of outputs share with those of a whole host."""

from tests.host.conftest import before, unchanged_process

__all__ = ["before", "unchanged_process"]
