"""A share may use as many descriptors as the system lets it."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import resource
from samescreen.cli.descriptors import use_all_descriptors
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 700))
use_all_descriptors()
print(resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Unix limits")
def test_the_soft_limit_becomes_the_hard_one() -> None:
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.strip() == "(700, 700)"
