"""Flow control and scheduling. Pure: time is an argument, in integer microseconds."""
