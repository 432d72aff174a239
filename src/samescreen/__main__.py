"""`python -m samescreen` is `samescreen`."""

from samescreen.cli import main

main()
