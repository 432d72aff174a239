"""Streams, what is demanded of their publishers, packets. Event loop; no threads or sockets."""
