"""This host's streams on another host: they go up once, as they are encoded."""
