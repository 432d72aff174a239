"""One person at a time, and the person at the machine first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from samescreen.control.policy import (
    ASK_AGAIN_US,
    HAND_RESTS_US,
    IDLE_US,
    MOST_ASKING,
    UNANSWERED_US,
    ControlQueue,
    Escapes,
    Requests,
)


def test_the_first_holds_it_and_the_next_waits() -> None:
    queue: ControlQueue[str] = ControlQueue()
    queue.enter("ann", 0)
    queue.enter("bob", 1)
    assert (queue.state_of("ann", 2), queue.state_of("bob", 2)) == ("mine", "held")
    assert queue.may_act("ann", 2)
    assert not queue.may_act("bob", 2)
    assert queue.leave("ann", 3)
    assert queue.may_act("bob", 4)
    assert not queue.leave("ann", 5)


def test_a_client_may_come_before_another() -> None:
    queue: ControlQueue[str] = ControlQueue()
    for name in ("bob", "ann"):
        queue.enter(name, 0)
    queue.enter("ann again", 1, before="ann")
    queue.enter("ann again", 2, before="bob")
    assert queue.clients == ("bob", "ann again", "ann")


def test_an_idle_holder_gives_it_back_only_while_others_wait() -> None:
    queue: ControlQueue[str] = ControlQueue()
    queue.enter("ann", 0)
    assert not queue.tick(10 * IDLE_US)
    queue.enter("bob", 10 * IDLE_US)
    queue.may_act("ann", 10 * IDLE_US)
    assert not queue.tick(11 * IDLE_US - 1)
    assert queue.tick(11 * IDLE_US)
    assert queue.holder == "bob"
    assert queue.clients == ("bob", "ann")


def test_the_person_at_the_machine_wins() -> None:
    queue: ControlQueue[str] = ControlQueue()
    queue.enter("ann", 0)
    queue.hand_seen(5)
    assert queue.state_of("ann", 6) == "paused"
    assert not queue.may_act("ann", 4 + HAND_RESTS_US)
    assert queue.may_act("ann", 5 + HAND_RESTS_US)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["enter", "leave", "act", "hand", "tick"]),
            st.sampled_from("abc"),
            st.integers(0, IDLE_US),
        )
    )
)
def test_at_most_one_may_act(steps: list[tuple[str, str, int]]) -> None:
    queue: ControlQueue[str] = ControlQueue()
    now_us = 0
    for what, client, later_us in steps:
        now_us += later_us
        if what == "enter":
            queue.enter(client, now_us)
        elif what == "leave":
            queue.leave(client, now_us)
        elif what == "hand":
            queue.hand_seen(now_us)
        elif what == "tick":
            queue.tick(now_us)
        acting = [each for each in "abc" if queue.may_act(each, now_us)]
        assert len(acting) <= 1
        assert what != "hand" or not acting
        assert [each for each in "abc" if queue.state_of(each, now_us) == "mine"] == acting


def test_an_unanswered_question_is_a_no() -> None:
    requests = Requests()
    assert requests.ask("ann", ("control",), 0)
    assert requests.ask("ann", ("control",), 5), "asked already"
    assert len(requests.all) == 1
    assert requests.expired(UNANSWERED_US - 1) == ()
    (late,) = requests.expired(UNANSWERED_US)
    assert late.person_id == "ann"
    assert not requests.ask("ann", ("control",), UNANSWERED_US + 1), "too soon"
    assert requests.ask("ann", ("control",), UNANSWERED_US + ASK_AGAIN_US)


def test_questions_are_bounded() -> None:
    requests = Requests()
    asked = [requests.ask(f"p{n}", ("control",), 0) for n in range(MOST_ASKING + 5)]
    assert sum(asked) == MOST_ASKING
    assert requests.answer("p0", True, 1) is not None
    assert requests.answer("p0", True, 1) is None
    requests.withdraw("p1")
    assert len(requests.all) == MOST_ASKING - 2


def test_three_escapes_in_a_row() -> None:
    escapes = Escapes()
    assert [escapes.pressed(True, at) for at in (0, 100_000, 200_000)] == [False, False, True]
    assert not escapes.pressed(True, 300_000), "counting begins anew"
    escapes.pressed(False, 400_000)
    assert [escapes.pressed(True, at) for at in (500_000, 600_000)] == [False, False]
    assert not escapes.pressed(True, 9_000_000), "too slow"
