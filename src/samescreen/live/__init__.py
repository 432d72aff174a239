"""Pictures on their way: one thread per track, fan-out on the event loop."""
