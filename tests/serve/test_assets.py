"""The page's files: all of them, each with its type, and no other file."""

from __future__ import annotations

import gzip
import json
import re
from io import BytesIO
from urllib.parse import urljoin

import pytest
from PIL import Image

from samescreen.serve.assets import Asset, load_assets
from tests.stage.tools import ROOT

VIEWER = ROOT / "src/samescreen/viewer"


@pytest.fixture(scope="module")
def table() -> dict[str, Asset]:
    return load_assets()


def folder_of(table: dict[str, Asset]) -> str:
    """The folder with the lasting URLs."""
    (folder,) = {"/".join(path.split("/")[:2]) + "/" for path in table if path.startswith("v/")}
    assert re.fullmatch(r"v/[0-9a-f]{16}/", folder)
    return folder


def test_the_root_is_the_page(table: dict[str, Asset]) -> None:
    folder = folder_of(table)
    assert table[""].body.replace(folder.encode(), b"") == table["index.html"].body
    assert not table[""].is_lasting
    assert table[""].content_type == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("ending", "content_type"),
    [
        ("html", "text/html; charset=utf-8"),
        ("js", "text/javascript; charset=utf-8"),
        ("mjs", "text/javascript; charset=utf-8"),
        ("css", "text/css; charset=utf-8"),
        ("wasm", "application/wasm"),
        ("svg", "image/svg+xml"),
    ],
)
def test_every_file_is_served_with_its_type(
    table: dict[str, Asset], ending: str, content_type: str
) -> None:
    files = list(VIEWER.rglob(f"*.{ending}"))
    assert files
    for path in files:
        asset = table[path.relative_to(VIEWER).as_posix()]
        assert asset.content_type == content_type
        assert asset.body == path.read_bytes()


def test_the_smallest_page_is_small_enough_to_copy(table: dict[str, Asset]) -> None:
    lines = [table[name].body.count(b"\n") for name in ("lite.html", "lite.js")]
    assert sum(lines) <= 60
    named = re.findall(r'src="([^":#]+)"', table["lite.html"].body.decode())
    assert named == ["lite.js"]
    assert b"<style" not in table["lite.html"].body


@pytest.mark.parametrize(("page", "script"), [("", "entrance.bundle.js"), ("host", "host/host.js")])
def test_every_file_that_a_page_names_exists(
    table: dict[str, Asset], page: str, script: str
) -> None:
    named = re.findall(r'(?:href|src)="([^":#]+)"', table[page].body.decode())
    folder = folder_of(table)
    assert folder + script in named
    assert set(named) <= set(table)
    assert all(name.startswith(folder) for name in named), "browsers keep them without asking again"


def test_an_installed_page_opens_the_page_itself(table: dict[str, Asset]) -> None:
    """Its manifest lies two folders below the page; browsers resolve what it names from there."""
    path = folder_of(table) + "manifest.webmanifest"
    assert f'rel="manifest" href="{path}"'.encode() in table[""].body
    manifest = json.loads(table[path].body)
    assert table[path].content_type == "application/manifest+json"
    for name in ("start_url", "scope"):
        assert urljoin(f"https://h/base/{path}", manifest[name]) == "https://h/base/"
    pngs = set()
    for icon in manifest["icons"]:
        asset = table[folder_of(table) + icon["src"]]
        assert asset.content_type == icon["type"]
        if icon["type"] == "image/png":
            width, height = Image.open(BytesIO(asset.body)).size
            assert icon["sizes"] == f"{width}x{height}"
            pngs.add((icon["sizes"], icon["purpose"]))
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} <= pngs


def test_every_file_has_its_name_and_a_lasting_url(table: dict[str, Asset]) -> None:
    folder = folder_of(table)
    lasting = {path for path, asset in table.items() if asset.is_lasting}
    assert lasting == {path for path in table if path.startswith("v/")}
    pages = {"", "host", "show"}
    by_name = {path: asset.body for path, asset in table.items() if path not in lasting | pages}
    assert {path.removeprefix(folder): table[path].body for path in lasting} == by_name


def test_every_imported_module_exists(table: dict[str, Asset]) -> None:
    for path, asset in table.items():
        if path.endswith(("js", "mjs")):
            folder = path.rpartition("/")[0]
            for name in re.findall(r"""from ["'](\.[^"']+)["']""", asset.body.decode()):
                parts = [*filter(None, folder.split("/"))]
                for part in name.split("/"):
                    if part == "..":
                        parts.pop()
                    elif part != ".":
                        parts.append(part)
                assert "/".join(parts) in table, f"{path} imports {name}"


def test_a_page_names_few_files_and_the_first_picture_needs_few_bytes(
    table: dict[str, Asset],
) -> None:
    named = re.findall(r'(?:href|src)="([^":#]+)"', table[""].body.decode())
    assert [name.removeprefix(folder_of(table)) for name in named] == [
        "app/icon.svg",
        "app/icon-full-180.png",
        "manifest.webmanifest",
        "opening.bundle.js",
        "entrance.bundle.js",
        "page.bundle.css",
    ]
    worker = f"{folder_of(table)}worker.bundle.js"
    needed = [table[name].packed for name in ("", *named[3:], worker)]
    assert all(needed)
    assert sum(map(len, needed)) < 57_000, "2 Mbit/s carry that in 0.23 s"
    glimpse = [table[name].packed for name in ("", *named[3:])]
    assert sum(map(len, glimpse)) < 29_000, "what a glimpse waits for on a slow link"


def test_what_packing_does_not_make_smaller_is_not_packed(table: dict[str, Asset]) -> None:
    for path, asset in table.items():
        assert len(asset.packed) < len(asset.body), path
        if asset.packed:
            assert gzip.decompress(asset.packed) == asset.body


def test_notes_and_type_files_are_not_served(table: dict[str, Asset]) -> None:
    assert not [path for path in table if path.endswith((".md", ".mts", "NOTICE", ".py"))]


def test_different_contents_have_different_etags(table: dict[str, Asset]) -> None:
    assert len({a.etag for a in table.values()}) == len({a.body for a in table.values()})
    assert all(re.fullmatch(r'"[0-9a-f]{16}"', asset.etag) for asset in table.values())
