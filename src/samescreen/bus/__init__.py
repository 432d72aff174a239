"""Several relays as one: what a host publishes at one of them is seen at all, over NATS core."""
