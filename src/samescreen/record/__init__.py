"""Recording: a subscriber that writes what viewers are sent into MP4 files, without re-encoding."""
