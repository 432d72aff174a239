"""Every state of the page, as a test can bring it about; and a script that photographs them all.

    python -m tests.e2e.looks FOLDER [--states live lobby …] [--sizes 360x640 …]

It writes FOLDER/SIZE-THEME-LANGUAGE-STATE.png. The cards are shown by an event of the viewer, so no
host has to fail; the picture behind them is the test card's.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Page, sync_playwright

from tests.e2e.watching import await_state
from tests.stage.browsers import INSECURE_NAME, launch
from tests.stage.host_process import HostProcess

CARDS: Final = {
    "connecting": ("connecting", "connecting"),
    "lobby": ("waiting", "lobby"),
    "waiting": ("waiting", "waiting"),
    "nothing-shared": ("waiting", "nothing-shared"),
    "paused": ("waiting", "host-paused"),
    "blanked": ("waiting", "blanked"),
    "stuck": ("waiting", "stuck"),
    "lost": ("lost", "lost"),
    "locked": ("reconnecting", "locked"),
    "full": ("reconnecting", "full"),
    "put-out": ("failed", "failed-put-out"),
    "held": ("reconnecting", "held"),
    "stopped": ("stopped", "stopped"),
    "reconnecting": ("reconnecting", "reconnecting"),
    "offline": ("reconnecting", "offline"),
    "gateway": ("reconnecting", "gateway"),
    "cannot-decode": ("failed", "failed-decode"),
    "no-permission": ("failed", "failed-forbidden"),
}
"""State and reason of each card, by its name here."""
SHOW_CARD: Final = """([state, reason]) => {
  const retryAtMs = state === "reconnecting" ? Date.now() + 4000 : null;
  const detail = {state, reason, detail: "", retryAtMs};
  samescreen.dispatchEvent(new CustomEvent("state", {detail}));
}"""
LONG_LINE: Final = "The slides are at https://example.org/slides/2026?page=3, the code in the wiki."
SHOW_STREAMS: Final = """() => {
  const streams = Array.from({length: 12}, (_, n) => ({
    stream: n === 0 ? "testcard" : `s${n}`, track: n,
    name: n % 3 ? `Window: A rather long title of a document ${n + 1}.odt` : `Screen ${n + 1}`,
  }));
  const detail = {streams, watching: streams[0].stream};
  samescreen.dispatchEvent(new CustomEvent("streams", {detail}));
}"""


SHOW_ROOM: Final = """count => {
  const names = ["Screen 1", "Ann · camera", "Bob · camera", "陈 · 摄像头"];
  const streams = Array.from({length: count}, (_, n) => ({
    stream: n === 0 ? "testcard" : `s${n}`, track: n, name: names[n] ?? `Pupil ${n} · screen`,
  }));
  const shows = (n) => (n > 0 && n < count ? [`s${n}`] : []);
  const person = (n, name, host, muted, watches) =>
    ({person: n, name, host, voice: n, muted, shows: shows(n - 1), watches});
  const people = [
    person(1, "", true, false, true), person(2, "Ann", false, false, true),
    person(3, "Bob", false, true, true), person(4, "陈", false, false, false),
  ];
  const say = (name, detail) => samescreen.dispatchEvent(new CustomEvent(name, {detail}));
  say("streams", {streams, watching: "testcard"});
  say("roster", {you: 3, people, others: 7, forward: "", kept: []});
  const speakers = [{speaker: 2, name: "Ann", talking: true, muted: false}];
  say("voices", {on: true, muted: false, you: 3, speakers});
}"""
"""Several streams and people. Whatever a tile asks for, the host sends it the test card."""
TILES_PAINTED: Final = """() => {
  const tiles = [...document.querySelectorAll(".tile")];
  return tiles.length > 0 && tiles.every((tile) => tile.classList.contains("painted"));
}"""


def show_card(page: Page, name: str) -> None:
    """Shows one of CARDS over the picture, again if the page's own state has replaced it."""
    page.wait_for_function(
        f"""card => {{
          if (window.newestReason === undefined) {{
            window.newestReason = "";
            const note = ({{detail}}) => (window.newestReason = detail.reason);
            samescreen.addEventListener("state", note);
          }}
          if (window.newestReason !== card[1]) ({SHOW_CARD})(card);
          const isWritten = document.documentElement.dataset.reason === card[1];
          return isWritten && document.getElementById("status").checkVisibility();
        }}""",
        arg=CARDS[name],
    )


def show_line(page: Page) -> None:
    """A line of the host's, with a link."""
    detail = json.dumps({"text": LONG_LINE, "to_you": True})
    page.evaluate(f'samescreen.dispatchEvent(new CustomEvent("fromhost", {{detail: {detail}}}))')


def _key(key: str) -> Callable[[Page], None]:
    return lambda page: page.keyboard.press(key)


def _details(page: Page) -> None:
    page.locator("#badge").wait_for(state="visible")
    page.keyboard.press("i")


def _talk(page: Page) -> None:
    show_line(page)
    page.keyboard.press("t")


def _streams(page: Page) -> None:
    page.evaluate(SHOW_STREAMS)
    page.locator("#streams-open").click()


def _room(view: str, count: int = 5) -> Callable[[Page], None]:
    def show(page: Page) -> None:
        page.evaluate(SHOW_ROOM, count)
        page.locator("#tool-room").wait_for(state="attached")
        page.evaluate(f"document.getElementById('view-{view}').click()")
        page.wait_for_function(TILES_PAINTED)
        page.mouse.move(210, 210)

    return show


def _people(page: Page) -> None:
    _room("grid")(page)
    page.evaluate("document.getElementById('tool-room').click()")


PHOTOGRAPHED: Final = {"grid": _room("grid"), "side": _room("side"), "wall": _room("grid", 31)}
"""Only for photographs: they have nothing that a room with its panel and the speaker view lack."""
OPENED: Final[dict[str, Callable[[Page], None]]] = {
    "live": lambda page: page.mouse.move(200, 200),
    "details": _details,
    "talk": _talk,
    "line": show_line,
    "view": _key("v"),
    "more": _key("o"),
    "pass": _key("l"),
    "keys": _key("?"),
    "own-pause": _key("p"),
    "streams": _streams,
    "speaker": _room("speaker"),
    "room": _people,
}
"""What can be open over a live picture, and how to open it."""


def close_all(page: Page) -> None:
    """Back to the picture alone."""
    page.keyboard.press("Escape")
    page.evaluate("document.getElementById('view-single')?.click()")
    if page.evaluate("document.getElementById('details').hidden") is False:
        page.keyboard.press("i")
    if page.evaluate("document.getElementById('resume').hidden") is False:
        page.keyboard.press("p")
    page.evaluate(
        "document.getElementById('host-line').hidden || "
        "document.getElementById('host-line-close').click()"
    )


@dataclass(frozen=True, slots=True)
class Photographs:
    """Where the files go, and which states are wanted."""

    folder: Path
    prefix: str
    states: list[str]

    def take(self, page: Page, name: str) -> None:
        page.screenshot(path=self.folder / f"{self.prefix}-{name}.png")


def _photograph(page: Page, host: HostProcess, photographs: Photographs) -> None:
    names = photographs.states
    page.goto(host.url("/?", name=INSECURE_NAME))
    await_state(page, "login")
    if "pin" in names:
        page.wait_for_timeout(600)  # it fades in
        photographs.take(page, "pin")
    page.locator("#pin").fill(host.token)
    await_state(page, "live")
    page.locator("#badge").wait_for(state="visible")
    page.wait_for_timeout(1500)
    for name, opens in (OPENED | PHOTOGRAPHED).items():
        if name in names:
            opens(page)
            page.wait_for_timeout(350)
            photographs.take(page, name)
            close_all(page)
    for name in CARDS:
        if name in names:
            show_card(page, name)
            page.wait_for_timeout(450)
            photographs.take(page, name)


def main() -> None:
    """Photographs the chosen states at the chosen sizes, dark and light, in both languages."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--states", nargs="*", default=["pin", *OPENED, *PHOTOGRAPHED, *CARDS])
    sizes = ["360x640", "820x1180", "1440x900", "2560x1440"]
    arguments.add_argument("--sizes", nargs="*", default=sizes)
    arguments.add_argument("--themes", nargs="*", default=["light", "dark"])
    arguments.add_argument("--languages", nargs="*", default=["en", "zh"])
    chosen = arguments.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    host = HostProcess("testcard", "--fps", "5", "--allow-host", INSECURE_NAME)
    with sync_playwright() as playwright, launch(playwright) as browser:
        for size in chosen.sizes:
            width, height = map(int, size.split("x"))
            for theme in chosen.themes:
                for language in chosen.languages:
                    scheme: Literal["light", "dark"] = theme
                    context = browser.new_context(
                        viewport={"width": width, "height": height},
                        color_scheme=scheme,
                        locale={"en": "en-US", "zh": "zh-CN"}[language],
                        is_mobile=width < 500,
                        has_touch=width < 1000,
                    )
                    shown = Photographs(chosen.folder, f"{size}-{theme}-{language}", chosen.states)
                    _photograph(context.new_page(), host, shown)
                    context.close()
    host.assert_clean()


if __name__ == "__main__":
    main()
