"""Screens that somebody chooses in a dialog of the desktop's portal."""
