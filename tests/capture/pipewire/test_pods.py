"""Pods: the bytes that PipeWire's own library packs, and garbage."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.capture.pipewire.pods import Choosing, Object, Pod, PodError, choice, total_size

words = st.integers(0, 2**32 - 1)
pods = st.one_of(
    st.builds(Pod.ident, words),
    st.builds(Pod.integer, st.integers(-(2**31), 2**31 - 1)),
    st.builds(Pod.rectangle, words, words),
    st.builds(Pod.fraction, words, words),
)
objects = st.builds(Object, words, words, st.dictionaries(words, pods, max_size=6))


def words_of(packed: bytes) -> tuple[int, ...]:
    return struct.unpack(f"={len(packed) // 4}I", packed)


def test_a_number_is_padded_to_64_bits() -> None:
    assert words_of(Pod.ident(8).packed) == (4, 3, 8, 0)
    assert words_of(Pod.integer(-1).packed) == (4, 4, 0xFFFFFFFF, 0)
    assert words_of(Pod.rectangle(3, 5).packed) == (8, 10, 3, 5)
    assert words_of(Pod.fraction(0, 1).packed) == (8, 11, 0, 1)


def test_a_choice_states_its_values_once() -> None:
    packed = choice(Choosing.RANGE, Pod.integer(4), Pod.integer(2), Pod.integer(8)).packed
    assert words_of(packed) == (28, 19, 1, 0, 4, 4, 4, 2, 8, 0)


def test_an_object_has_its_properties_in_order() -> None:
    packed = Object(0x40003, 3, {1: Pod.ident(2), 7: Pod.rectangle(6, 9)}).packed
    body = (0x40003, 3, 1, 0, 4, 3, 2, 0, 7, 0, 8, 10, 6, 9)
    assert words_of(packed) == (len(body) * 4, 15, *body)
    assert total_size(packed[:8]) == len(packed)


@given(objects)
def test_what_is_packed_is_read_again(made: Object) -> None:
    assert Object.read(made.packed) == made


@given(pods, st.lists(pods, max_size=3))
def test_a_choice_counts_as_its_default(default: Pod, others: list[Pod]) -> None:
    same = [each for each in others if each.kind == default.kind]
    made = Object(1, 2, {3: choice(Choosing.ENUM, default, *same)})
    assert Object.read(made.packed).get(3) == default


@given(objects)
def test_an_object_that_is_cut_off_is_refused(made: Object) -> None:
    whole = made.packed
    for length in range(len(whole)):
        with pytest.raises(PodError):
            Object.read(whole[:length])


@given(st.binary(max_size=80), objects, st.data())
def test_garbage_is_refused_or_read(garbage: bytes, made: Object, data: st.DataObject) -> None:
    packed = bytearray(made.packed)
    at = data.draw(st.integers(0, len(packed) - 1))
    packed[at] ^= data.draw(st.integers(1, 255))
    for each in (garbage, bytes(packed)):
        try:
            read = Object.read(each)
        except PodError:
            continue
        for value in read.properties.values():
            for name in ("number", "pair"):
                try:
                    getattr(value, name)
                except PodError:
                    continue


def test_a_missing_property_is_named() -> None:
    with pytest.raises(PodError, match="property 9"):
        Object(1, 2, {}).get(9)
