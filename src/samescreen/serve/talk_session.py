"""/ws/talk: the voice of one page, and the voices that it hears. Event loop.

`GrantedSession` has checked that the person may watch; this session checks the grant `talk` at each
packet. A packet that comes too fast is left out; damaged ones close the connection, as soon as they
are more than a bad link makes.
"""

from __future__ import annotations

from typing import Final

from samescreen.clock import clock_us
from samescreen.closing import CloseCode
from samescreen.errors import ProtocolError
from samescreen.gate.rates import Patience
from samescreen.gate.refusal import Reason, Unfit
from samescreen.gate.voice import VoiceGate
from samescreen.grants import Grant, lack_of
from samescreen.hub.people import People, Person, Verdict
from samescreen.hub.shown import Shown
from samescreen.subscribe.transport import Transport
from samescreen.wire.outgoing import Outgoing
from samescreen.wire.talk import Hear, talker_message, voice_from_bytes

from .counted_session import CountedSession

TALK_FRAMES_PER_S: Final = 300
_BACKLOG_BYTES: Final = 4096
"""About a second of one voice. What waits longer is too late to be heard."""


class TalkSession(CountedSession):
    """One connection that speaks, listens, or both."""

    def __init__(
        self, people: People, person: Person, address: str, transport: Transport
    ) -> None:
        super().__init__(address, transport, TALK_FRAMES_PER_S)
        self._voices = people.voices
        self._person = person
        now_us = clock_us()
        self._gate = VoiceGate(now_us)
        self._patience = Patience(now_us)
        self._voices.enter(self, person.person_id)

    def _take(self, message: str | bytes, now_us: int) -> None:
        if isinstance(message, bytes):
            self._speak(message, now_us)
        else:
            self._read(message, now_us)

    def _read(self, text: str, now_us: int) -> None:
        message = talker_message(text)
        if isinstance(message, Hear):
            self._voices.set_hearing(self, message.codec)
        else:
            self._voices.hush(self._person.person_id, now_us)

    def _speak(self, message: bytes, now_us: int) -> None:
        verdict = self._person.judge(Grant.TALK, now_us)
        if verdict is Verdict.CLOSE:
            self.dismiss(CloseCode.FORBIDDEN, lack_of(Grant.TALK))
        if verdict is not Verdict.TAKE:
            return
        try:
            voice = self._gate.take(voice_from_bytes(message), now_us)
        except Unfit as unfit:
            if unfit.refusal.reason is not Reason.TOO_FAST and self._patience.is_over(now_us):
                raise ProtocolError(unfit.refusal.detail) from None
            return
        self._voices.speak(self._person.person_id, voice, now_us)

    def send_voice(self, outgoing: Outgoing) -> None:
        """Send a packet of somebody's voice, unless the connection is behind."""
        if not self._is_over:
            self.send_unless_behind(outgoing, _BACKLOG_BYTES)

    def send_grants(self, grants: frozenset[Grant]) -> None:
        """Without the grant the person is silent at once; listening goes on."""
        if Grant.TALK not in grants:
            self._voices.hush(self._person.person_id, clock_us())

    def show(self, shown: Shown) -> None:
        """Nothing: the page's other connection shows it."""

    def _let_go(self, *, is_cut: bool) -> None:
        self._voices.leave(self, clock_us())
