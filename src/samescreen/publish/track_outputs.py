"""The schedule of each rendition of a video track: how often it encodes which. Any thread."""

from __future__ import annotations

from typing import Final

from samescreen.flow.output import Output
from samescreen.flow.pace import Allowance
from samescreen.flow.rate import LOW_CEILING
from samescreen.flow.still_output import StillOutput
from samescreen.media import Rendition

KEYFRAME_SPACING_US: Final = 500_000
KEYFRAMES_AT_ONCE: Final = 3
KEYFRAME_EVERY_US: Final = 1_000_000
"""A keyframe for one viewer costs all viewers bandwidth. However many viewers ask, the track makes
three in a row and then one a second."""
STILL_SPACING_US: Final = 100_000
LOW_KEYFRAME_US: Final = 1_000_000
STILL_FPS: Final = 30


def main_output(stills: StillOutput) -> Output:
    """The schedule of MAIN; a newcomer's keyframe waits for its still."""
    return Output(
        Rendition.MAIN,
        spacing_us=KEYFRAME_SPACING_US,
        allowance=Allowance(KEYFRAMES_AT_ONCE, KEYFRAME_EVERY_US),
        preview=stills,
    )


def low_output(fps: int) -> Output:
    """The schedule of LOW, of a source of `fps` pictures a second."""
    return Output(
        Rendition.LOW,
        spacing_us=KEYFRAME_SPACING_US,
        fps=min(fps, LOW_CEILING.fps),
        every_us=LOW_KEYFRAME_US,
        allowance=Allowance(KEYFRAMES_AT_ONCE, KEYFRAME_EVERY_US),
    )


def still_output(rendition: Rendition, fps: int) -> StillOutput:
    """The schedule of a rendition of stills, of a source of `fps` pictures a second."""
    return StillOutput(
        spacing_us=STILL_SPACING_US, fps=min(fps, STILL_FPS), rendition=rendition
    )
