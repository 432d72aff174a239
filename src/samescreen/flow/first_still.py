"""How many bytes the first whole still of a newcomer may have. Pure.

The ack of the sketch shows what the path carries. The whole still must be there soon after: until
then nobody can read small text. Pieces make it exact later, so it may be coarse.
"""

from __future__ import annotations

from typing import Final

from .in_flight import BandwidthSample

READABLE_WITHIN_US: Final = 2_000_000
"""From the ack of the sketch to the ack of the whole still. With the page's files and the sketch
before it, somebody who opens the link on 2 Mbit/s and 60 ms can read after three seconds."""

NO_LIMIT: Final = 2**62


def still_limit_bytes(sample: BandwidthSample | None) -> int:
    """The most bytes of that still, by the largest packet that measured the path; at least 1.

    NO_LIMIT where nothing measured it: the path is short.
    """
    if sample is None:
        return NO_LIMIT
    return max(1, sample.rate_bps * READABLE_WITHIN_US // 8_000_000)
