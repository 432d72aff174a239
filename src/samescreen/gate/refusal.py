"""Why the gate refuses something. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Reason(StrEnum):
    """The kind of fault, by its name on the wire."""

    MALFORMED = "malformed"
    UNSUPPORTED = "unsupported"
    SIZE = "size"
    MISMATCH = "mismatch"
    NOT_ALLOWED = "not-allowed"
    TOO_LARGE = "too-large"
    TOO_FAST = "too-fast"
    OUT_OF_STEP = "out-of-step"

    @property
    def ends_track(self) -> bool:
        """The publisher would do it again, so waiting for its next keyframe does not help."""
        return self in _ENDING

    @property
    def is_fault(self) -> bool:
        """The publisher did something wrong. A gap is none: packets may be dropped on the way."""
        return self is not Reason.OUT_OF_STEP


_ENDING: Final = frozenset(
    {Reason.UNSUPPORTED, Reason.SIZE, Reason.MISMATCH, Reason.NOT_ALLOWED}
)

SENTENCES: Final = MappingProxyType(
    {
        Reason.MALFORMED: "what was published is damaged",
        Reason.UNSUPPORTED: "what was published is in a form that not every viewer can show",
        Reason.SIZE: "the published picture does not have the size that was announced or allowed",
        Reason.MISMATCH: "what was published is not what the message says it is",
        Reason.NOT_ALLOWED: "this publisher may publish whole pictures only",
        Reason.TOO_LARGE: "one message is larger than this host accepts",
        Reason.TOO_FAST: "more was published in a second than this host accepts",
        Reason.OUT_OF_STEP: "a part was lost on the way; the next keyframe repairs it",
    }
)
"""What people read; `cli/words/zh_sentences.py` has them in Chinese."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that the gate did not let through. `detail`: for the log, in English."""

    reason: Reason
    detail: str

    @property
    def sentence(self) -> str:
        """The reason in words for people."""
        return SENTENCES[self.reason]


class Unfit(Exception):
    """Raised inside the gate, where parsers call each other; its users get the `refusal`."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.refusal = Refusal(reason, detail)


def malformed(detail: str) -> Unfit:
    """The bytes break the standard of their format."""
    return Unfit(Reason.MALFORMED, detail)


def unsupported(detail: str) -> Unfit:
    """The bytes follow the standard, but use something that some viewer cannot decode."""
    return Unfit(Reason.UNSUPPORTED, detail)
