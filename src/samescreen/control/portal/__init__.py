"""Remote control of Wayland desktops through their portal (RemoteDesktop)."""
