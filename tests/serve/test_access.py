"""Who gets in: secrets, cookies, waiting times."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.serve.access import COOKIE_SECONDS, Credentials, Gatekeeper, bearer_in, new_pin
from samescreen.serve.links import new_token

SECOND_US = 1_000_000
START_US = 10**12
NOW_S = 1_700_000_000
TOKEN, PIN = "a-token-for-tests", "314159"


def keeper(token: str = TOKEN) -> Gatekeeper:
    """A gatekeeper whose token counts as drawn, so that no example has to derive a slow key."""
    return Gatekeeper(Credentials(token, PIN, key=token.encode()))


def own_keeper(token: str) -> Gatekeeper:
    """A gatekeeper with a token that a person chose."""
    return Gatekeeper(Credentials.of(token, PIN))


def cookie_of(gate: Gatekeeper) -> str:
    """The cookie of a person who logged in with the viewer link."""
    proof = gate.login(gate.token, "a", START_US, NOW_S)
    assert proof is not None
    return gate.cookie(proof, NOW_S)


def knows(gate: Gatekeeper, value: str, now_s: int = NOW_S) -> bool:
    return gate.proof_in(value, now_s) is not None


# --- secrets --------------------------------------------------------------------------------------


def test_secrets_are_long_enough_and_never_the_same() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(re.fullmatch(r"[\w-]{22}", token) for token in tokens)
    pins = {new_pin() for _ in range(200)}
    assert all(re.fullmatch(r"[0-9]{6}", pin) for pin in pins)
    assert len(pins) > 150


@pytest.mark.parametrize("secret", [TOKEN, PIN])
def test_token_and_pin_both_let_in(secret: str) -> None:
    assert keeper().login(secret, "a", START_US, NOW_S)


@pytest.mark.parametrize("secret", ["", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), PIN[:-1], "同屏"])
def test_anything_else_does_not(secret: str) -> None:
    assert not keeper().login(secret, "a", START_US, NOW_S)


# --- cookies --------------------------------------------------------------------------------------


def test_a_cookie_is_valid_until_it_expires() -> None:
    gate = keeper()
    cookie = cookie_of(gate)
    assert knows(gate, cookie, NOW_S)
    assert knows(gate, cookie, NOW_S + COOKIE_SECONDS - 1)
    assert not knows(gate, cookie, NOW_S + COOKIE_SECONDS)


def test_a_cookie_outlives_a_restart_but_not_another_token() -> None:
    cookie = cookie_of(keeper())
    assert knows(keeper(), cookie, NOW_S)
    assert not knows(keeper("another-token"), cookie, NOW_S)


def test_a_cookie_does_not_contain_the_secrets() -> None:
    cookie = cookie_of(keeper())
    assert TOKEN not in cookie
    assert PIN not in cookie


@given(st.integers(0, 200), st.integers(1, 21))
def test_a_forged_cookie_is_not_valid(place: int, step: int) -> None:
    letters = "0123456789abcdefghost."
    gate = keeper()
    good = cookie_of(gate)
    at = place % len(good)
    other = letters[(letters.find(good[at]) + step) % len(letters)]
    assert other != good[at]
    forged = good[:at] + other + good[at + 1 :]
    assert not knows(gate, forged, NOW_S)
    assert not knows(gate, good[:at], NOW_S)


@given(st.text(max_size=60))
def test_garbage_is_not_a_valid_cookie(value: str) -> None:
    assert not knows(keeper(), value, NOW_S)


def test_a_cookie_cannot_be_prolonged() -> None:
    link, person, expires, signature = cookie_of(keeper()).split(".")
    assert knows(keeper(), f"{link}.{person}.{expires}.{signature}")
    for other in (str(NOW_S * 10), "-1", "", " ", "9" * 400):
        assert not knows(keeper(), f"{link}.{person}.{other}.{signature}")


# --- where cookies get their key from -------------------------------------------------------------


def test_cookies_outlive_a_restart_only_with_a_chosen_token() -> None:
    before, after, other = (own_keeper(t) for t in ("correct-horse", "correct-horse", "other-one"))
    cookie = cookie_of(before)
    assert knows(after, cookie, NOW_S)
    assert not knows(other, cookie, NOW_S)
    drawn = Credentials.of("", "")
    assert knows(Gatekeeper(drawn), cookie_of(Gatekeeper(drawn)), NOW_S), "the same share"
    chosen = Credentials.of(drawn.token, drawn.pin)
    assert not knows(Gatekeeper(chosen), cookie_of(Gatekeeper(drawn)), NOW_S)


def test_guessing_the_token_from_a_cookie_is_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is made by scrypt with 32 MiB, and only once."""
    made: list[dict[str, int]] = []
    scrypt = hashlib.scrypt

    def counted(token: bytes, **cost: Any) -> bytes:
        made.append(cost)
        return scrypt(token, **cost)

    monkeypatch.setattr(hashlib, "scrypt", counted)
    gate = own_keeper("correct-horse")
    gate.prepare()
    for _ in range(3):
        assert knows(gate, cookie_of(gate), NOW_S)
    (cost,) = made
    assert 128 * cost["n"] * cost["r"] >= 32 * 2**20


def test_empty_secrets_become_random_ones() -> None:
    assert Credentials.of("", PIN).is_unguessable
    assert not Credentials.of("x" * 128, PIN).is_unguessable, "however long"
    drawn = Credentials.of("", "")
    assert len(drawn.token) == 22
    assert (drawn.token not in repr(drawn), drawn.pin not in repr(drawn)) == (True, True)


# --- bearer ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", [f"Bearer {TOKEN}", f"bearer {TOKEN}", f"BEARER  {TOKEN} "])
def test_the_secret_of_a_bearer_header_is_found(header: str) -> None:
    assert bearer_in(header) == TOKEN


@pytest.mark.parametrize("header", [None, "", f"Basic {TOKEN}", TOKEN, f"Bearer{TOKEN}"])
def test_other_headers_have_no_bearer(header: str | None) -> None:
    assert bearer_in(header) is None


def test_the_pin_is_not_a_bearer_token() -> None:
    for secret in ("", PIN, "wrong"):
        assert not keeper().proof_by_token(secret, "a", START_US, NOW_S)


def test_wrong_bearer_tokens_cost_time_too() -> None:
    gate = own_keeper("a-long-token-that-a-person-chose")
    for _ in range(10):
        gate.proof_by_token("wrong-guess", "a", START_US, NOW_S)
    assert gate.wait_us(PIN, "a", START_US) > 0
    assert not gate.proof_by_token(gate.token, "a", START_US, NOW_S), "even the right one"
    assert gate.proof_by_token(gate.token, "b", START_US, NOW_S)


@pytest.mark.parametrize("token", ["short-one", "samescreen-demo-2026", "x" * 128])
def test_a_waiting_address_learns_nothing_about_a_chosen_token(token: str) -> None:
    gate = own_keeper(token)
    for _ in range(10):
        gate.login("000000", "a", START_US, NOW_S)
    waits = {gate.wait_us(guess_, "a", START_US) for guess_ in (token, PIN, "wrong", token[:-1])}
    assert len(waits) == 1
    assert waits.pop() > 0


def test_the_right_unguessable_token_never_waits() -> None:
    gate = keeper()
    for number in range(200):
        gate.login("000000", "a", START_US, NOW_S)
        gate.login("000000", f"10.0.0.{number}", START_US, NOW_S)
    assert gate.wait_us(TOKEN, "a", START_US) == 0
    assert gate.proof_by_token(TOKEN, "a", START_US, NOW_S)
    for guess_ in (PIN, "000000", TOKEN[:-1], ""):
        assert gate.wait_us(guess_, "a", START_US) > 0
    for address_ in ("b", "10.0.0.7"):
        assert gate.wait_us(PIN, address_, START_US) > 0


@pytest.mark.parametrize("kind", ["login", "cookie", "bearer"])
def test_text_that_is_not_unicode_is_a_wrong_secret(kind: str) -> None:
    gate = keeper()
    odd = "\ud800\udcff"
    if kind == "login":
        assert not gate.login(odd, "a", START_US, NOW_S)
    elif kind == "cookie":
        assert not knows(gate, f"1{odd}.2{odd}", NOW_S)
    else:
        assert not gate.proof_by_token(odd, "a", START_US, NOW_S)
