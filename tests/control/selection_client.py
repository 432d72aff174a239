"""A program on an X desktop that copies and pastes, as xclip does; it can also hang."""

from __future__ import annotations

import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import xcffib
import xcffib.xproto

from tests.stage.timing import MS, eventually
from tests.stage.x_client import XClient, connected

PART_BYTES = 100_000


class Program:
    """One connection with a window of its own. Each call of `step` reads what has arrived."""

    def __init__(self, client: XClient) -> None:
        self.client = client
        self.core: Any = client.core
        self.window = client.connection.generate_id()
        self.content: Mapping[str, bytes] = {}
        self.hangs_after = -1
        """How many parts it still gives by INCR before it hangs; -1: all."""
        self.refusals = 0
        """How many requests it still refuses."""
        self.asked: list[str] = []
        self._parts: dict[tuple[int, int], tuple[int, list[bytes]]] = {}
        self._got: dict[int, Any] = {}
        self._changed: list[Any] = []
        mask = [xcffib.xproto.EventMask.PropertyChange]
        values = (xcffib.xproto.CW.EventMask, mask)
        self.core.CreateWindow(0, self.window, client.root, 0, 0, 1, 1, 0, 1, 0, *values)
        client.settle()

    def atom(self, name: str) -> int:
        return int(self.core.InternAtom(False, len(name), name).reply().atom)

    def name(self, atom: int) -> str:
        return bytes(self.core.GetAtomName(atom).reply().name.buf()).decode()

    def copy(self, content: Mapping[str, bytes]) -> None:
        """Own the clipboard."""
        self.content = content
        self.core.SetSelectionOwner(self.window, self.atom("CLIPBOARD"), xcffib.CurrentTime)
        self.client.settle()

    def step(self) -> None:
        while (event := self._event()) is not None:
            if isinstance(event, xcffib.xproto.SelectionRequestEvent):
                self._requested(event)
            elif isinstance(event, xcffib.xproto.SelectionNotifyEvent):
                self._got[event.target] = event
            elif isinstance(event, xcffib.xproto.PropertyNotifyEvent):
                self._property(event)

    def _event(self) -> Any:
        try:
            return self.client.connection.poll_for_event()
        except xcffib.Error:
            return None

    def _requested(self, event: Any) -> None:
        name = self.name(event.target)
        self.asked.append(name)
        into = event.property
        if self.refusals > 0:
            self.refusals -= 1
            into = 0
        elif name == "TARGETS":
            atoms = [self.atom(each) for each in ("TARGETS", *self.content)]
            self.core.ChangeProperty(0, event.requestor, into, 4, 32, len(atoms), atoms)
        elif name not in self.content:
            into = 0
        elif len(content := self.content[name]) <= PART_BYTES:
            size = len(content)
            self.core.ChangeProperty(0, event.requestor, into, event.target, 8, size, content)
        else:
            mask = xcffib.xproto.CW.EventMask, [xcffib.xproto.EventMask.PropertyChange]
            self.core.ChangeWindowAttributes(event.requestor, *mask)
            parts = [content[at : at + PART_BYTES] for at in range(0, len(content), PART_BYTES)]
            self._parts[event.requestor, into] = (event.target, [*parts, b""])
            total = [len(content)]
            self.core.ChangeProperty(0, event.requestor, into, self.atom("INCR"), 32, 1, total)
        made = xcffib.xproto.SelectionNotifyEvent.synthetic(
            event.time, event.requestor, event.selection, event.target, into
        )
        self.core.SendEvent(False, event.requestor, 0, made.pack())
        self.client.settle()

    def _property(self, event: Any) -> None:
        giving = self._parts.get((event.window, event.atom))
        if giving is None or event.state != xcffib.xproto.Property.Delete:
            self._changed.append(event)
            return
        target, parts = giving
        if self.hangs_after == 0 or not parts:
            return
        self.hangs_after -= 1
        part = parts.pop(0)
        self.core.ChangeProperty(0, event.window, event.atom, target, 8, len(part), part)
        self.client.settle()

    # Pasting

    def ask(self, target: str, into: str = "INTO", time: int = xcffib.CurrentTime) -> Any:
        """What the owner answers when asked for the clipboard."""
        atom = self.atom(target)
        self._got.pop(atom, None)
        place = (self.atom("CLIPBOARD"), atom, self.atom(into), time)
        self.core.ConvertSelection(self.window, *place)
        self.client.settle()
        return eventually(lambda: self._answer(atom), what=f"{target} comes")

    def _answer(self, target: int) -> Any:
        self.step()
        return self._got.get(target)

    def paste(self, target: str, *, most_parts: int = 10**9) -> bytes | None:
        """The clipboard as `target`; None: refused. It takes so many parts at most."""
        answer = self.ask(target)
        if answer.property == 0:
            return None
        self._changed.clear()
        kind, content = self._take(answer.property)
        if kind != self.atom("INCR"):
            return content
        whole = b""
        for _ in range(most_parts):
            eventually(lambda: self._is_new(answer.property), what="a part comes")
            _, part = self._take(answer.property)
            if not part:
                return whole
            whole += part
        return whole

    def _is_new(self, property: int) -> bool:
        self.step()
        found = [
            event
            for event in self._changed
            if event.atom == property and event.state == xcffib.xproto.Property.NewValue
        ]
        if found:
            self._changed.remove(found[0])
        return bool(found)

    def _take(self, property: int) -> tuple[int, bytes]:
        reply = self.core.GetProperty(True, self.window, property, 0, 0, 2**26).reply()
        return reply.type, bytes(reply.value.buf())

    def targets(self) -> list[str]:
        answer = self.ask("TARGETS")
        _, content = self._take(answer.property)
        return [self.name(atom) for atom in struct.unpack(f"={len(content) // 4}I", content)]


@contextmanager
def program(display: str) -> Iterator[Program]:
    with connected(display) as client:
        yield Program(client)


@contextmanager
def copied(display: str, content: Mapping[str, bytes], **more: Any) -> Iterator[Program]:
    """A program that has copied this, and gives it, on a thread of its own, until the end."""
    with program(display) as owner:
        for name, value in more.items():
            setattr(owner, name, value)
        owner.copy(content)
        over = threading.Event()

        def give() -> None:
            while not over.wait(2 * MS):
                owner.step()

        thread = threading.Thread(target=give)
        thread.start()
        try:
            yield owner
        finally:
            over.set()
            thread.join()
