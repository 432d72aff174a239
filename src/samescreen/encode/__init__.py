"""Frames into packets. Threads yes (an encoder belongs to one), asyncio no."""
