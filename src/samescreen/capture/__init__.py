"""Sources of pictures, and what changed between two of them. Threads yes, asyncio no."""
