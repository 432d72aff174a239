"""Publishers: what puts a source into the hub. Here, a thread of this process."""
