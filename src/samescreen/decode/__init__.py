"""Decodes what other people publish, each stream in a small process of its own with limits."""
