"""Screens and regions of Wayland compositors that let programs capture them without a dialog."""
