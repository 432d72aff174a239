"""Write the table of options in docs/cli.md, from src/samescreen/options.py: `make docs`.

tests/test_docs.py fails when the two differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import Field, fields, is_dataclass
from pathlib import Path
from typing import Any, Final, get_type_hints

from samescreen.option_values import flag
from samescreen.options import ENV_PREFIX, OptionSpec, ShareOptions

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "cli.md"
BEGIN: Final = "<!-- options: written by `make docs`, do not edit by hand -->"
END: Final = "<!-- end of options -->"
HEAD: Final = ("| option | default | what it does | environment variable |", "|---|---|---|---|")


def options(kind: type = ShareOptions) -> Iterator[Field[Any]]:
    """Each option's field in order, those of nested groups included."""
    hints = get_type_hints(kind)
    for each in fields(kind):
        if "spec" in each.metadata:
            yield each
        elif is_dataclass(hints[each.name]):
            yield from options(hints[each.name])


def row(option: Field[Any]) -> str:
    """The option's line of the table."""
    spec: OptionSpec = option.metadata["spec"]
    name = f"`{flag(option.name)}`" + (f" {spec.metavar}" if spec.metavar else "")
    about = spec.help
    is_range_said = spec.high is None or f"{spec.low} to {spec.high}" in about
    if not is_range_said:
        about += f" From {spec.low} to {spec.high}."
    variable = f"`{ENV_PREFIX}{option.name.upper()}`"
    return f"| {name} | {_shown(option)} | {about} | {variable} |"


def _shown(option: Field[Any]) -> str:
    if isinstance(option.default, bool):
        return "on" if option.default else "off"
    if option.default not in ("", ()):
        return f"`{option.default}`"
    return "random" if "random" in option.metadata["spec"].help else "none"


def table() -> str:
    """The whole table, its marks included."""
    return "\n".join((BEGIN, *HEAD, *map(row, options()), END))


def filled(page: str) -> str:
    """The page with the table of now between the marks."""
    before, _, rest = page.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise SystemExit(f"{PAGE} lacks the marks that the table goes between")
    return before + table() + after


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
