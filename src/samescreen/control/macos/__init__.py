"""The pointer and the keyboard of macOS."""
