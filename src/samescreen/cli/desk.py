"""What each key does to the host. Event loop.

`do` acts at once; what may take time (sources, the clipboard) runs in the order in which it was
asked for, and does not delay the other keys.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from samescreen.aside import waited_for
from samescreen.capture.hiding import CaptureRules
from samescreen.clock import clock_us
from samescreen.errors import UsageError
from samescreen.host import Host
from samescreen.labels import sentence
from samescreen.serve.host_actions import HostActions
from samescreen.serve.host_tickets import TICKET_LIFE_S
from samescreen.serve.site import now_s
from samescreen.tunnelled import Tunnelled

from .clipboard import copied, osc_52
from .controls import END, Deed, chosen_number
from .next_source import NextSource
from .other_hosts import TERMINAL
from .showing import Showing
from .switching import give_back, switch
from .talk import Talk
from .words import Words

_log = logging.getLogger(__name__)

Slow = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class OnScreen:
    """What the panel showed last: keys mean that, also when it has changed since.

    `numbers` are those of the people. `newcomer`: the id of the first who waits, `request`: of the
    first who asks for something, "" for nobody. `hand`: the id of the person whose hand is up
    longest, `line`: the number of the first line, 0 for none. `phone`: the ticket on the sheet for
    a phone, "" for none.
    """

    numbers: dict[int, str] = field(default_factory=dict)
    newcomer: str = ""
    request: str = ""
    hand: str = ""
    line: int = 0
    phone: str = ""


class Desk:
    """Acts for the person at the terminal; `say` prints a sentence, `send` bare text.

    `sources`: what was shared at first, as it was typed. `quit` ends the share. `tunnelled`: by
    which people on the internet come; None: they do not.
    """

    def __init__(
        self,
        host: Host,
        words: Words,
        rules: CaptureRules,
        sources: Sequence[str],
        say: Callable[[str], None],
        send: Callable[[str], None],
        quit: Callable[[], None],
        tunnelled: Tunnelled | None = None,
    ) -> None:
        self.on_screen = OnScreen()
        self._tunnelled = tunnelled
        self._host = host
        self._words = words
        self._rules = rules
        self._say = say
        self._send = send
        self._slow: asyncio.Queue[Slow] = asyncio.Queue()
        self._next = NextSource(sources)
        self._phone_until_s = 0
        self.showing = Showing(host, words, tunnelled)
        """What others show here."""
        self._deeds = self._all_deeds(Talk(lambda: self._actions, words, say), quit)

    def _all_deeds(
        self, talk: Talk, quit: Callable[[], None]
    ) -> dict[str, Callable[[str], None]]:
        return {
            "pause": lambda _: self._actions.pause(not self._actions.broadcast.is_paused),
            "blank": lambda _: self._actions.blank(not self._actions.broadcast.is_blanked),
            "mute": lambda _: self._actions.mute(not self._actions.broadcast.is_muted),
            "lock": lambda _: self._actions.lock(not self._actions.is_locked),
            "approve": lambda _: self._actions.approve(not self._actions.approves),
            "let-in": lambda _: self._answer(lets_in=True),
            "turn-away": lambda _: self._answer(lets_in=False),
            "end-control": lambda _: self._end_control(),
            "give-back": lambda _: self._say(give_back(self._host, self._words)),
            "put-out": self._put_out,
            "tell": lambda text: talk.tell(text, self.on_screen.numbers),
            "done": lambda _: talk.done(self.on_screen.hand, self.on_screen.line),
            "hands": lambda _: talk.switch(),
            "voices": lambda _: talk.switch_voices(),
            "mute-one": lambda text: talk.mute(text, self.on_screen.numbers),
            "record": lambda _: self._record(),
            "next": lambda _: self._slow.put_nowait(self._share_next),
            "source": lambda text: self._slow.put_nowait(partial(self._share, text)),
            "copy": lambda _: self._slow.put_nowait(self._copy),
            "phone": lambda _: self._make_ticket(),
            "show-me": self._show_me,
            "ask-show": self._ask_to_show,
            "to-all": lambda text: self._say(self.showing.to_all(text)),
            "quit": lambda _: quit(),
        }

    @property
    def _actions(self) -> HostActions:
        return self._host.actions

    def do(self, deed: Deed) -> None:
        """Do it, or begin to; what the panel does not show is said in a sentence."""
        try:
            self._deeds[deed.name](deed.text)
        except UsageError as error:
            self._say(sentence(self._words.translated(str(error))))

    async def work(self) -> None:
        """Do what takes time, one after the other. Runs until it is cancelled."""
        while True:
            slow = await self._slow.get()
            try:
                await slow()
            except UsageError as error:
                self._say(sentence(self._words.translated(str(error))))
            except Exception:  # the next key must still work
                _log.exception("a key could not do what it should")

    # People

    def _answer(self, *, lets_in: bool) -> None:
        waiting = {each.person_id: each for each in self._actions.newcomers(clock_us())}
        newcomer = waiting.get(self.on_screen.newcomer)
        if newcomer is None:
            self._answer_request(is_yes=lets_in)
            return
        self.on_screen.newcomer = ""
        if lets_in:
            self._actions.let_in(newcomer.person_id)
        else:
            self._actions.put_out(newcomer.person_id, now_s())
        said = "let-in" if lets_in else "turned-away"
        self._say(self._words(said, address=newcomer.address))

    def _answer_request(self, *, is_yes: bool) -> None:
        """What the person asks for: yes or no. A yes while a viewer acts here is refused."""
        person, self.on_screen.request = self.on_screen.request, ""
        if not person or not self._actions.answer(person, is_yes):
            self._say(self._words("nobody-waits"))

    def _end_control(self) -> None:
        if self._actions.controller is None:
            self._say(self._words("nobody-acts"))
        else:
            self._actions.end_control()
            self._say(self._words("control-ended"))

    def _put_out(self, text: str) -> None:
        chosen = self.on_screen.numbers.get(chosen_number(text) or 0)
        person = next((each for each in self._actions.people if each.person_id == chosen), None)
        if person is None:
            self._say(self._words("no-such-person", number=sentence(text)))
            return
        self._actions.put_out(person.person_id, now_s())
        who = f"{person.name} ({person.address})" if person.name else person.address
        self._say(self._words("put-out", who=who))

    def _record(self) -> None:
        """Begin to record the first stream, or end the recording that runs or begins."""
        recordings = self._host.recordings
        file = recordings.first
        if file is None and not recordings.is_beginning:
            self._slow.put_nowait(self._begin_recording)
            return
        recordings.stop()
        if file is not None:
            self._say(self._words("recorded", path=file))
            self._host.hub.acts.did(TERMINAL, "record-off", name=file.name)

    def _make_ticket(self) -> None:
        self.on_screen.phone = self._actions.new_host_ticket(now_s())
        self._phone_until_s = now_s() + TICKET_LIFE_S

    def _show_me(self, text: str) -> None:
        self._say(self.showing.end_link() if text == END else self.showing.new_link())

    def _ask_to_show(self, text: str) -> None:
        person = self.on_screen.numbers.get(chosen_number(text) or 0, "")
        self._say(self.showing.ask(person, text))

    def phone_link(self) -> str:
        """The link of the ticket for a phone; encrypted, where there is a certificate."""
        scheme = "http" if self._host.tls is None else "https"
        return self._host.links_with(self.on_screen.phone, scheme, page="host").best

    def phone_seconds(self) -> int:
        """How long the ticket can still be used."""
        return max(self._phone_until_s - now_s(), 0)

    def is_phone_awaited(self) -> bool:
        """Whether the ticket can still be used; without one, False."""
        ticket = self.on_screen.phone
        if not ticket or self._host.gatekeeper.host_tickets.holds(ticket, now_s()):
            return bool(ticket)
        self.on_screen.phone = ""
        return False

    # What takes time

    async def _share(self, line: str) -> None:
        shared, showing = self._next.shared, self.showing
        said = await switch(self._host, line, self._rules, self._words, shared, showing)
        self._say(sentence(said))

    async def _begin_recording(self) -> None:
        file = await self._host.recordings.begin()
        self._say(self._words("recording-to", path=file))
        self._host.hub.acts.did(TERMINAL, "record", name=file.name)

    async def _share_next(self) -> None:
        source = await self._next.find()
        if source is None:
            self._say(self._words("no-next"))
        else:
            await self._share(source)

    async def _copy(self) -> None:
        public = "" if self._tunnelled is None else self._tunnelled.link
        link = public or self._host.links.best
        is_copied = await waited_for(partial(copied, link), "the clipboard")
        self._send(osc_52(link) + self._words("copied" if is_copied else "sent-copy", link=link))
