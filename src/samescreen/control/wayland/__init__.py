"""Remote control of Wayland compositors that have virtual pointers and keyboards (wlroots)."""
