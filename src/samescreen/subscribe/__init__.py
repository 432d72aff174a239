"""Subscribers: what takes a stream from the hub. Pages, readers of stills, listeners of sound."""
