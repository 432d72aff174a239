"""Fifty addresses guess while an honest client logs in, over real connections."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable

import pytest

from samescreen.serve.access import Credentials
from samescreen.serve.backoff import COMMON_GUESSES
from tests.serve.conftest import PIN
from tests.serve.test_http_protocol import POST, Port, opened_port, request
from tests.stage.timing import MS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sends from all of 127.0.0.0/8")

TOKEN = "samescreen-demo-2026"
ATTACKED_S = 0.5


def login(**secret: str) -> bytes:
    return request("/api/login", *POST, method="POST", body=json.dumps(secret).encode())


def bearer(path: str, secret: str) -> bytes:
    return request(path, f"Authorization: Bearer {secret}")


WAYS: dict[str, Callable[[str], bytes]] = {
    "login by token": lambda secret: login(token=secret),
    "login by PIN": lambda secret: login(pin=secret),
    "bearer": lambda secret: bearer("/api/status", secret),
    "in the URL": lambda secret: request(f"/snapshot.jpg?token={secret}&stream=none"),
}


def status_of(answer: bytes) -> int:
    return int(answer.split()[1])


async def attack(port: Port, sender: str, ends_s: float) -> list[int]:
    """Guess in every way without a pause. Returns the statuses of the responses."""
    answers = []
    while time.monotonic() < ends_s:
        guesses = [way("000000") for way in WAYS.values()]
        said = [await port.ask(guess, sender=sender) for guess in guesses]
        # On a busy machine the host may hang up on an attacker that it has no time for.
        answers += [status_of(answer) for answer in said if answer]
    return answers


@pytest.mark.parametrize("way", WAYS)
async def test_honest_clients_get_in_during_fifty_attacks(way: str) -> None:
    secret = PIN if "PIN" in way else TOKEN
    async with opened_port(Credentials.of(TOKEN, PIN)) as port:
        ends_s = time.monotonic() + ATTACKED_S
        attackers = [
            asyncio.create_task(attack(port, f"127.0.1.{n}", ends_s)) for n in range(1, 51)
        ]
        await asyncio.wait(attackers, timeout=ATTACKED_S / 2)
        began_s = time.monotonic()
        answer = status_of(await port.ask(WAYS[way](secret), sender="127.0.2.1"))
        took_s = time.monotonic() - began_s
        refused = [status for task in attackers for status in await task]
        # An address that has to wait gets the same response for the right secret.
        late = status_of(await port.ask(WAYS[way](secret), sender="127.0.1.1"))
    assert answer in (200, 204, 404), "404: let in, to a stream that does not exist"
    assert took_s < 10_000 * MS
    wrong = sum(status in (401, 403) for status in refused)
    assert wrong <= COMMON_GUESSES[0] + 10, "the rate that all addresses share"
    assert set(refused) <= {401, 403, 429}
    assert refused.count(429) > 0
    assert late == 429


async def test_a_waiting_client_is_told_for_how_long_on_every_route() -> None:
    async with opened_port(Credentials.of(TOKEN, PIN)) as port:
        for _ in range(6):
            await port.ask(login(pin="000000"))
        for way in WAYS.values():
            for secret in (TOKEN, PIN, "000000"):
                answer = await port.ask(way(secret))
                assert status_of(answer) == 429
                assert b"\r\nRetry-After: " in answer
