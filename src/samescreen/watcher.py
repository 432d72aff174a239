"""Who watches, as Python programs see it, and how other threads ask the event loop for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final, TypeVar

from samescreen.host import Host
from samescreen.subscribe.viewer import Viewer

T = TypeVar("T")

ANSWER_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Watcher:
    """One viewer at the moment of the question.

    `rendition` is "main", "low", "jpeg" or None (a hidden tab); `fps` what its page paints.
    `person` is the same for all pages of one browser.
    """

    id: str
    address: str
    rendition: str | None
    fps: float
    person: str


def watcher(viewer: Viewer) -> Watcher:
    """The watcher that a viewer is now. On its event loop."""
    rendition = viewer.rendition
    return Watcher(
        id=viewer.viewer_id,
        address=viewer.address,
        rendition=rendition.name.lower() if rendition is not None else None,
        fps=viewer.report.fps,
        person=viewer.person.person_id,
    )


def watchers(host: Host) -> tuple[Watcher, ...]:
    """All watchers. On the host's event loop."""
    viewers = host.audience.viewers
    return tuple(watcher(viewer) for viewer in viewers if viewer.session.is_open)


def ask_loop(loop: asyncio.AbstractEventLoop, question: Callable[[], T]) -> T | None:
    """Call `question` on that loop and return its answer. Any thread that does not block it.

    None if the loop is closed, or does not answer within ANSWER_S.
    """
    if _runs_here(loop):
        return question()
    answer: Future[T] = Future()
    try:
        loop.call_soon_threadsafe(_answer, question, answer)
        return answer.result(ANSWER_S)
    except (RuntimeError, TimeoutError):
        return None


def _answer(question: Callable[[], T], answer: Future[T]) -> None:
    if answer.set_running_or_notify_cancel():
        answer.set_result(question())


def _runs_here(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False
