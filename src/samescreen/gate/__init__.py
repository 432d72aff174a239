"""The gate: nothing that another machine publishes reaches the hub unparsed. Pure.

A publisher is a page or another host. The gate parses its messages, bounds them and builds them
anew in one canonical form, so that a viewer gets only what the gate has understood. It reads the
headers of pictures and decodes nothing: what a slice holds after its header stays as it came.
Time is an argument, in integer microseconds.
"""
