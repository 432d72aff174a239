"""Write the tables of options in docs/cli.md and docs/cli.zh-CN.md: `make docs`.

The options are those of src/samescreen/options.py; what they do in Chinese is what `--help` says.
tests/test_docs.py fails when a page differs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import Field, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, Final, get_type_hints

from samescreen.cli.words import CHINESE, ENGLISH, Words
from samescreen.option_values import flag
from samescreen.options import ENV_PREFIX, OptionSpec, ShareOptions

BEGIN: Final = "<!-- options: written by `make docs`, do not edit by hand -->"
END: Final = "<!-- end of options -->"


@dataclass(frozen=True, slots=True)
class Page:
    """One language's page, and the words of its table."""

    name: str
    words: Words
    head: str
    on: str
    off: str
    none: str
    random: str
    limits: str

    @property
    def path(self) -> Path:
        """Where it lies."""
        return Path(__file__).resolve().parents[1] / "docs" / self.name


PAGES: Final = (
    Page(
        *("cli.md", ENGLISH, "| option | default | what it does | environment variable |"),
        *("on", "off", "none", "random", " From {low} to {high}."),
    ),
    Page(
        *("cli.zh-CN.md", CHINESE, "| 选项 | 默认值 | 作用 | 环境变量 |"),
        *("开", "关", "无", "随机", "{low} 到 {high}。"),
    ),
)


def options(kind: type = ShareOptions) -> Iterator[Field[Any]]:
    """Each option's field in order, those of nested groups included."""
    hints = get_type_hints(kind)
    for each in fields(kind):
        if "spec" in each.metadata:
            yield each
        elif is_dataclass(hints[each.name]):
            yield from options(hints[each.name])


def row(option: Field[Any], page: Page) -> str:
    """The option's line of the table."""
    spec: OptionSpec = option.metadata["spec"]
    name = f"`{flag(option.name)}`" + (f" {spec.metavar}" if spec.metavar else "")
    about = page.words.translated(spec.help)
    is_range_said = spec.high is None or f"{spec.low} to {spec.high}" in spec.help
    if not is_range_said:
        about += page.limits.format(low=spec.low, high=spec.high)
    variable = f"`{ENV_PREFIX}{option.name.upper()}`"
    return f"| {name} | {_shown(option, page)} | {about} | {variable} |"


def _shown(option: Field[Any], page: Page) -> str:
    if isinstance(option.default, bool):
        return page.on if option.default else page.off
    if option.default not in ("", ()):
        return f"`{option.default}`"
    return page.random if "random" in option.metadata["spec"].help else page.none


def table(page: Page) -> str:
    """The whole table, its marks included."""
    rows = (row(option, page) for option in options())
    return "\n".join((BEGIN, page.head, "|---|---|---|---|", *rows, END))


def filled(page: Page, text: str) -> str:
    """The page's text with the table of now between the marks."""
    before, _, rest = text.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise SystemExit(f"{page.path} lacks the marks that the table goes between")
    return before + table(page) + after


if __name__ == "__main__":
    for each in PAGES:
        each.path.write_text(filled(each, each.path.read_text(encoding="utf-8")), encoding="utf-8")
