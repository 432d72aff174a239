"""The pointer and the keyboard of Windows."""
