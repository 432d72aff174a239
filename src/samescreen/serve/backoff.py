"""Wrong guesses and the waiting times they cause. Pure: time is an argument."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

_SECOND_US: Final = 1_000_000
_FREE_GUESSES: Final = 5
_LONGEST_WAIT_US: Final = 300 * _SECOND_US
_FORGET_US: Final = 600 * _SECOND_US
_MAX_NETWORKS: Final = 10_000

GUESS_US: Final = 2 * _SECOND_US
"""All addresses together have one wrong guess in this time, in the long run."""
COMMON_GUESSES: Final = (128, 112, 104, 96, 88, 64)
"""How many guesses ahead of that pace an address may find and still try.

The index is the address's own wrong guesses so far; the last entry also counts beyond. Addresses
that guessed wrong have to stop early, so that some guesses stay free for those that have not.
"""
_WIDE_SHARE: Final = 8
"""This many wrong guesses from a /48 count as one wrong guess of each /64 in it."""


@dataclass(slots=True)
class _Guesses:
    wrong: int = 0
    free_at_us: int = 0
    last_us: int = 0


class Backoff:
    """Makes addresses that guess wrong wait: each by itself, and all of them together.

    The waiting time of one address doubles with each guess. All addresses together have one wrong
    guess every two seconds, after a first 128. Addresses with fewer wrong guesses go first, so an
    attacker with many addresses cannot keep out an address that has not guessed wrong yet. In IPv6
    a whole /64 counts as one address, because one machine can use all of it.
    """

    def __init__(self) -> None:
        self._networks: OrderedDict[str, _Guesses] = OrderedDict()
        self._paid_at_us = 0

    def wait_us(self, address: str, now_us: int) -> int:
        """How long this address must wait before its next guess, in µs; 0: it may try now."""
        self._forget_old(now_us)
        network, wide = _networks_of(address)
        own = self._networks.get(network, _Guesses())
        around = self._networks.get(wide, _Guesses()) if wide else _Guesses()
        wrong = max(own.wrong, around.wrong // _WIDE_SHARE)
        allowed = COMMON_GUESSES[min(wrong, len(COMMON_GUESSES) - 1)] - 1
        free_at_us = max(own.free_at_us, self._paid_at_us - allowed * GUESS_US)
        return max(0, free_at_us - now_us)

    def wrong(self, address: str, now_us: int) -> None:
        """Record that this address guessed wrong."""
        network, wide = _networks_of(address)
        own = self._note(network, now_us)
        if own.wrong >= _FREE_GUESSES:
            doubled = _SECOND_US << min(own.wrong - _FREE_GUESSES, 20)
            own.free_at_us = now_us + min(doubled, _LONGEST_WAIT_US)
        if wide:
            self._note(wide, now_us)
        self._paid_at_us = max(self._paid_at_us, now_us) + GUESS_US
        while len(self._networks) > _MAX_NETWORKS:
            self._networks.popitem(last=False)

    def right(self, address: str) -> None:
        """Record that this address knew the secret: forget its wrong guesses."""
        self._networks.pop(_networks_of(address)[0], None)

    def _note(self, network: str, now_us: int) -> _Guesses:
        guesses = self._networks.setdefault(network, _Guesses())
        self._networks.move_to_end(network)
        guesses.wrong += 1
        guesses.last_us = now_us
        return guesses

    def _forget_old(self, now_us: int) -> None:
        while self._networks:
            network, oldest = next(iter(self._networks.items()))
            if now_us - max(oldest.last_us, oldest.free_at_us) <= _FORGET_US:
                return
            del self._networks[network]


def _networks_of(address: str) -> tuple[str, str]:
    """The network that counts as one address, and the wider one around it ("" for IPv4)."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:  # a Unix socket, or a test's name
        return address, ""
    mapped = parsed.ipv4_mapped if parsed.version == 6 else None
    if parsed.version == 4 or mapped is not None:
        return str(mapped or parsed), ""
    number = int(parsed)
    return f"{number >> 64:x}/64", f"{number >> 80:x}/48"
