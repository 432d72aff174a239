"""Debian's Firefox, headless, as the tests see it: orders to driver.js and its answers.

WebDriver BiDi is spoken there, by puppeteer-core, because Playwright drives only a Firefox of its
own making. Everything else (X server, window, host, reading colours) is the stage's.
"""

from __future__ import annotations

import base64
import io
import json
import select
import subprocess
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from PIL import Image

from samescreen.media import Pixels
from tests.stage.browsers import INSECURE_NAME
from tests.stage.timing import MS, eventually
from tests.stage.tools import end, find_tool, spawn

_DRIVER: Final = Path(__file__).with_name("driver.js")


class Firefox:
    """One browser with one tab; every order waits for its answer. Not for two threads."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._orders = 0
        firefox = find_tool("firefox-esr", "firefox")
        command = [find_tool("node"), str(_DRIVER), firefox, INSECURE_NAME, *map(str, size)]
        # TERM, not KILL: the driver then takes its browser with it.
        self._process = spawn(
            command, dies_by="TERM", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=2
        )
        self.version = str(self._order("version", within=30_000 * MS))

    def open(self, url: str) -> None:
        """Leaves the page there was and returns once this one has loaded."""
        self._order("open", url=url)

    def evaluate(self, script: str) -> Any:
        """Value of an expression on the page; a promise is awaited."""
        return self._order("evaluate", script=script)

    def dataset(self, name: str) -> str | None:
        """One of the facts the page tells on its root element."""
        value: str | None = self.evaluate(f"document.documentElement.dataset.{name}")
        return value

    def await_state(self, state: str, *, within: float = 10_000 * MS) -> None:
        eventually(lambda: self.dataset("state") == state, what=f"state {state}", within=within)

    def screenshot(self) -> Pixels:
        """The page as it is shown, RGB: shape (height, width, 3)."""
        png = base64.b64decode(self._order("screenshot"))
        return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))

    def complaints(self) -> list[str]:
        """Errors and warnings of the console since the page was opened."""
        return [str(line) for line in self._order("complaints")]

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(10_000 * MS)
        except subprocess.TimeoutExpired:
            end(self._process)
        self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _order(self, order: str, *, within: float = 25_000 * MS, **more: object) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._orders += 1
        self._process.stdin.write(json.dumps({"id": self._orders, "order": order, **more}) + "\n")
        self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], within)
        assert ready, f"Firefox did not answer within {within:.0f} s: {order}"
        answer = json.loads(self._process.stdout.readline() or '{"error": "it is gone"}')
        assert "error" not in answer, f"{order}: {answer['error']}"
        assert answer["id"] == self._orders, f"{order}: an answer to another order"
        return answer["answer"]
