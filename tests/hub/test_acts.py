"""What the host did: kept in a bounded list, and logged without forging a line."""

from __future__ import annotations

import logging

import pytest

from samescreen.hub.acts import MOST_KEPT, Acts


def test_an_act_is_kept_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    acts = Acts(lambda: 1_700_000_000.5)
    with caplog.at_level(logging.INFO, "samescreen.audit"):
        acts.did("terminal", "put-out", person="p1", address="10.0.0.7", name="")
    (act,) = acts.since(0)
    assert (act.number, act.at_s, act.actor, act.kind) == (1, 1_700_000_000, "terminal", "put-out")
    assert caplog.messages == ['put-out by terminal {"person": "p1", "address": "10.0.0.7"}']
    assert acts.since(1) == ()


def test_only_the_newest_are_kept() -> None:
    acts = Acts()
    for _ in range(3 * MOST_KEPT):
        acts.did("terminal", "lock")
    kept = acts.since(0)
    assert (len(kept), kept[-1].number) == (MOST_KEPT, 3 * MOST_KEPT)
