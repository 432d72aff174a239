"""What waits for a decoding process is bounded, and starts with a keyframe."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from samescreen.decode.inbox import MOST_WAITING, Inbox, Waiting

LIMIT = 1000


def key(size: int = 10, when_us: int = 0) -> Waiting:
    return Waiting(bytes(size), when_us, True)


def delta(size: int = 10, when_us: int = 0) -> Waiting:
    return Waiting(bytes(size), when_us, False)


def all_of(inbox: Inbox) -> list[tuple[int, bool]]:
    found = []
    while (taken := inbox.take()) is not None:
        found.append((taken[0].when_us, taken[1]))
    return found


def test_deltas_wait_only_behind_a_keyframe() -> None:
    inbox = Inbox(LIMIT)
    assert not inbox.put(delta())
    assert inbox.needs_keyframe
    assert inbox.put(key(when_us=1))
    assert inbox.put(delta(when_us=2))
    assert [when_us for when_us, _ in all_of(inbox)] == [1, 2]


def test_a_keyframe_replaces_all_that_waits() -> None:
    inbox = Inbox(LIMIT)
    inbox.put(key(when_us=1))
    inbox.put(delta(when_us=2))
    inbox.put(key(when_us=3))
    assert all_of(inbox) == [(3, True)]


def test_of_a_backlog_the_last_picture_is_shown_and_some_before() -> None:
    inbox = Inbox(LIMIT)
    inbox.put(key())
    for _ in range(9):
        inbox.put(delta())
    shown = [is_shown for _, is_shown in all_of(inbox)]
    assert shown == [False, False, False, True] * 2 + [False, True]


def test_of_a_stretch_of_the_past_only_what_follows_is_shown() -> None:
    inbox = Inbox(LIMIT, 100)
    inbox.put(Waiting(b"", 0, True, is_past=True))
    for when_us in range(1, 90):
        assert inbox.put(Waiting(b"", when_us, False, is_past=when_us < 89))
    assert [when_us for when_us, is_shown in all_of(inbox) if is_shown] == [89]


def test_what_is_too_large_or_too_many_waits_for_a_keyframe() -> None:
    inbox = Inbox(LIMIT)
    assert not inbox.put(key(LIMIT + 1))
    assert inbox.put(key())
    assert all(inbox.put(delta(1)) for _ in range(MOST_WAITING - 1))
    assert not inbox.put(delta(1))
    assert inbox.needs_keyframe
    assert inbox.take() is None


@given(st.lists(st.one_of(st.none(), st.tuples(st.booleans(), st.integers(0, LIMIT + 5)))))
def test_it_never_grows_and_never_gives_a_delta_without_its_keyframe(
    steps: list[tuple[bool, int] | None],
) -> None:
    inbox = Inbox(LIMIT)
    waiting: list[int] = []  # a model: the sizes
    has_start = False
    for step in steps:
        if step is None:
            taken = inbox.take()
            assert (taken is None) == (not waiting)
            if taken is not None:
                assert len(taken[0].payload) == waiting.pop(0)
            continue
        is_keyframe, size = step
        if is_keyframe:
            waiting, has_start = [], True
        is_taken = inbox.put(Waiting(bytes(size), 0, is_keyframe))
        if is_taken:
            assert has_start
            waiting.append(size)
        else:
            waiting, has_start = [], False
        assert len(waiting) <= MOST_WAITING
        assert sum(waiting) <= 2 * LIMIT
        assert inbox.needs_keyframe is not has_start
