"""What the host writes to the program that sends arrives there as it was; garbage does not hang."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.outputs.feed import Record, Target, packed, read_record
from samescreen.record.sound_line import Sound
from samescreen.record.timeline import Picture

TIMES = st.integers(0, 2**62)
RECORDS = st.one_of(
    st.builds(Picture, TIMES, st.just(0), st.binary(max_size=50), st.booleans()),
    st.builds(Sound, TIMES, st.integers(0, 5760), st.binary(max_size=50)),
    st.builds(
        Target,
        *(st.text(max_size=20), st.text(max_size=9), st.integers(1, 65535), st.booleans()),
        *(st.integers(2, 9000), st.integers(2, 9000)),
    ),
)


@given(st.lists(RECORDS, max_size=6))
def test_records_arrive_as_they_were(records: list[Record]) -> None:
    source = io.BytesIO(b"".join(map(packed, records)))
    for record in records:
        assert read_record(source.read) == record
    assert read_record(source.read) is None


@given(RECORDS, st.data())
def test_a_record_that_is_cut_off_is_the_end(record: Record, data: st.DataObject) -> None:
    whole = packed(record)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    assert read_record(io.BytesIO(cut).read) is None


@given(st.binary(max_size=80))
def test_garbage_is_refused_or_the_end(garbage: bytes) -> None:
    source = io.BytesIO(garbage)
    try:
        while read_record(source.read) is not None:
            pass
    except ValueError:
        pass


def test_no_target_shows_its_url() -> None:
    target = Target("rtmp://a.example/live/secret", "a.example", 1935, False, 64, 48)
    assert "secret" not in repr(target)


def test_a_target_of_other_fields_is_refused() -> None:
    whole = packed(Target("u", "h", 1, False, 2, 2)).replace(b'"url"', b'"uri"')
    with pytest.raises(ValueError, match="names no target"):
        read_record(io.BytesIO(whole).read)
