"""Write what docs/operations.md and docs/status.schema.json take from the code: `make docs`.

tests/test_docs.py fails when they differ.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

import msgspec

from samescreen.serve.metrics import metrics_text
from samescreen.serve.status import HostStatus

DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
PAGE: Final = DOCS / "operations.md"
SCHEMA: Final = DOCS / "status.schema.json"
BEGIN: Final = "<!-- metrics: written by `make docs`, do not edit by hand -->"
END: Final = "<!-- end of metrics -->"
HEAD: Final = ("| name | type | what it is |", "|---|---|---|")


def table() -> str:
    """The names of /metrics, their marks included."""
    text = metrics_text(HostStatus("", []))
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    rows = [
        f"| `{name}` | {kinds[name]} | {about} |"
        for name, about in re.findall(r"^# HELP (\S+) (.+)$", text, re.MULTILINE)
    ]
    return "\n".join((BEGIN, *HEAD, *rows, END))


def filled(page: str) -> str:
    """The page with the table of now between the marks."""
    before, _, rest = page.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise SystemExit(f"{PAGE} lacks the marks that the table goes between")
    return before + table() + after


def schema() -> str:
    """The JSON Schema (2020-12) of /api/status."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(head | msgspec.json.schema(HostStatus), indent=1) + "\n"


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    SCHEMA.write_text(schema(), encoding="utf-8")
