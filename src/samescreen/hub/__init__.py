"""Streams between publishers and subscribers. Event loop; no threads, no sockets."""
