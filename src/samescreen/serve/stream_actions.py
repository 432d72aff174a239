"""What the host page does to streams while it shares: list sources, share, replace, end, limit.

Event loop. The sources open on threads of their own, so that none holds the loop up. `Host` is the
`StreamControl`; a site inside another application has one too.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import partial
from typing import Final, Protocol

from samescreen.aside import waited_for
from samescreen.capture.choose import KINDS, OpenedSource, open_source
from samescreen.capture.hiding import NO_RULES, CaptureRules
from samescreen.capture.sound.choose import ListedSound, SoundChoice, choose_sound, list_sounds
from samescreen.capture.systems import Listed
from samescreen.errors import CaptureError, SamescreenError, UsageError
from samescreen.outputs.output import Output
from samescreen.outputs.outputs import Outputs

from .addresses import HostUrls

_log = logging.getLogger(__name__)

REMOTE_KINDS: Final = ("screen", "window", "region", "camera", "testcard")
"""Kinds of source that the host page may name. A file is not among them: whoever has the host link
may sit elsewhere, and must not choose what is read from this machine's disk."""
_WITHIN_S: Final = 15.0
_LIST_WITHIN_S: Final = 5.0


class StreamControl(Protocol):
    """Changes which streams there are."""

    @property
    def capture_rules(self) -> CaptureRules:
        """How every source is captured: by which backend, and what it hides."""

    @property
    def links(self) -> HostUrls:
        """The URLs of the viewer link."""

    @property
    def secure_links(self) -> HostUrls | None:
        """The same over https; None: there is no https."""

    @property
    def tunnel_url(self) -> str:
        """The page as people on the internet reach it by a tunnel; "": they do not."""

    @property
    def sound(self) -> SoundChoice | None:
        """The sound that all streams share; None: each has that of its source, if any."""

    @property
    def outputs(self) -> Outputs:
        """Where the first stream is sent besides the viewers."""

    async def change_sound(self, choice: SoundChoice | None) -> None:
        """Share another sound with all streams."""

    def add(self, choice: OpenedSource, title: str = "") -> str:
        """Share one more source; the id of its stream."""

    async def change(self, stream_id: str, choice: OpenedSource) -> None:
        """Share another source on that stream."""

    async def remove(self, stream_id: str) -> None:
        """End that stream."""


def outputs_of(streams: StreamControl | None) -> tuple[Output, ...]:
    """The outputs of a site; a site without streams of its own has none."""
    return () if streams is None else streams.outputs.all


async def list_sources() -> list[Listed]:
    """Every source that the host page may name here and now; a kind that does not answer is out."""
    listed = await asyncio.gather(*map(_list_kind, REMOTE_KINDS))
    return [each for kind in listed for each in kind]


async def _list_kind(word: str) -> Sequence[Listed]:
    try:
        async with asyncio.timeout(_LIST_WITHIN_S):
            return await waited_for(KINDS[word].list, f"the list of kind {word}")
    except (SamescreenError, TimeoutError, OSError, ImportError) as error:
        _log.info("the host page gets no list of kind %s: %s", word, error)
        return ()


async def list_sounds_here() -> list[ListedSound]:
    """Every sound that `--audio` can name here and now; none where nothing answers."""
    try:
        async with asyncio.timeout(_LIST_WITHIN_S):
            return await waited_for(list_sounds, "the list of sounds")
    except (SamescreenError, TimeoutError, OSError, ImportError) as error:
        _log.info("the host page gets no list of sounds: %s", error)
        return []


async def choose_remotely(audio: str) -> SoundChoice | None:
    """The sound that `audio` names, as `--audio` does; None for "".

    Raises:
        CaptureError: it cannot be recorded, or does not answer.
    """
    choosing = partial(choose_sound, audio)
    try:
        async with asyncio.timeout(_WITHIN_S):
            choice = await waited_for(choosing, f"the sound {audio}")
    except TimeoutError:
        raise CaptureError(f"the sound {audio} does not answer; try again") from None
    if choice is not None and choice.note:
        raise CaptureError(choice.note)
    return choice


async def open_remotely(spec: str, rules: CaptureRules = NO_RULES) -> OpenedSource:
    """The opened source that `spec` names, captured by these rules: what they hide stays hidden.

    Raises:
        UsageError: no source that the host page may name.
        CaptureError: it cannot be opened, or does not answer.
    """
    if spec.partition(":")[0] not in REMOTE_KINDS:
        forms = ", ".join(KINDS[word].forms for word in REMOTE_KINDS)
        raise UsageError(f"the host page can share: {forms}")
    opening = partial(open_source, spec, rules)
    try:
        async with asyncio.timeout(_WITHIN_S):
            return await waited_for(opening, spec, lambda late: late.source.dispose())
    except TimeoutError:
        raise CaptureError(
            f"{spec} does not answer; try again, or share something else"
        ) from None
