"""Voices that this machine mixes: for pages that decode no Opus, and for its own speakers.

The gate has checked every packet before it comes here.
"""
