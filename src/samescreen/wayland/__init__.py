"""A small client of the Wayland protocol, for capture and for remote control."""
