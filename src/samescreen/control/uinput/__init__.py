"""The pointer and the keyboard of a Linux machine, by uinput."""
