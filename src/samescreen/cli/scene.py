"""Collects what the panel shows, from the host. Event loop; changes nothing."""

from __future__ import annotations

import itertools
from collections import deque
from typing import Final

from samescreen.clock import clock_us
from samescreen.host import Host
from samescreen.hub.hands import Line
from samescreen.hub.stream import Stream
from samescreen.serve.links import HOST, VIEWER
from samescreen.serve.roster import PersonRow, roster

from .panel import MOST_LINES, Scene, Shown, Watcher
from .words import Words

_KEPT_S: Final = 60
_SHOWN_US: Final = 120_000_000
"""How long the panel shows what somebody wrote."""


class SceneOfHost:
    """The scene now, the bitrates of the last minute, and a number for each person.

    A number belongs to one person as long as the program runs: somebody who types it never means
    another one who came meanwhile.
    """

    def __init__(self, host: Host, words: Words) -> None:
        self._host = host
        self._words = words
        self._bitrates: deque[int] = deque(maxlen=_KEPT_S)
        self._numbers: dict[str, int] = {}
        self._authors: dict[int, str] = {}
        self._next_number = itertools.count(1)

    def note_bitrate(self) -> None:
        """Keep the present bitrate of all streams; called once a second."""
        streams = self._host.hub.streams.values()
        self._bitrates.append(sum(_bitrate(stream) for stream in streams))

    def look(self) -> Scene:
        """What there is to show now."""
        host, actions, now_us = self._host, self._host.actions, clock_us()
        rows = roster(host.audience, actions, now_us)
        names = {row.person: row.name or row.address for row in rows}
        return Scene(
            marks=self._marks(),
            viewers=host.audience.viewer_count(),
            sources=tuple(self._shown(stream) for stream in host.hub.streams.values()),
            people=tuple(self._watcher(row) for row in rows),
            waiting=tuple(
                (each.address, self.link_name(each.link_id))
                for each in actions.newcomers(now_us)
            ),
            asking=tuple(
                (names.get(each.person_id, "…"), " ".join(each.grants))
                for each in actions.requests
            ),
            in_control=self._in_control(),
            is_control_kept=actions.is_control_kept,
            hands=tuple(
                (self.number_of(each.person_id), names[each.person_id])
                for each in actions.hands.hands
                if each.person_id in names
            ),
            lines=self._lines(names, now_us),
            bitrates=tuple(self._bitrates),
        )

    def _in_control(self) -> str:
        holder = self._host.actions.controller
        return "" if holder is None else holder.name_or_address

    def _lines(self, names: dict[str, str], now_us: int) -> tuple[tuple[str, str], ...]:
        """What people wrote lately, also those who have left since."""
        lines = self._new_lines(now_us)
        self._authors = {
            line.number: names.get(line.person_id) or self._authors.get(line.number, "…")
            for line in lines
        }
        return tuple((self._authors[line.number], line.text) for line in lines)

    def _new_lines(self, now_us: int) -> list[Line]:
        lines = self._host.actions.hands.lines
        return [line for line in lines if now_us - line.at_us < _SHOWN_US]

    def said_first(self) -> tuple[str, int]:
        """Whose hand is up longest ("": nobody's), and the first line that is shown (0: none)."""
        hand = next((each.person_id for each in self._host.actions.hands.hands), "")
        lines = self._new_lines(clock_us())[-MOST_LINES:]
        return hand, lines[0].number if lines else 0

    def number_of(self, person_id: str) -> int:
        """The number of that person."""
        if person_id not in self._numbers:
            self._numbers[person_id] = next(self._next_number)
        return self._numbers[person_id]

    def person_numbers(self) -> dict[int, str]:
        """The ids of those who are here, by their numbers. Forgets those who are not."""
        here = [person.person_id for person in self._host.actions.people]
        self._numbers = {each: self.number_of(each) for each in here}
        return {number: person_id for person_id, number in self._numbers.items()}

    def newcomer(self) -> str:
        """The id of the first who waits; "" for none."""
        return next((each.person_id for each in self._host.actions.newcomers(clock_us())), "")

    def request(self) -> str:
        """The id of the first who asks for something; "" for nobody."""
        return next((each.person_id for each in self._host.actions.requests), "")

    def link_name(self, link_id: str) -> str:
        """What people call that link."""
        fixed = {VIEWER: "link-viewer", HOST: "link-host-name"}
        if link_id in fixed:
            return self._words(fixed[link_id])
        links = {link.link_id: link.name for link in self._host.actions.links}
        return links.get(link_id) or link_id[:8]

    def _marks(self) -> tuple[str, ...]:
        actions = self._host.actions
        switched = {
            "is-paused": actions.broadcast.is_paused,
            "is-blanked": actions.broadcast.is_blanked,
            "is-recording": self._host.recordings.is_recording,
            "is-sending": any(each.state == "sending" for each in self._host.outputs.all),
            "is-muted": actions.broadcast.is_muted,
            "is-locked": actions.is_locked,
            "approves": actions.approves,
            "hands-are-off": not actions.hands.is_on,
            "voices-are-off": not actions.voices.now.is_on,
        }
        return tuple(self._words(key) for key, is_on in switched.items() if is_on)

    def _shown(self, stream: Stream) -> Shown:
        status, stats = stream.status, stream.stats
        detail = self._words.translated(status.detail)
        trouble = self._words.find(f"state-{status.reason}", detail)
        return Shown(
            self._words.label(stream.name),
            stats.encoder,
            stats.encoded_fps,
            stats.bitrate_bps,
            stats.encode_us,
            "" if status.state == "live" else trouble,
        )

    def _watcher(self, row: PersonRow) -> Watcher:
        watched = row.viewers[0] if row.viewers else None
        return Watcher(
            self.number_of(row.person),
            row.name,
            row.address,
            self.link_name(row.link),
            watched.report.fps if watched else None,
            watched.report.latency_us if watched else None,
            (watched.rendition or "") if watched else "",
            watched.limit if watched else "",
            row.hand_since_us is not None,
        )


def _bitrate(stream: Stream) -> int:
    return stream.stats.bitrate_bps if stream.status.state == "live" else 0

