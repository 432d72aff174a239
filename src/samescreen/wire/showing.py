"""The host asks somebody for their screen: the messages. Pure; `messages.py` has all others."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class ShowRequest(Struct, frozen=True, tag="show-request"):
    """Of a later kind: the host asks this person to show something of theirs.

    accepted: the person said yes, and may now. over: answered, withdrawn or too late. `by`: the
    name of the host who asks; "": they chose none.
    """

    state: Literal["asked", "accepted", "over"]
    by: str


class ShowAnswer(Struct, frozen=True, tag="show-answer"):
    """What the person answers, and after a yes, why the browser gave nothing (denied, failed).

    camera: yes, with a browser that cannot share a screen. secure: yes, through https first.
    """

    answer: Literal["yes", "camera", "secure", "no", "denied", "failed"]
