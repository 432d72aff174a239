"""HTTP and WebSocket: who is let in, and what they get."""
