"""The whole program, end to end: real windows, the host as its own process, real browsers."""
