"""What the host did, newest last: who acted, what, to whom. Event loop.

Two hosts see here what the other did. Each act is logged too, by the logger `samescreen.audit`.
Only the newest are kept.
"""

from __future__ import annotations

import json
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

_audit = logging.getLogger("samescreen.audit")

MOST_KEPT: Final = 200


@dataclass(frozen=True, slots=True)
class Act:
    """One act. `number` counts all, from 1; `at_s`: seconds since 1970.

    `actor`: such as "terminal", "program", or an address with the host link. `kind`: a word, such
    as "put-out". `about`: what it was done to, in words without secrets.
    """

    number: int
    at_s: int
    actor: str
    kind: str
    about: Mapping[str, str]


class Acts:
    """The newest acts."""

    def __init__(self, now_s: Callable[[], float] = time.time) -> None:
        self._now_s = now_s
        self._acts: deque[Act] = deque(maxlen=MOST_KEPT)
        self._count = 0

    def did(self, actor: str, kind: str, **about: str) -> None:
        """Keep this act, and log it."""
        self._count += 1
        self._acts.append(Act(self._count, int(self._now_s()), actor, kind, about))
        details = {key: value for key, value in about.items() if value}
        fields = {"event": kind, "actor": actor, **details}
        words = json.dumps(details, ensure_ascii=False)
        _audit.info("%s by %s %s", kind, actor, words, extra={"fields": fields})

    def since(self, number: int) -> tuple[Act, ...]:
        """Those after that one, as far as they are kept."""
        return tuple(act for act in self._acts if act.number > number)
