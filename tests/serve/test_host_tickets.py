"""Tickets for a phone: each opens the host link once, within a minute."""

from __future__ import annotations

from samescreen.hub.hub import Hub
from samescreen.serve.access import Credentials, Gatekeeper
from samescreen.serve.host_actions import HostActions
from samescreen.serve.host_tickets import MOST_TICKETS, TICKET_LIFE_S, HostTickets
from samescreen.serve.links import HOST

START_US = 10**12
NOW_S = 1_700_000_000
PHONE = "192.0.2.44"


def keeper() -> Gatekeeper:
    return Gatekeeper(Credentials("a-token-for-tests", "314159", bytes(32), "h" * 22, b"h" * 32))


def ticket_of(gate: Gatekeeper) -> tuple[str, Hub]:
    hub = Hub(lambda: START_US)
    return HostActions(gate, hub, "terminal").new_host_ticket(NOW_S), hub


def test_a_ticket_opens_the_host_link_once() -> None:
    gate = keeper()
    ticket, _ = ticket_of(gate)
    proof = gate.login(ticket, PHONE, START_US, NOW_S + 1)
    assert proof is not None
    assert proof.link.link_id == HOST
    assert gate.login(ticket, PHONE, START_US, NOW_S + 2) is None, "it was used"


def test_a_ticket_that_nobody_used_ends_after_a_minute() -> None:
    gate = keeper()
    ticket, _ = ticket_of(gate)
    assert gate.login(ticket, PHONE, START_US, NOW_S + TICKET_LIFE_S) is None


def test_a_phone_behind_an_address_that_guessed_wrong_does_not_wait() -> None:
    gate = keeper()
    for _ in range(10):
        gate.login("a-wrong-guess", PHONE, START_US, NOW_S)
    ticket, _ = ticket_of(gate)
    assert gate.wait_us("a-wrong-guess", PHONE, START_US, NOW_S) > 0
    assert gate.wait_us(ticket, PHONE, START_US, NOW_S) == 0


def test_each_ticket_is_an_act_of_the_host_that_shows_no_secret() -> None:
    ticket, hub = ticket_of(keeper())
    (act,) = hub.acts.since(0)
    assert (act.actor, act.kind) == ("terminal", "host-ticket")
    assert ticket not in str(act)


def test_only_the_newest_tickets_are_valid() -> None:
    tickets = HostTickets()
    made = [tickets.new(NOW_S) for _ in range(MOST_TICKETS + 1)]
    assert [tickets.holds(each, NOW_S) for each in made] == [False] + [True] * MOST_TICKETS
