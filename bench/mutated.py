"""Spoils access units at random, as a hostile publisher would: bits, bytes, NAL units, start codes.

Deterministic: the same seed gives the same bytes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Final

START: Final = b"\0\0\1"
_NEAR_BYTES: Final = 40
"""Most mutations hit the headers, where the parsers are."""

_NASTY: Final = (b"\0\0\0", b"\0\0\1", b"\0\0\2", b"\0\0\3", b"\0\0\3\4", b"\xff" * 8, b"\0" * 12)


def mutated(unit: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """This access unit with one to four faults. `others`: access units to take parts from."""
    for _ in range(chance.randint(1, 4)):
        unit = chance.choice(_WAYS)(unit, others, chance)
    return unit


def _place(unit: bytes, chance: random.Random) -> int:
    """An index, mostly soon after a start code."""
    if not unit:
        return 0
    if chance.random() < 0.2:
        return chance.randrange(len(unit))
    starts = [0]
    while (at := unit.find(START, starts[-1] + 1)) >= 0 and len(starts) < 64:
        starts.append(at)
    return min(chance.choice(starts) + chance.randrange(_NEAR_BYTES), len(unit) - 1)


def _flip(unit: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    if not unit:
        return unit
    at = _place(unit, chance)
    return unit[:at] + bytes((unit[at] ^ 1 << chance.randrange(8),)) + unit[at + 1 :]


def _set(unit: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    at = _place(unit, chance)
    value = chance.choice((0, 1, 3, 0x41, 0x65, 0x67, 0x68, 0x80, 0xFF, chance.randrange(256)))
    return unit[:at] + bytes((value,)) + unit[at + 1 :]


def _insert(unit: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    at = _place(unit, chance)
    more = chance.choice((*_NASTY, chance.randbytes(chance.randint(1, 6))))
    return unit[:at] + more + unit[at:]


def _remove(unit: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    at = _place(unit, chance)
    return unit[:at] + unit[at + chance.randint(1, 8) :]


def _cut(unit: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    return unit[: _place(unit, chance)]


def _shuffle(unit: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    """NAL units swapped, doubled or left out."""
    head, *parts = unit.split(START)
    if not parts:
        return unit
    one, other = chance.randrange(len(parts)), chance.randrange(len(parts))
    kind = chance.randrange(3)
    if kind == 0:
        parts[one], parts[other] = parts[other], parts[one]
    elif kind == 1:
        parts.insert(other, parts[one])
    else:
        del parts[one]
    return START.join((head, *parts))


def _splice(unit: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """Whole NAL units of another access unit in front, behind or in place of the rest."""
    other = chance.choice(others)
    part = START + chance.choice(other.split(START)[1:] or [b"\x41"])
    return chance.choice((unit + part, part + unit, unit[: _place(unit, chance)] + other))


_WAYS: Final[tuple[Callable[[bytes, Sequence[bytes], random.Random], bytes], ...]] = (
    *(_flip, _flip, _flip, _set, _set, _insert, _remove, _cut, _shuffle, _splice),
)
