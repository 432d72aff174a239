"""`python -m samescreen.workers CONTROL DESCRIPTORS`: a worker on two sockets that it inherits."""

from __future__ import annotations

import sys

from .process import main

if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
