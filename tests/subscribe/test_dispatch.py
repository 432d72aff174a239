"""The table of messages: whatever a page may say has a row, and rows say when."""

from __future__ import annotations

from typing import get_args

from samescreen.subscribe.dispatch import PROTOCOL, Phase
from samescreen.wire import messages
from samescreen.wire.messages import FromViewer


def test_every_message_has_a_row() -> None:
    assert set(PROTOCOL) == set(get_args(FromViewer))


def test_a_session_opens_with_hello_alone() -> None:
    opening = [kind for kind, rule in PROTOCOL.items() if rule.phase is Phase.OPENING]
    assert opening == [messages.Hello]
