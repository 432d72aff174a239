"""The messages about who takes part, and what each of them shows. Pure."""

from __future__ import annotations

from msgspec import Struct


class Present(Struct, frozen=True):
    """Somebody who takes part. `person`: their number while they are here, from 1.

    `name` is "" where they chose none. `host`: they came by the host link. `voice`: their number
    in `voices` and in packets of /ws/talk; 0: none. `muted`: by the host. `shows`: the ids of
    their streams. `watches`: a page of theirs watches.
    """

    person: int
    name: str
    host: bool
    voice: int
    muted: bool
    shows: list[str]
    watches: bool


class KeptStream(Struct, frozen=True):
    """A stream that only those with the host link see."""

    stream: str
    name: str


class Roster(Struct, frozen=True, tag="roster"):
    """Of a later kind, on /ws: who takes part; replaces the one before.

    `you`: the number of this person; 0: they only watch. `others`: how many are here besides.
    `forward`: the stream that the host shows to everybody; "": none. `kept`: for those with the
    host link only; empty for others.
    """

    you: int
    people: list[Present]
    others: int
    forward: str
    kept: list[KeptStream]
