"""Who speaks, who may not, and who hears it. Event loop; time is an argument.

Each packet of a speaker is built once and goes to the /ws/talk connections of all other people. The
session has checked the grant and the packet; this module decides whether the person is muted, and
how many speak at once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, Protocol

from samescreen.wire.outgoing import Outgoing, voice_out
from samescreen.wire.talk import Hearing, Voice

TALKING_US: Final = 400_000
"""Without a packet for so long, a speaker is silent: longer than most stalls of a connection."""
LISTED_US: Final = 60_000_000
"""How long somebody stays in the list after their last word."""
MOST_AT_ONCE: Final = 4
"""More voices together nobody understands; a further one is not sent on until one ends."""
MOST_LISTED: Final = 16
_NUMBERS: Final = 255


class VoiceConnection(Hashable, Protocol):
    """One connection that speaks, listens, or both."""

    def send_voice(self, outgoing: Outgoing) -> None:
        """Send this packet, unless the connection is behind."""


class VoiceMix(Protocol):
    """Mixes all voices on this machine: for pages that decode no Opus, and for its own outputs."""

    def take(self, voice: Voice) -> None:
        """A packet of a speaker."""

    def hush(self, speaker: int) -> None:
        """The speaker is silent."""

    def serve(self, is_taken: bool) -> None:
        """Whether pages, recordings or outputs take the mix."""


class VoiceOutcome(Enum):
    """What became of a packet."""

    SENT = "sent"
    MUTED = "muted"
    CROWDED = "crowded"
    """Too many speak at once."""


@dataclass(frozen=True, slots=True)
class NamedSpeaker:
    """Somebody who speaks, or did lately, as pages show it; `name` is "" where they chose none."""

    number: int
    name: str
    is_talking: bool
    is_muted: bool


@dataclass(frozen=True, slots=True)
class Speaking:
    """One entry of the list of speakers; the list names a person by `person_id`."""

    number: int
    person_id: str
    is_talking: bool
    is_muted: bool

    def named(self, name: str) -> NamedSpeaker:
        """As pages show it."""
        return NamedSpeaker(self.number, name, self.is_talking, self.is_muted)


@dataclass(frozen=True, slots=True)
class VoiceState:
    """Who speaks, for one person. `is_on`: people may speak. `is_muted`: the host has muted this
    person; `number` is that of their voice, 0: none.
    """

    is_on: bool
    is_muted: bool
    number: int
    speakers: tuple[NamedSpeaker, ...]


@dataclass(slots=True)
class _Speaker:
    number: int
    is_talking: bool
    spoke_us: int
    is_listed: bool = True


class Voices:
    """Everybody who speaks or listens. `tick` says when the list is to be shown."""

    def __init__(self) -> None:
        self.mix: VoiceMix | None = None
        """Set while the host runs."""
        self._takers: list[Callable[[bytes], None]] = []
        self._is_on = True
        self._connections: dict[VoiceConnection, tuple[str, Hearing]] = {}
        self._speakers: dict[str, _Speaker] = {}
        self._muted: set[str] = set()
        self._last_number = 0
        self._shown: tuple[Speaking, ...] = ()
        self._is_changed = False

    # Connections

    def enter(self, connection: VoiceConnection, person_id: str) -> None:
        """A connection opened; it hears nothing yet."""
        self._connections[connection] = person_id, "none"

    def set_hearing(self, connection: VoiceConnection, hearing: Hearing) -> None:
        """Send the others' voices to this connection in that form."""
        if connection in self._connections:
            self._connections[connection] = self._connections[connection][0], hearing
            self._serve_mix()

    def leave(self, connection: VoiceConnection, now_us: int) -> None:
        """A connection is gone; may be called twice."""
        person_id, _ = self._connections.pop(connection, ("", "none"))
        if person_id and all(person_id != other for other, _ in self._connections.values()):
            self.hush(person_id, now_us)
        self._serve_mix()

    def _serve_mix(self) -> None:
        if self.mix is not None:
            self.mix.serve(self.listeners("pcm") > 0 or bool(self._takers))

    def listeners(self, hearing: Hearing) -> int:
        """How many connections hear voices in this form."""
        return sum(each == hearing for _, each in self._connections.values())

    def send_mix(self, voice: Voice) -> None:
        """Send 20 ms of the mix to those that asked for it."""
        for take in tuple(self._takers):
            take(voice.payload)
        outgoing = voice_out(voice)
        for connection, (_, hearing) in tuple(self._connections.items()):
            if hearing == "pcm":
                connection.send_voice(outgoing)

    def take_mix(self, take: Callable[[bytes], None]) -> None:
        """Give a recording or an output 20 ms of the mix at a time, 16-bit, mono.

        Only while somebody speaks.
        """
        self._takers.append(take)
        self._serve_mix()

    def leave_mix(self, take: Callable[[bytes], None]) -> None:
        """End that; may be called twice."""
        if take in self._takers:
            self._takers.remove(take)
            self._serve_mix()

    # Speaking

    def speak(self, person_id: str, voice: Voice, now_us: int) -> VoiceOutcome:
        """Send a packet of this person to everybody else, if they may be heard."""
        if not self._is_on or person_id in self._muted:
            return VoiceOutcome.MUTED
        speaker = self._speakers.get(person_id)
        if speaker is None or not speaker.is_talking:
            if sum(each.is_talking for each in self._speakers.values()) >= MOST_AT_ONCE:
                return VoiceOutcome.CROWDED
            speaker = speaker or self._new_speaker(person_id, now_us)
            speaker.is_talking = speaker.is_listed = True
            voice = replace(voice, begins=True)
        speaker.spoke_us = now_us
        self._send(person_id, replace(voice, speaker=speaker.number))
        return VoiceOutcome.SENT

    def _send(self, person_id: str, voice: Voice) -> None:
        outgoing = voice_out(voice)
        for connection, (other, hearing) in tuple(self._connections.items()):
            if hearing == "opus" and other != person_id:
                connection.send_voice(outgoing)
        if self.mix is not None:
            self.mix.take(voice)

    def _new_speaker(self, person_id: str, now_us: int) -> _Speaker:
        if len(self._speakers) >= _NUMBERS:
            silent = (who for who, each in self._speakers.items() if not each.is_talking)
            del self._speakers[min(silent, key=lambda who: self._speakers[who].spoke_us)]
        taken = {each.number for each in self._speakers.values()}
        while True:  # a number that nobody had lately
            self._last_number = self._last_number % _NUMBERS + 1
            if self._last_number not in taken:
                break
        speaker = self._speakers[person_id] = _Speaker(self._last_number, False, now_us)
        return speaker

    def number_of(self, person_id: str) -> int:
        """The number of this person's voice; 0: they have none."""
        speaker = self._speakers.get(person_id)
        return 0 if speaker is None else speaker.number

    def hush(self, person_id: str, now_us: int) -> None:
        """This person stopped to speak."""
        speaker = self._speakers.get(person_id)
        if speaker is not None and speaker.is_talking:
            speaker.is_talking, speaker.spoke_us = False, now_us
            if self.mix is not None:
                self.mix.hush(speaker.number)

    def forget(self, person_id: str) -> None:
        """This person left. Somebody who is muted stays so if they come back."""
        speaker = self._speakers.pop(person_id, None)
        if speaker is not None and self.mix is not None:
            self.mix.hush(speaker.number)

    # What the host does

    @property
    def is_on(self) -> bool:
        """Whether anybody may speak."""
        return self._is_on

    @property
    def muted(self) -> frozenset[str]:
        """The ids of those whom the host has muted."""
        return frozenset(self._muted)

    def is_muted(self, person_id: str) -> bool:
        """Whether the host has muted this person."""
        return person_id in self._muted

    def switch(self, is_on: bool, now_us: int) -> None:
        """Let people speak, or mute all of them at once."""
        self._is_on, self._is_changed = is_on, True
        if not is_on:
            for person_id in tuple(self._speakers):
                self.hush(person_id, now_us)

    def mute(self, person_id: str, is_muted: bool, now_us: int) -> None:
        """Mute one person, or let them speak again."""
        self._is_changed = True
        if is_muted:
            self._muted.add(person_id)
            self.hush(person_id, now_us)
        else:
            self._muted.discard(person_id)

    # The list

    def tick(self, now_us: int) -> bool:
        """Find out who is silent by now. Whether the list changed. A few times a second."""
        for person_id, speaker in tuple(self._speakers.items()):
            silent_us = now_us - speaker.spoke_us
            if speaker.is_talking and silent_us >= TALKING_US:
                self.hush(person_id, speaker.spoke_us)
            speaker.is_listed = silent_us < LISTED_US
        listed = self.listed
        was_changed, self._is_changed = self._is_changed or listed != self._shown, False
        self._shown = listed
        return was_changed

    def state_of(self, person_id: str, speakers: tuple[NamedSpeaker, ...]) -> VoiceState:
        """How this person sees it. `speakers`: those `listed`, with their names."""
        number = self.number_of(person_id)
        return VoiceState(self._is_on, person_id in self._muted, number, speakers)

    @property
    def listed(self) -> tuple[Speaking, ...]:
        """Who speaks, and who did lately: first who speaks, then the newest."""
        return tuple(list(self._list())[:MOST_LISTED])

    def _list(self) -> Iterator[Speaking]:
        def rank(item: tuple[str, _Speaker]) -> tuple[bool, int]:
            each = item[1]
            return not each.is_talking, each.number if each.is_talking else -each.spoke_us

        listed = (item for item in self._speakers.items() if item[1].is_listed)
        for person_id, each in sorted(listed, key=rank):
            yield Speaking(each.number, person_id, each.is_talking, person_id in self._muted)
