"""Reads bounded codes from a header (H.264 §7.2, §9.1). Pure.

A header is some dozen bits, so bits are a string of "0" and "1", as in `encode/sps/nal.py`; this
reader has a bound for each code, and finds the end of an Exp-Golomb code in one step.
"""

from __future__ import annotations

from .refusal import malformed

_LONGEST_CODE = 32


class Bits:
    """`text`: the bits; `at`: the index of the next one."""

    __slots__ = ("at", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def u(self, count: int) -> int:
        """An unsigned number of `count` bits, 1 or more. Raises Unfit: fewer are left."""
        end = self.at + count
        number = self.text[self.at : end]
        if len(number) < count:
            raise malformed("a header is cut short")
        self.at = end
        return int(number, 2)

    def flag(self) -> bool:
        return self.u(1) == 1

    def ue(self, most: int, what: str) -> int:
        """An unsigned Exp-Golomb code. Raises Unfit: cut short, or more than `most`."""
        first = self.text.find("1", self.at)
        zeros = first - self.at
        if first < 0 or zeros >= _LONGEST_CODE:
            raise malformed(f"{what}: no number")
        end = first + zeros + 1
        code = self.text[first:end]
        if len(code) <= zeros:
            raise malformed("a header is cut short")
        self.at = end
        number = int(code, 2) - 1
        if number > most:
            raise malformed(f"{what} is {number}, at most {most}")
        return number

    def se(self, least: int, most: int, what: str) -> int:
        """A signed Exp-Golomb code. Raises Unfit: cut short, or not `least` to `most`."""
        code = self.ue(2 * max(abs(least), abs(most)), what)
        number = (code + 1) // 2 if code % 2 else -(code // 2)
        if not least <= number <= most:
            raise malformed(f"{what} is {number}, not {least} to {most}")
        return number


def bits_of_payload(payload: bytes) -> Bits:
    """The bits of a NAL unit's payload; it has no faults of emulation prevention."""
    plain = payload.replace(b"\0\0\3", b"\0\0")
    return Bits(format(int.from_bytes(plain, "big"), f"0{8 * len(plain)}b") if plain else "")
