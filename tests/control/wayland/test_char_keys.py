"""Spare keys for characters, in a keymap of our own."""

from __future__ import annotations

from samescreen.control.wayland.char_keys import CharKeys

NOTHING: frozenset[int] = frozenset()


def test_a_character_keeps_its_key() -> None:
    keys = CharKeys()
    assert keys.code_of("é", NOTHING) == (200, True)
    assert keys.code_of("语", NOTHING) == (201, True)
    assert keys.code_of("é", NOTHING) == (200, False)
    assert "replace key <I208> { [ 0xe9, 0xe9 ] };" in keys.keymap
    assert "replace key <I209> { [ 0x1008bed, 0x1008bed ] };" in keys.keymap


def test_the_key_that_was_used_longest_ago_makes_room() -> None:
    keys = CharKeys()
    many = [chr(0x4E00 + at) for at in range(48)]
    codes = [keys.code_of(char, NOTHING)[0] for char in many]
    assert len(set(codes)) == 48
    assert max(codes) <= 247, "XWayland knows no more"
    keys.code_of(many[0], NOTHING)
    code, is_new = keys.code_of("é", frozenset({codes[1]}))
    assert (code, is_new) == (codes[2], True), "the first is newer now, the second is held"
    assert keys.code_of(many[1], NOTHING) == (codes[1], False)
