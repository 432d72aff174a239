"""The documents: links lead somewhere, named files exist, generated parts are up to date.

`docs/decisions` is history: it may name files that are gone, but its links must lead somewhere.
"""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from msgspec import Struct

from samescreen.subscribe.dispatch import PROTOCOL
from tests.stage.tools import ROOT

FOLDERS = (".", "docs", "docs/decisions", "bench", ".github")
PAGES = sorted(page for folder in FOLDERS for page in (ROOT / folder).glob("*.md"))
HISTORY = ROOT / "docs" / "decisions"
LIVING = [page for page in PAGES if HISTORY not in page.parents]
MAX_README_LINES = 130
MAX_COLUMNS = 140

CODE_BLOCK = re.compile(r"^```.*?^```$|^ {4,}.*?$", re.M | re.S)
INLINE_CODE = re.compile(r"(`+)(.+?)\1", re.S)
LINK = re.compile(r"\]\(([^)\s]+)\)")
NAMED_FILE = re.compile(r"[\w.-]*\w(?:/[\w.-]+)*\.(?:py|js|mjs|html|css|wasm|csv|sh|toml)")
NAMED_FOLDER = re.compile(r"[\w.-]*\w(?:/[\w.-]+)*/")
SHOWN_FROM = ("", "src/samescreen", "src/samescreen/viewer", "bench", "bench/results", "docs")
"""Folders that documents name files from."""


def shown(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


every_page = pytest.mark.parametrize("page", PAGES, ids=shown)
every_living_page = pytest.mark.parametrize("page", LIVING, ids=shown)


def broken_links(page: Path, text: str) -> list[str]:
    """The relative links in `text` that lead to no file, or to no heading of it."""
    broken = []
    for link in LINK.findall(without_code(text)):
        path, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    return broken


def without_code(text: str) -> str:
    """The text without blocks of code and code within lines."""
    return INLINE_CODE.sub("", CODE_BLOCK.sub("", text))


def anchors(page: Path) -> set[str]:
    """What GitHub calls the headings of that page in links."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def missing_files(text: str) -> list[str]:
    """The files and folders named as code in `text` that do not exist."""
    words = {word for _, code in INLINE_CODE.findall(CODE_BLOCK.sub("", text)) for word in [code]}
    return sorted(word for word in words if names_something(word) and not is_there(word))


def names_something(word: str) -> bool:
    return bool(NAMED_FILE.fullmatch(word) or NAMED_FOLDER.fullmatch(word))


def is_there(word: str) -> bool:
    """A path from one of the folders, or the bare name of any file or folder of ours."""
    if any((ROOT / folder / word).exists() for folder in SHOWN_FROM):
        return True
    name = word.rstrip("/")
    return "/" not in name and name in names_of_all(is_folder=name != word)


@cache
def names_of_all(*, is_folder: bool) -> frozenset[str]:
    """The names of all files, or all folders, of the project."""
    tops = ("src", "tests", "bench", "docs", "examples", "scripts")
    found = [path for top in tops for path in (ROOT / top).rglob("*")]
    found += ROOT.iterdir()
    return frozenset(path.name for path in found if path.is_dir() == is_folder)


def wide_lines(text: str) -> Iterator[str]:
    """Lines of prose beyond the limit; a row of a table cannot be broken."""
    for line in CODE_BLOCK.sub("", text).splitlines():
        if len(line) > MAX_COLUMNS and not line.startswith("|"):
            yield line


@every_page
def test_links_lead_to_a_file_and_a_heading(page: Path) -> None:
    assert broken_links(page, page.read_text(encoding="utf-8")) == []


@every_living_page
def test_named_files_and_folders_exist(page: Path) -> None:
    assert missing_files(page.read_text(encoding="utf-8")) == []


@every_page
def test_lines_are_not_too_wide(page: Path) -> None:
    assert list(wide_lines(page.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_readme_stays_short(name: str) -> None:
    assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) <= MAX_README_LINES


@pytest.mark.parametrize("at", [0, 1])
def test_the_tables_of_options_are_written_from_the_options(at: int) -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "options_table.py"))
    page = script["PAGES"][at]
    text = page.path.read_text(encoding="utf-8")
    assert script["filled"](page, text) == text, "run `make docs`"


def test_metrics_and_the_schema_of_the_status_are_written_from_the_code() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "operations_page.py"))
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert script["filled"](page) == page, "run `make docs`"
    schema = (ROOT / "docs" / "status.schema.json").read_text(encoding="utf-8")
    assert script["schema"]() == schema, "run `make docs`"


def drawing_of_layers(text: str) -> str:
    return text.partition("## Layers")[2].partition("\n| ")[0]


def rooms_drawn(drawing: str) -> set[str]:
    """The folders and modules that begin a line; a wide gap begins their explanation."""
    drawn: set[str] = set()
    for line in re.findall(r"^ {4,}(.*)$", drawing, re.M):
        cells = re.split(r" {3,}", line.strip(" │├└┬┴┐┘─"))
        is_row_of_rooms = len(cells) > 2 and all(re.fullmatch(r"\w+", cell) for cell in cells)
        for cell in cells if is_row_of_rooms else cells[:1]:
            drawn |= set(re.findall(r"\w+", cell))
    return drawn - {"neighbours"}


def test_the_drawing_of_the_layers_names_what_exists_and_all_of_it() -> None:
    package = ROOT / "src" / "samescreen"
    there = {path.stem for path in package.iterdir() if path.suffix in ("", ".py")}
    there -= {"__init__", "__main__", "__pycache__"}
    drawing = drawing_of_layers((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"))
    assert rooms_drawn(drawing) - there == set()
    assert there - set(re.findall(r"\w+", drawing)) == set()


def types_with_a_row(security: str) -> set[str]:
    """The words that begin the rows of the table of a viewer's messages."""
    rest = security.partition("## What a viewer can do with each message")[2]
    section = rest.partition("\n## ")[0]
    return set(re.findall(r"^\| `([a-z-]+)` \|", section, re.M))


def test_the_table_of_a_viewers_messages_names_every_type_and_no_other() -> None:
    security = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    assert types_with_a_row(security) == {tag_of(message) for message in PROTOCOL}


def tag_of(message: type) -> str:
    """The word in the message's `type` field."""
    assert issubclass(message, Struct)
    return str(message.__struct_config__.tag)


def test_every_page_can_be_reached_from_a_readme() -> None:
    """Nobody finds a page that no other page leads to."""
    reached, waiting = set[Path](), [ROOT / "README.md", ROOT / "README.zh-CN.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        links = LINK.findall(without_code(page.read_text(encoding="utf-8")))
        paths = {(page.parent / link.partition("#")[0]).resolve() for link in links}
        waiting += [path for path in paths if path.suffix == ".md" and path not in reached]
    documents = {page for page in PAGES if ROOT / ".github" not in page.parents}
    assert {shown(page) for page in documents - reached} == set()


# The rules can fail


def test_a_broken_link_is_found() -> None:
    page = ROOT / "README.md"
    text = "[a](docs/cli.md) [b](docs/gone.md) `[c](d)`"
    text += "[e](docs/cli.md#options) [f](docs/cli.md#gone)"
    assert broken_links(page, text) == ["docs/gone.md", "docs/cli.md#gone"]


def test_a_file_that_is_gone_is_found() -> None:
    text = "`wire/packets.py` `packets.py` `wire/gone.py` `gone.py` `lost/` `wire/` `GET /`"
    assert missing_files(text) == ["gone.py", "lost/", "wire/gone.py"]


def test_a_wide_line_is_found() -> None:
    wide = "a" * (MAX_COLUMNS + 1)
    assert list(wide_lines(f"{wide}\n| {wide} |\n```\n{wide}\n```\n")) == [wide]


def test_a_room_that_is_gone_is_found_in_the_drawing() -> None:
    drawing = (
        "      cli · gone      the command\n      wire      flow       lost       neighbours\n"
    )
    assert rooms_drawn(drawing) == {"cli", "gone", "wire", "flow", "lost"}


def test_a_message_without_a_row_is_found() -> None:
    page = "## What a viewer can do with each message\n\n| `ack` | x |\n\n## Next\n| `need` | x |\n"
    assert types_with_a_row(page) == {"ack"}
