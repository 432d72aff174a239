"""Pointer and keys on an X server."""
