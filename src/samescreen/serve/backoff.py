"""How long a wrong guess makes its sender, and everybody, wait. Pure: time is an argument."""

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
"""What one wrong guess costs all addresses together: in the long run one guess in this time."""
COMMON_GUESSES: Final = (128, 112, 104, 96, 88, 64)
"""How many guesses may be unpaid for an address to try, by its own wrong guesses so far.

The last entry holds from there on. Addresses that guessed wrong stop early, so that room is left
for those that have not.
"""
_WIDE_SHARE: Final = 8
"""So many wrong guesses out of a /48 count as one of each /64 in it."""


@dataclass(slots=True)
class _Guesses:
    wrong: int = 0
    free_at_us: int = 0
    last_us: int = 0


class Backoff:
    """Wrong guesses cost time: per address with doubling waits, and all together.

    All together there is one wrong guess every two seconds, after a first 128. Who has guessed
    less goes first, so an attacker with many addresses does not keep out somebody who has not
    guessed wrong yet. Of IPv6 a whole /64 counts as one address, since one machine owns it all.
    """

    def __init__(self) -> None:
        self._networks: OrderedDict[str, _Guesses] = OrderedDict()
        self._paid_at_us = 0

    def wait_us(self, address: str, now_us: int) -> int:
        """How long this address must wait before its next guess; 0: it may try."""
        self._forget_old(now_us)
        network, wide = _networks_of(address)
        own = self._networks.get(network, _Guesses())
        around = self._networks.get(wide, _Guesses()) if wide else _Guesses()
        wrong = max(own.wrong, around.wrong // _WIDE_SHARE)
        allowed = COMMON_GUESSES[min(wrong, len(COMMON_GUESSES) - 1)] - 1
        free_at_us = max(own.free_at_us, self._paid_at_us - allowed * GUESS_US)
        return max(0, free_at_us - now_us)

    def wrong(self, address: str, now_us: int) -> None:
        """This address guessed wrong."""
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
        """This address knew the secret."""
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
    """What counts as one guesser, and what it lies in; "" where that says nothing (IPv4)."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:  # a Unix socket, or a test's name
        return address, ""
    mapped = parsed.ipv4_mapped if parsed.version == 6 else None
    if parsed.version == 4 or mapped is not None:
        return str(mapped or parsed), ""
    number = int(parsed)
    return f"{number >> 64:x}/64", f"{number >> 80:x}/48"
