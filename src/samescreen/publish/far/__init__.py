"""Streams of other hosts (`host:URL`): taken as a viewer takes them, and shared on as they are."""
