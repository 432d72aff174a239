"""How much one viewer can take, and when. Pure: time is an argument, integer microseconds."""
