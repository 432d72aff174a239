"""A display of its own for a command: the X server, the windows on it, and everything's end."""
