"""The host's port: HTTP and WebSocket, https, and the rules that say who gets in."""
