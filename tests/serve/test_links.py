"""Links and the gatekeeper: grants, ends, uses, the lock, and people who were put out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.errors import Refused, UsageError
from samescreen.grants import EVERYTHING, FOR_LINKS, WATCH_ONLY, Grant, grants_from, words_of
from samescreen.hub.hub import Hub
from samescreen.serve.access import COOKIE_SECONDS, Credentials, Gatekeeper, Proof
from samescreen.serve.host_actions import HostActions, NewLink
from samescreen.serve.links import HOST, MOST_LINKS, VIEWER, LinkTable, drawn_link

START_US = 10**12
NOW_S = 1_700_000_000
TOKEN, PIN, HOST_TOKEN = "a-token-for-tests", "314159", "a-host-token-for-tests"
HERE, THERE = "10.0.0.7", "10.0.0.8"


def keeper(*, is_open: bool = False) -> Gatekeeper:
    """A gatekeeper whose tokens count as drawn, so that no key has to be derived."""
    credentials = Credentials(TOKEN, PIN, bytes(32), HOST_TOKEN, b"h" * 32)
    return Gatekeeper(credentials, is_open=is_open)


def log_in(gate: Gatekeeper, secret: str, address: str = HERE, now_s: int = NOW_S) -> Proof:
    proof = gate.login(secret, address, START_US, now_s)
    assert proof is not None
    return proof


def actions_of(gate: Gatekeeper) -> HostActions:
    return HostActions(gate, Hub(lambda: START_US), "a test")


# --- grants ---------------------------------------------------------------------------------------


def test_grants_become_words_and_words_become_grants() -> None:
    assert grants_from(words_of(EVERYTHING)) == EVERYTHING
    assert grants_from("watch") == WATCH_ONLY, "one word is a list of one"
    for wrong in (["look"], [None], [["watch"]], [1]):
        with pytest.raises(UsageError, match="grants are: "):
            grants_from(wrong)  # type: ignore[arg-type]


def test_token_and_pin_give_the_viewer_link_and_never_the_host_grant() -> None:
    gate = keeper()
    for secret in (TOKEN, PIN):
        proof = log_in(gate, secret)
        assert proof.link.link_id == VIEWER
        assert proof.link.grants == WATCH_ONLY
        assert Grant.HOST not in proof.link.may_ask
    assert log_in(gate, HOST_TOKEN).link.grants == EVERYTHING


def test_without_access_control_only_the_host_link_gives_the_host_grant() -> None:
    gate = keeper(is_open=True)
    for secret in ("anything", "", TOKEN, PIN):
        assert log_in(gate, secret).link.grants == WATCH_ONLY
    assert gate.proof_of_anybody(HERE).link.grants == WATCH_ONLY
    assert log_in(gate, HOST_TOKEN).link.grants == EVERYTHING


def test_without_access_control_a_chosen_host_token_cannot_be_guessed_fast() -> None:
    gate = Gatekeeper(Credentials(TOKEN, PIN, bytes(32), HOST_TOKEN, None), is_open=True)
    for _ in range(10):
        gate.login("a-wrong-guess", HERE, START_US, NOW_S)
    assert log_in(gate, HOST_TOKEN).link.link_id == VIEWER, "not even the right one counts now"
    assert gate.wait_us("a-wrong-guess", HERE, START_US) == 0, "and nobody waits"
    assert log_in(gate, HOST_TOKEN, THERE).link.link_id == HOST


# --- cookies --------------------------------------------------------------------------------------


def test_a_cookie_names_link_and_person() -> None:
    gate = keeper()
    proof = log_in(gate, TOKEN)
    shown = gate.proof_in(gate.cookie(proof, NOW_S), NOW_S)
    assert shown is not None
    assert (shown.link, shown.person_id) == (proof.link, proof.person_id)
    assert shown.until_s == NOW_S + COOKIE_SECONDS


def test_each_login_is_a_new_person_unless_the_browser_has_a_cookie() -> None:
    gate = keeper()
    one, other = log_in(gate, TOKEN), log_in(gate, TOKEN)
    assert one.person_id != other.person_id
    again = gate.login(TOKEN, HERE, START_US, NOW_S, shown=one)
    assert again is not None
    assert again.person_id == one.person_id
    by_host_link = gate.login(HOST_TOKEN, HERE, START_US, NOW_S, shown=one)
    assert by_host_link is not None
    assert by_host_link.person_id != one.person_id, "another link, another person"


def test_a_cookie_is_valid_for_one_port_and_path() -> None:
    gate = keeper()
    cookie = gate.cookie(log_in(gate, TOKEN), NOW_S, "9000/one")
    assert gate.proof_in(cookie, NOW_S, "9000/one")
    for place in ("9001/one", "9000/other", "9000", ""):
        assert gate.proof_in(cookie, NOW_S, place) is None


def test_a_cookie_cannot_be_changed_to_another_link() -> None:
    gate = keeper()
    cookie = gate.cookie(log_in(gate, TOKEN), NOW_S)
    assert cookie.startswith("viewer.")
    assert gate.proof_in("host" + cookie.removeprefix("viewer"), NOW_S) is None


@pytest.mark.parametrize("old", ["1700040000.0a1b2c", "", ".", "..", "...", "viewer", "viewer.x.9"])
def test_cookies_of_earlier_versions_are_not_valid(old: str) -> None:
    assert keeper().proof_in(old, NOW_S) is None


@given(st.text(max_size=60) | st.from_regex(r"(viewer|host)\.[a-z0-9.]{0,30}", fullmatch=True))
def test_garbage_is_not_a_valid_cookie(value: str) -> None:
    assert keeper().proof_in(value, NOW_S) is None


# --- links that end -------------------------------------------------------------------------------


def test_a_link_ends_at_its_time_with_its_cookies() -> None:
    gate = keeper()
    link = actions_of(gate).new_link(NewLink(expires_in_s=60), NOW_S)
    proof = log_in(gate, link.secret)
    cookie = gate.cookie(proof, NOW_S)
    assert gate.until_s(proof, NOW_S) == NOW_S + 60, "a cookie outlives no link"
    assert gate.proof_in(cookie, NOW_S + 59)
    assert gate.proof_in(cookie, NOW_S + 60) is None
    assert gate.login(link.secret, HERE, START_US, NOW_S + 60) is None
    assert gate.proof_by_token(link.secret, HERE, START_US, NOW_S + 60) is None
    assert [each.link_id for each in gate.links.end_expired(NOW_S + 60)] == [link.link_id]
    assert gate.links.end_expired(NOW_S + 60) == []


@given(st.integers(1, 5), st.integers(0, 8))
def test_a_link_with_uses_lets_in_that_many_people(uses: int, tries: int) -> None:
    gate = keeper()
    link = actions_of(gate).new_link(NewLink(uses=uses), NOW_S)
    people = [gate.login(link.secret, HERE, START_US, NOW_S) for _ in range(tries)]
    assert [person is not None for person in people] == [n < uses for n in range(tries)]
    if people and people[0] is not None:
        again = gate.login(link.secret, HERE, START_US, NOW_S, shown=people[0])
        assert again is not None, "a person who is in uses up no further login"
    assert gate.proof_by_token(link.secret, HERE, START_US, NOW_S) is None, "only for logins"


def test_a_new_viewer_link_ends_the_old_one_and_its_pin() -> None:
    gate = keeper()
    cookie = gate.cookie(log_in(gate, TOKEN), NOW_S)
    of_host = gate.cookie(log_in(gate, HOST_TOKEN), NOW_S)
    link = actions_of(gate).new_viewer_link()
    assert gate.proof_in(cookie, NOW_S) is None
    assert gate.proof_in(of_host, NOW_S), "the host's cookie stays valid"
    assert gate.login(TOKEN, HERE, START_US, NOW_S) is None
    assert gate.pin == PIN or gate.login(PIN, HERE, START_US, NOW_S) is None
    assert gate.token == link.secret
    for secret in (link.secret, gate.pin):
        assert log_in(gate, secret, THERE).link.grants == WATCH_ONLY
    assert link.secret not in repr(gate.credentials)
    assert link.secret not in repr(link)


def test_new_links_are_checked() -> None:
    for wrong in (
        {"grants": ["host"]},
        {"may_ask": ["host"]},
        {"grants": ["look"]},
        {"grants": 1},
        {"expires_in_s": 0},
        {"expires_in_s": 1.5},
        {"expires_in_s": True},
        {"uses": 0},
        {"uses": "many"},
        {"name": 1},
    ):
        with pytest.raises(UsageError):
            NewLink.of(**wrong)
    wanted = NewLink.of("  Anna\n", ["watch", "point"], FOR_LINKS, 60, 3)
    assert (wanted.name, wanted.uses) == ("Anna", 3)


def test_the_number_of_links_is_limited() -> None:
    actions = actions_of(keeper())
    for _ in range(MOST_LINKS - len(actions.links)):
        actions.new_link(NewLink(), NOW_S)
    with pytest.raises(UsageError, match="end one of them first"):
        actions.new_link(NewLink(), NOW_S)


def test_the_two_links_of_the_start_cannot_be_ended() -> None:
    gate = keeper()
    actions = actions_of(gate)
    for link_id in (HOST, VIEWER, actions.new_viewer_link().link_id):
        with pytest.raises(UsageError):
            actions.end_link(link_id)
    assert actions.end_link("nothing") is False


def test_a_drawn_link_never_waits_and_a_wrong_secret_does() -> None:
    gate = keeper()
    link = actions_of(gate).new_link(NewLink(), NOW_S)
    for _ in range(10):
        gate.login("000000", HERE, START_US, NOW_S)
    assert gate.wait_us(link.secret, HERE, START_US, NOW_S) == 0
    assert gate.wait_us(HOST_TOKEN, HERE, START_US, NOW_S) == 0
    assert gate.wait_us(PIN, HERE, START_US, NOW_S) > 0


def test_a_lookup_compares_every_link(monkeypatch: pytest.MonkeyPatch) -> None:
    """So the duration of a login does not reveal which link a secret resembles."""
    compared: list[str] = []
    links = [drawn_link() for _ in range(5)]
    table = LinkTable(links)

    def counting(one: str, other: str) -> bool:
        compared.append(other)
        return one == other

    monkeypatch.setattr("samescreen.serve.links.is_equal", counting)
    assert table.by_secret(links[0].secret, NOW_S) == links[0]
    assert len(compared) == len(links)


# --- the lock, and who was put out ----------------------------------------------------------------


def test_a_locked_host_lets_in_the_host_and_people_with_a_cookie() -> None:
    gate = keeper()
    inside = log_in(gate, TOKEN)
    cookie = gate.cookie(inside, NOW_S)
    actions_of(gate).lock()
    for secret in (TOKEN, PIN):
        with pytest.raises(Refused) as refused:
            gate.login(secret, HERE, START_US, NOW_S)
        assert (refused.value.status, refused.value.cause) == (403, "locked")
    with pytest.raises(Refused):
        gate.proof_by_token(TOKEN, HERE, START_US, NOW_S)
    assert gate.login("wrong", HERE, START_US, NOW_S) is None, "it reveals no lock"
    assert gate.proof_in(cookie, NOW_S)
    assert gate.login(TOKEN, HERE, START_US, NOW_S, shown=inside)
    assert log_in(gate, HOST_TOKEN).link.link_id == HOST
    actions_of(gate).lock(False)
    assert log_in(gate, TOKEN)


def test_a_locked_host_without_access_control_lets_nobody_else_in_either() -> None:
    gate = keeper(is_open=True)
    actions_of(gate).lock()
    with pytest.raises(Refused):
        gate.proof_of_anybody(HERE)
    with pytest.raises(Refused):
        gate.login("anything", HERE, START_US, NOW_S)


def test_a_person_put_out_is_barred_until_the_host_lets_them_back() -> None:
    gate = keeper()
    proof = log_in(gate, TOKEN)
    cookie = gate.cookie(proof, NOW_S)
    gate.put_out(proof.person_id, VIEWER, HERE, NOW_S)
    assert gate.proof_in(cookie, NOW_S) is None
    for secret in (TOKEN, PIN):
        with pytest.raises(Refused) as refused:
            gate.login(secret, HERE, START_US, NOW_S)
        assert refused.value.cause == "held"
    with pytest.raises(Refused):
        gate.proof_by_token(TOKEN, HERE, START_US, NOW_S)
    assert log_in(gate, TOKEN, THERE), "others come in"
    gate.let_back(VIEWER, HERE)
    assert log_in(gate, TOKEN)
    assert gate.proof_in(cookie, NOW_S) is None, "the old cookie stays barred"


def test_putting_out_an_ipv6_address_bars_its_64() -> None:
    gate = keeper()
    proof = log_in(gate, TOKEN, "2001:db8::1")
    gate.put_out(proof.person_id, VIEWER, "2001:db8::1", NOW_S)
    with pytest.raises(Refused):
        gate.login(TOKEN, "2001:db8::ffff:2", START_US, NOW_S)
    assert log_in(gate, TOKEN, "2001:db8:0:1::1")


def test_a_bar_is_forgotten_once_the_cookie_has_expired() -> None:
    gate = keeper()
    first, second = log_in(gate, TOKEN), log_in(gate, TOKEN, THERE)
    gate.put_out(first.person_id, VIEWER, HERE, NOW_S)
    gate.put_out(second.person_id, VIEWER, THERE, NOW_S + COOKIE_SECONDS + 1)
    assert not gate.is_barred(first.person_id)
    assert gate.is_barred(second.person_id)
    forged = replace(first, until_s=None)
    assert gate.proof_in(gate.cookie(forged, NOW_S), NOW_S + COOKIE_SECONDS + 1) is None
