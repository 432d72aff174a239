"""Who is let in: secrets, cookies, back-off, Host and Origin."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.serve.access import (
    COOKIE_SECONDS,
    Backoff,
    Gatekeeper,
    HostRule,
    is_same_origin,
    new_pin,
    new_token,
    split_host,
)

SECOND_US = 1_000_000
START_US = 10**12
NOW_S = 1_700_000_000
TOKEN, PIN = "a-token-for-tests", "314159"


def keeper(token: str = TOKEN) -> Gatekeeper:
    return Gatekeeper(token, PIN)


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
    assert keeper().login(secret, "a", START_US)


@pytest.mark.parametrize("secret", ["", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), PIN[:-1], "同屏"])
def test_anything_else_does_not(secret: str) -> None:
    assert not keeper().login(secret, "a", START_US)


# --- cookies --------------------------------------------------------------------------------------


def test_a_cookie_is_known_until_it_expires() -> None:
    gate = keeper()
    cookie = gate.cookie(NOW_S)
    assert gate.knows_cookie(cookie, NOW_S)
    assert gate.knows_cookie(cookie, NOW_S + COOKIE_SECONDS - 1)
    assert not gate.knows_cookie(cookie, NOW_S + COOKIE_SECONDS)


def test_a_cookie_outlives_a_restart_but_not_another_token() -> None:
    cookie = keeper().cookie(NOW_S)
    assert keeper().knows_cookie(cookie, NOW_S)
    assert not keeper("another-token").knows_cookie(cookie, NOW_S)


def test_a_cookie_does_not_tell_the_secrets() -> None:
    cookie = keeper().cookie(NOW_S)
    assert TOKEN not in cookie
    assert PIN not in cookie


@given(st.data())
def test_a_forged_cookie_is_not_known(choose: st.DataObject) -> None:
    gate = keeper()
    good = gate.cookie(NOW_S)
    at = choose.draw(st.integers(0, len(good) - 1))
    other = choose.draw(st.sampled_from("0123456789abcdef.").filter(lambda c: c != good[at]))
    forged = good[:at] + other + good[at + 1 :]
    assert not gate.knows_cookie(forged, NOW_S)
    assert not gate.knows_cookie(good[:at], NOW_S)


@given(st.text(max_size=60))
def test_garbage_is_no_cookie(value: str) -> None:
    assert not keeper().knows_cookie(value, NOW_S)


def test_a_cookie_cannot_be_prolonged() -> None:
    _, _, signature = keeper().cookie(NOW_S).partition(".")
    for expires in (str(NOW_S * 10), "-1", "", " ", "9" * 400):
        assert not keeper().knows_cookie(f"{expires}.{signature}", NOW_S)


# --- bearer ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", [f"Bearer {TOKEN}", f"bearer {TOKEN}", f"BEARER  {TOKEN} "])
def test_a_bearer_is_known(header: str) -> None:
    assert keeper().knows_bearer(header, "a", START_US)


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", f"Basic {TOKEN}", TOKEN, f"Bearer {PIN}", "Bearer wrong"]
)
def test_what_is_no_bearer(header: str) -> None:
    assert not keeper().knows_bearer(header, "a", START_US)


def test_wrong_bearers_cost_time_too() -> None:
    gate = Gatekeeper("short-one", PIN)
    for _ in range(10):
        gate.knows_bearer("Bearer wrong-guess", "a", START_US)
    assert gate.wait_us(PIN, "a", START_US) > 0
    assert not gate.knows_bearer("Bearer short-one", "a", START_US), "not even the right one now"
    assert gate.knows_bearer("Bearer short-one", "b", START_US)


def test_who_knows_a_token_that_cannot_be_guessed_is_never_held_up() -> None:
    gate = keeper()
    for number in range(100):
        gate.login("000000", "a", START_US)
        gate.login("000000", f"10.0.0.{number}", START_US)
    assert gate.wait_us(TOKEN, "a", START_US) == 0
    assert gate.knows_bearer(f"Bearer {TOKEN}", "a", START_US)
    for guess_ in (PIN, "000000", TOKEN[:-1], ""):
        assert gate.wait_us(guess_, "a", START_US) > 0
    for address_ in ("b", "10.0.0.7"):
        assert gate.wait_us(PIN, address_, START_US) > 0


@pytest.mark.parametrize("kind", ["login", "cookie", "bearer"])
def test_what_is_not_unicode_is_merely_wrong(kind: str) -> None:
    gate = keeper()
    odd = "\ud800\udcff"
    answers = {
        "login": lambda: gate.login(odd, "a", START_US),
        "cookie": lambda: gate.knows_cookie(f"1{odd}.2{odd}", NOW_S),
        "bearer": lambda: gate.knows_bearer(f"Bearer {odd}", "a", START_US),
    }
    assert answers[kind]() is False


# --- back-off -------------------------------------------------------------------------------------


def guess(backoff: Backoff, address: str, times: int, now_us: int = START_US) -> int:
    """So many wrong guesses; how long until the next."""
    for _ in range(times):
        backoff.wrong(address, now_us)
    return backoff.wait_us(address, now_us)


def test_a_few_guesses_are_free_then_each_costs_double() -> None:
    backoff = Backoff()
    waits = [guess(backoff, "a", 1) for _ in range(16)]
    costs = [wait for wait in waits if wait]
    assert 3 <= waits.index(costs[0]) <= 5
    assert costs[0] == SECOND_US
    assert costs[1:5] == [2 * SECOND_US, 4 * SECOND_US, 8 * SECOND_US, 16 * SECOND_US]
    assert costs[-1] == 300 * SECOND_US, "and no more than five minutes"


def test_waiting_is_enough() -> None:
    backoff = Backoff()
    wait_us = guess(backoff, "a", 7)
    assert backoff.wait_us("a", START_US + wait_us - 1) == 1
    assert backoff.wait_us("a", START_US + wait_us) == 0


def test_one_address_does_not_cost_another() -> None:
    backoff = Backoff()
    assert guess(backoff, "a", 10) > 0
    assert backoff.wait_us("b", START_US) == 0


def test_the_right_secret_clears_the_address() -> None:
    backoff = Backoff()
    guess(backoff, "a", 10)
    backoff.right("a")
    assert backoff.wait_us("a", START_US) == 0
    backoff.right("never seen")


def test_many_addresses_together_slow_everybody_down_a_little() -> None:
    backoff = Backoff()
    for number in range(40):
        guess(backoff, f"10.0.0.{number}", 1)
    wait_us = backoff.wait_us("the owner", START_US)
    assert 0 < wait_us <= 2 * SECOND_US
    assert backoff.wait_us("the owner", START_US + wait_us) == 0


def test_ten_minutes_later_all_is_forgotten() -> None:
    backoff = Backoff()
    guess(backoff, "a", 4)
    for number in range(40):
        guess(backoff, f"10.0.0.{number}", 1)
    later_us = START_US + 1000 * SECOND_US
    assert backoff.wait_us("a", later_us) == 0
    assert guess(backoff, "a", 3, later_us) == 0, "the free guesses are free again"


def test_memory_is_bounded() -> None:
    backoff = Backoff()
    for number in range(30_000):
        backoff.wrong(f"{number}", START_US)
    kept = sum(backoff.wait_us(f"{n}", START_US + 3 * SECOND_US) > 0 for n in range(0, 30_000, 97))
    assert kept == 0
    guess(backoff, "29999", 10)
    assert backoff.wait_us("29999", START_US + 3 * SECOND_US) > 0
    assert len(backoff._addresses) <= 10_000


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 400)), max_size=60))
def test_a_waiting_address_gets_few_guesses(steps: list[tuple[str, int]]) -> None:
    backoff, now_us, tried = Backoff(), START_US, dict.fromkeys("abc", 0)
    for address, seconds in steps:
        now_us += seconds * SECOND_US // 100
        if not backoff.wait_us(address, now_us):
            backoff.wrong(address, now_us)
            tried[address] += 1
    span_s = (now_us - START_US) / SECOND_US
    for count in tried.values():
        assert count <= 5 or 2 ** (count - 5) - 1 <= span_s


# --- Host and Origin ------------------------------------------------------------------------------

RULE = HostRule(["Desk", "lower"], ["share.example.org", "Trailing.Example."])


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:9000",
        "localhost.:9000",
        "127.0.0.1:9000",
        "192.168.1.7",
        "[::1]:9000",
        "[fe80::1%25eth0]:9000",
        "[::ffff:10.0.0.1]",
        "desk:9000",
        "DESK.",
        "lower.local:9000",
        "a.b.localhost",
        "share.example.org:443",
        "trailing.example",
    ],
)
def test_names_it_answers_to(host: str) -> None:
    assert RULE.admits(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        ":9000",
        ".",
        "evil.example",
        "localhost.evil.example",
        "share.example.org.evil.example",
        "xshare.example.org",
        "127.0.0.1.nip.io",
        "1.2.3",
        "0x7f000001",
        "127.1",
        "[::1",
        "::1]",
        "desk:port",
        "desk:99999",
        "notlocalhost",
        "desk.evil",
    ],
)
def test_names_it_does_not_answer_to(host: str) -> None:
    assert not RULE.admits(host)


def test_the_local_name_of_a_machine_with_capitals() -> None:
    assert HostRule(["MacBook"], []).admits("macbook.local")


@given(st.text(max_size=40))
def test_any_host_header_is_answered_yes_or_no(host: str) -> None:
    assert RULE.admits(host) in (True, False)
    name, port = split_host(host)
    assert port is None or 0 <= port <= 65535
    assert name == name.lower() or not name.isascii()


names = st.sampled_from(["localhost", "127.0.0.1", "[::1]", "desk", "desk.local", "a.example"])
ports = st.none() | st.integers(1, 65535) | st.sampled_from([80, 443, 9000])
schemes = st.sampled_from(["http", "https"])


def address(name: str, port: int | None) -> str:
    return name if port is None else f"{name}:{port}"


@given(schemes, names, ports, names, ports)
def test_only_the_very_same_origin_passes(
    scheme: str, name: str, port: int | None, host: str, host_port: int | None
) -> None:
    default = {"http": 80, "https": 443}[scheme]
    expected = name == host and (port or default) == (host_port or default)
    origin = f"{scheme}://{address(name, port)}"
    assert is_same_origin(origin, address(host, host_port)) is expected


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("null", "localhost:9000"),
        ("", "localhost:9000"),
        ("localhost:9000", "localhost:9000"),
        ("//localhost:9000", "localhost:9000"),
        ("file://", "localhost"),
        ("file://localhost", "localhost"),
        ("ws://localhost:9000", "localhost:9000"),
        ("chrome-extension://localhost", "localhost"),
        ("http://", ""),
        ("http://localhost:9000", ""),
        ("http://localhost.evil.example:9000", "localhost:9000"),
        ("http://evil.example/localhost:9000", "localhost:9000"),
        ("http://localhost:9000.evil.example", "localhost:9000"),
        ("http://localhost:9000@evil.example", "localhost:9000"),
        ("http://[::1]:9000", "127.0.0.1:9000"),
        ("http://localhost:9000", "127.0.0.1:9000"),
        ("http://[::1", "[::1"),
        ("http://localhost:port", "localhost"),
        ("http://localhost:9000 http://evil.example", "localhost:9000"),
    ],
)
def test_what_is_another_origin(origin: str, host: str) -> None:
    assert not is_same_origin(origin, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://LOCALHOST:9000", "localhost:9000"),
        ("http://localhost.:9000", "localhost.:9000"),
        ("http://[::1]:9000", "[::1]:9000"),
        ("https://desk", "desk:443"),
        ("http://desk:80", "desk"),
    ],
)
def test_what_is_the_same_in_another_spelling(origin: str, host: str) -> None:
    assert is_same_origin(origin, host)


@pytest.mark.parametrize(
    "origin",
    ["http://evil@desk:9000", "http://desk:9000/evil", "http://desk:9000?x", "http://desk:9000#x"],
)
def test_an_origin_is_scheme_host_and_port_and_nothing_else(origin: str) -> None:
    assert not is_same_origin(origin, "desk:9000")


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_origin_is_answered_yes_or_no(origin: str, host: str) -> None:
    assert is_same_origin(origin, host) in (True, False)
