"""The limits that the host sets to a stream: read from requests and programs, checked, shown.

Any thread; it changes no stream.
"""

from __future__ import annotations

from typing import Final

from samescreen.errors import UsageError
from samescreen.flow.rate import RateTarget
from samescreen.hub.held import Held
from samescreen.hub.stream import Stream
from samescreen.option_values import parse_bitrate

_MOST_FPS: Final = 240
_MOST_QUALITY: Final = 100
_NO_BITRATE: Final = 10**12


def held_from(fps: object = None, max_bitrate: object = None, quality: object = None) -> Held:
    """The limits that these values name; None: as the host started.

    `fps`: 1 to 240. `max_bitrate`: a text such as 8M. `quality`: 1 to 100.

    Raises:
        UsageError: a value of a wrong type or out of range.
    """
    rate = None
    most_fps = _whole("fps", fps, _MOST_FPS)
    if max_bitrate is not None and not isinstance(max_bitrate, str):
        raise UsageError("max_bitrate takes a text such as 8M, or null")
    if most_fps is not None or max_bitrate is not None:
        bps = _NO_BITRATE if max_bitrate is None else parse_bitrate(max_bitrate)
        rate = RateTarget(bps, _MOST_FPS if most_fps is None else most_fps)
    return Held(rate, _whole("quality", quality, _MOST_QUALITY))


def _whole(name: str, value: object, most: int) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise UsageError(f"{name} takes 1 to {most}, or null")
    return value


def limit_fields(stream: Stream) -> dict[str, int | None]:
    """What the host holds this stream to; None: to nothing but the options it started with."""
    rate, quality = stream.held.rate, stream.held.quality
    has_fps = rate is not None and rate.fps < _MOST_FPS
    has_bitrate = rate is not None and rate.bitrate_bps < _NO_BITRATE
    return {
        "fps": rate.fps if rate is not None and has_fps else None,
        "max_bitrate_bps": rate.bitrate_bps if rate is not None and has_bitrate else None,
        "quality": quality,
    }
