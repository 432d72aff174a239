"""Removes secrets from each line of the log, whichever library logs it. Any thread."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from typing import Final

_HIDDEN: Final = "[hidden]"
_PATTERNS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<=token=)[^\s&'\"#<>;,)\]}]+",
        r"(?<=token%3d)[^\s&'\"#<>;,)\]}]+",
        r"(samescreen_[0-9]{1,5}(?:_[0-9a-f]{8})?\s*[=:]\s*)[^\s'\";,]+",
        r"(samescreen\.pass\.)[^\s'\";,]+",
        r"(authorization\W{1,6}(?:bearer|basic)?\s*)[^\s'\";,]+",
        r"(\bbearer\s+)[^\s'\";,]+",
        r"((?:token|pin)\\?['\"]\s*:\s*\\?['\"])[^'\"\\]+",
    )
)


class RedactingFormatter(logging.Formatter):
    """Formats as another formatter does, without secrets.

    Secrets are those given, anywhere in a line, and what looks like a token, PIN or cookie of a
    request. Tracebacks are searched too.
    """

    def __init__(self, plain: logging.Formatter, secrets: Iterable[str]) -> None:
        super().__init__()
        self._plain = plain
        # A PIN is six digits: as part of a longer number they are not the PIN.
        self._secrets = [
            re.compile(rf"(?<![0-9]){re.escape(secret)}(?![0-9])")
            if secret.isdecimal()
            else re.compile(re.escape(secret))
            for secret in secrets
            if secret
        ]

    def format(self, record: logging.LogRecord) -> str:
        text = self._plain.format(record)
        for secret in self._secrets:
            text = secret.sub(_HIDDEN, text)
        for pattern in _PATTERNS:
            text = pattern.sub(_kept, text)
        return text


def _kept(match: re.Match[str]) -> str:
    before = match[1] if match.re.groups else ""
    return before + _HIDDEN
