"""NAL units in an Annex B byte stream, and the bits in them (H.264 §7.3.1, §7.4.1, Annex B). Pure.

Bits are strings of "0" and "1", which is fast enough: a parameter set is a few dozen bytes long
and is edited once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

NAL_IDR: Final = 5
NAL_SPS: Final = 7
NAL_PPS: Final = 8


class SpsError(ValueError):
    """Not a sequence parameter set that this module understands."""


def nal_units(access_unit: bytes) -> Iterator[bytes]:
    """The NAL units of an Annex B byte stream, without start codes."""
    start = access_unit.find(b"\0\0\1")
    while start >= 0:
        following = access_unit.find(b"\0\0\1", start + 3)
        end = following if following >= 0 else len(access_unit)
        unit = access_unit[start + 3 : end].rstrip(b"\0")
        if unit:
            yield unit
        start = following


def nal_type(unit: bytes) -> int:
    """nal_unit_type of a NAL unit."""
    return unit[0] & 0x1F


def bits_of(unit: bytes) -> str:
    """The bits of a NAL unit after its header byte, without emulation prevention."""
    payload = unit[1:].replace(b"\0\0\3", b"\0\0")
    return format(int.from_bytes(payload, "big"), f"0{8 * len(payload)}b") if payload else ""


def nal_of(header: int, bits: str) -> bytes:
    """The NAL unit with this header byte and payload; adds stop bit and emulation prevention."""
    bits += "1"
    bits += "0" * (-len(bits) % 8)
    payload = int(bits, 2).to_bytes(len(bits) // 8, "big")
    unit, zeros = bytearray([header]), 0
    for byte in payload:
        if zeros == 2 and byte <= 3:
            unit.append(3)
            zeros = 0
        unit.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(unit)


def u(count: int, value: int) -> str:
    """An unsigned number of `count` bits."""
    return format(value, f"0{count}b")


def ue(*values: int) -> str:
    """Unsigned Exp-Golomb codes (§9.1)."""
    codes = (format(value + 1, "b") for value in values)
    return "".join("0" * (len(code) - 1) + code for code in codes)


class BitReader:
    """Reads the codes of §7.2 and §9.1; `at` is the index of the next bit."""

    def __init__(self, bits: str) -> None:
        self.bits = bits
        self.at = 0

    def u(self, count: int) -> int:
        end = self.at + count
        if end > len(self.bits):
            raise SpsError("cut short")
        number = int(self.bits[self.at : end] or "0", 2)
        self.at = end
        return number

    def ue(self) -> int:
        zeros = 0
        while not self.u(1):
            zeros += 1
            if zeros > 32:
                raise SpsError("an Exp-Golomb code of more than 32 bits")
        return (1 << zeros) - 1 + self.u(zeros)

    def se(self) -> int:
        code = self.ue()
        return (code + 1) // 2 if code % 2 else -(code // 2)
