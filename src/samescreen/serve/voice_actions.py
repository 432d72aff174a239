"""The host's say over voices: mute everybody, mute one. Event loop."""

from __future__ import annotations

from collections.abc import Callable

from samescreen.hub.people import People
from samescreen.hub.voices import Voices


class VoiceActions:
    """`did` keeps each act: its kind, and what it is about. This class keeps nothing itself."""

    def __init__(self, people: People, did: Callable[..., None]) -> None:
        self._people = people
        self._did = did

    @property
    def now(self) -> Voices:
        """Who speaks, and who may not. Only to be read."""
        return self._people.voices

    def switch(self, is_on: bool, now_us: int) -> None:
        """Let people with the grant speak, or mute all of them at once."""
        self._people.voices.switch(is_on, now_us)
        self._did("voices" if is_on else "voices-off")

    def mute(self, person_id: str, is_muted: bool, now_us: int) -> bool:
        """Mute this person's voice, or let them speak again. False: they are not here."""
        person = self._people.find(person_id)
        if person is None and is_muted:
            return False
        self._people.voices.mute(person_id, is_muted, now_us)
        address = person.address if person else ""
        self._did("voice-mute" if is_muted else "voice-unmute", person=person_id, address=address)
        return True
