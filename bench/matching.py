"""Which quality makes one system's stream as large as another's. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

TOLERANCE: Final = 0.1
POINTS_PER_DOUBLING: Final = 10.0
"""The first guess. x264 needs twice the bits for a quantiser lower by 3 (grain) to 6 (the rule of
thumb), and a point of quality is 0.36 of a quantiser; later guesses follow what was measured."""
WORST: Final = 1
BEST: Final = 100


def is_near(rate: float, target: float) -> bool:
    """Within a tenth of the target."""
    return abs(rate - target) <= TOLERANCE * target


def next_quality(tried: Mapping[int, float], target: float) -> int | None:
    """What to try after these qualities and the rates they gave; None: nothing is left to try.

    `target` and the rates are in the same unit, above 0. A higher quality never gives less.
    """
    if any(is_near(rate, target) for rate in tried.values()):
        return None
    below = max((quality for quality, rate in tried.items() if rate < target), default=WORST - 1)
    above = min((quality for quality, rate in tried.items() if rate > target), default=BEST + 1)
    if above - below < 2:
        return None
    by_distance = sorted(tried, key=lambda quality: abs(math.log(tried[quality] / target)))
    nearest = by_distance[0]
    points = POINTS_PER_DOUBLING
    if len(by_distance) > 1:
        other = by_distance[1]
        doublings = math.log2(tried[other] / tried[nearest])
        points = (other - nearest) / doublings if doublings else points
    step = points * math.log2(target / tried[nearest])
    return min(max(round(nearest + step), below + 1), above - 1)
