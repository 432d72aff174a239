"""The accessibility rules that axe-core finds broken on a page (WCAG 2.2 AA and best practices)."""

from __future__ import annotations

from functools import cache
from typing import Final

from playwright.sync_api import Page

from tests.stage.tools import ROOT

_TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RULES: Final = {"label-content-name-mismatch": {"enabled": True}}
_RUN: Final = """async ([tags, rules]) => {
  // While something fades in, its contrast is that of the moment.
  const ends = (each) => each.effect?.getComputedTiming().endTime !== Infinity;
  const fading = document.getAnimations().filter(ends);
  await Promise.all(fading.map((each) => each.finished.catch(() => {})));
  const only = {runOnly: {type: "tag", values: tags}, rules, resultTypes: ["violations"]};
  const {violations} = await axe.run(document, only);
  const shown = (nodes) => nodes.map((node) => node.html.slice(0, 120)).join(" | ");
  return violations.map(({id, nodes}) => `${id}: ${shown(nodes)}`);
}"""


@cache
def _axe() -> str:
    return (ROOT / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """One line for each broken rule, with the elements that break it."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(_axe())  # not a script element, which the page's policy would forbid
    found: list[str] = page.evaluate(_RUN, [_TAGS, _RULES])
    return found
