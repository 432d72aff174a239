"""Files on their way: offsets, room, and what is given up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.control import uploads as rules
from samescreen.control.uploads import FORGOTTEN_US, FREE_BYTES, Upload, Uploads
from samescreen.errors import UsageError

PLENTY = 10**15


def upload(number: int = 0, size: int = 100, person: str = "anna") -> Upload:
    return Upload(f"u{number}", person, "a.txt", size, 0)


@given(st.lists(st.tuples(st.integers(-5, 120), st.integers(0, 60)), max_size=30))
def test_bytes_lie_one_after_the_other_and_never_beyond_the_end(
    writes: list[tuple[int, int]],
) -> None:
    uploads, file = Uploads(), upload(size=100)
    uploads.begin(file, PLENTY)
    written = bytearray()
    for at, length in writes:
        try:
            uploads.took(file, at, length, 0)
        except UsageError:
            assert at != len(written) or at + length > 100
        else:
            assert at == len(written)
            written += bytes(length)
        assert file.offset == len(written) <= 100
        assert file.is_whole == (len(written) == 100)


def test_there_is_a_limit_for_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    uploads = Uploads()
    with pytest.raises(UsageError, match="at most 4 GiB"):
        uploads.begin(upload(size=rules.MOST_FILE_BYTES + 1), PLENTY)
    with pytest.raises(UsageError, match="no room"):
        uploads.begin(upload(size=100), FREE_BYTES + 99)
    uploads.begin(upload(0), FREE_BYTES + 150)
    with pytest.raises(UsageError, match="no room"):  # the first is promised its place
        uploads.begin(upload(1), FREE_BYTES + 150)
    for number in range(1, rules.MOST_OF_PERSON):
        uploads.begin(upload(number), PLENTY)
    with pytest.raises(UsageError, match="too many"):
        uploads.begin(upload(99), PLENTY)
    uploads.begin(upload(99, person="ben"), PLENTY)
    monkeypatch.setattr(rules, "MOST_BYTES", 501)
    with pytest.raises(UsageError, match="until it is restarted"):
        uploads.begin(upload(100, person="cleo"), PLENTY)
    file = uploads.get("u0")
    assert file is not None
    uploads.took(file, 0, 40, 0)
    uploads.end(file)
    uploads.begin(upload(100, size=60, person="cleo"), PLENTY)
    with pytest.raises(UsageError, match="until it is restarted"):
        uploads.begin(upload(101, size=2, person="cleo"), PLENTY)


def test_nobody_finds_the_files_of_others() -> None:
    uploads = Uploads()
    uploads.begin(upload(), PLENTY)
    assert uploads.find("u0", "anna") is not None
    assert uploads.find("u0", "ben") is None
    assert uploads.find("u1", "anna") is None


def test_what_nobody_goes_on_with_is_forgotten() -> None:
    uploads, file = Uploads(), upload()
    uploads.begin(file, PLENTY)
    uploads.took(file, 0, 1, FORGOTTEN_US)
    assert uploads.forgotten(2 * FORGOTTEN_US) == ()
    assert uploads.forgotten(2 * FORGOTTEN_US + 1) == (file,)
    file.is_busy = True
    assert uploads.forgotten(9 * FORGOTTEN_US) == ()
