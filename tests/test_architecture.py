"""The house rules of ARCHITECTURE.md, held by walking the source. The tables are the rules.

Imports point down only, neighbours never import each other. `violations` takes any source tree
(`tests/stage/source_tree.py` reads it), so the tests below also show that each rule can fail.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.stage.source_tree import (
    PACKAGE,
    Module,
    below_package,
    cycles,
    fields_of,
    internal,
    length_of,
    load,
    own_modules,
    room_of,
    set_in_init,
)

TESTS = Path(__file__).resolve().parent

FLOOR = {"aside", "clock", "closing", "errors", "grants", "labels", "media", "version", "waker"}
FLOOR |= {"paths", "portal", "wayland"}
NEIGHBOURS = {"capture", "encode", "wire", "flow", "control"}
BELOW_HUB = FLOOR | NEIGHBOURS
BELOW_SERVE = BELOW_HUB | {"decode", "gate", "hub", "publish", "subscribe", "record", "talk"}
BELOW_HOST = BELOW_SERVE | {"serve", "outputs", "relay", "options", "option_values"}

MAY_IMPORT: dict[str, set[str]] = {
    "aside": set(),
    "clock": set(),
    "waker": set(),
    "closing": set(),
    "errors": {"closing"},
    "grants": {"errors"},
    "labels": set(),
    "media": set(),
    "paths": set(),
    "portal": {"errors", "waker"},
    "wayland": {"clock", "errors", "media"},
    "version": set(),
    "loop_thread": {"errors", "interpreter"},
    "option_values": FLOOR,
    "options": FLOOR | {"option_values"},
    "keywords": {"errors", "options"},
    "capture": FLOOR,
    "encode": FLOOR,
    "wire": FLOOR,
    "flow": FLOOR,
    "control": FLOOR,
    "hub": BELOW_HUB,
    "gate": FLOOR | {"encode", "flow", "wire"},
    "decode": FLOOR,
    "publish": BELOW_HUB | {"decode", "gate", "hub"},
    "subscribe": BELOW_HUB | {"hub"},
    "serve": BELOW_SERVE | {"options", "option_values", "outputs"},
    "relay": BELOW_SERVE,
    "bus": BELOW_SERVE | {"relay"},
    "workers": BELOW_SERVE | {"interpreter", "serve", "options"},
    "record": BELOW_HUB | {"hub"},
    "talk": BELOW_HUB | {"hub"},
    "outputs": BELOW_HUB | {"decode", "hub", "record", "options", "option_values"},
    "interpreter": set(),
    "tunnel": FLOOR | {"option_values"},
    "display": FLOOR,
    "tunnelled": BELOW_HOST | {"host", "tunnel"},
    "host": BELOW_HOST | {"workers"},
    "room_list": {"errors", "options"},
    "rooms": BELOW_HOST | {"host", "bus"},
    "watcher": BELOW_HOST | {"host"},
    "share_values": {"watcher", "subscribe"},
    "share_input": {"control", "errors", "hub", "publish"},
    "share_recording": {"errors", "host", "loop_thread"},
    "share_streams": BELOW_HOST | {"host", "share_input"},
    "share_feed": BELOW_SERVE,
    "share_frames": BELOW_HOST
    | {"host", "loop_thread", "share_feed", "share_streams", "watcher"},
    "share_pushing": BELOW_HOST | {"host", "share_streams"},
    "share_actions": BELOW_HOST
    | {"host", "loop_thread", "tunnelled", "watcher", "share_values"},
    "share": BELOW_HOST
    | {"host", "interpreter", "keywords", "tunnelled", "watcher", "loop_thread"}
    | {"share_actions", "share_input", "share_pushing", "share_recording", "share_streams"}
    | {"share_frames", "share_values"},
    "highgui": {"capture", "errors", "keywords", "options", "share", "share_input"},
    "cli": BELOW_HOST
    | {"bus", "display", "host", "interpreter", "room_list", "rooms", "tunnel", "tunnelled"},
    "__main__": {"cli"},
    "__init__": BELOW_HOST
    | {"highgui", "host", "share", "share_frames", "share_input", "share_recording"}
    | {"share_values", "watcher"},
}

PURE = (
    *("closing", "grants", "labels", "wire", "flow", "gate"),
    *("capture.damage", "capture.jpeg", "encode.png", "encode.sps", "serve.links"),
    *("hub.mark_feed", "hub.marks"),
    *("decode.inbox", "decode.restarts", "decode.values"),
    *("talk.mix", "capture.desktop_ink", "wayland.wire", "capture.wayland.pixel_format"),
    *("capture.rtmp.amf", "capture.rtmp.chunks", "capture.rtmp.session", "capture.sound.evened"),
    *("capture.cursor", "capture.pipewire.formats", "capture.pipewire.pods"),
    *("bus.address", "bus.gaps", "bus.messages", "bus.reasons", "bus.subjects", "bus.wire"),
    "bus.wants",
    *("capture.portal.canvas", "outputs.feed"),
    *("record.keyframes", "record.replay_buffer", "record.sound_line", "record.timeline"),
    *("cli.words", "cli.keystrokes", "cli.controls", "cli.panel"),
    *("display.environment", "display.size"),
    *("tunnel.events", "tunnel.cloudflared", "tunnel.tailscale", "tunnel.ssh"),
    *("control.actions", "control.as_typed", "control.clicks", "control.clips", "control.events"),
    *("control.hands", "control.holds", "control.inbox", "control.keyboard", "control.repeats"),
    *("control.macos.keycodes", "control.windows.scancodes", "control.wayland.char_keys"),
    *("control.file_names", "control.keymap", "control.uploads"),
    *("control.keysyms", "control.news", "control.places", "control.policy", "control.spares"),
    *("control.program_input", "control.strokes", "control.wheel", "control.wire"),
)
IMPURE_MODULES = {
    *("asyncio", "concurrent", "multiprocessing", "queue", "sched", "signal", "threading"),
    *("select", "selectors", "socket", "socketserver", "ssl", "http", "urllib", "subprocess"),
    *("ctypes", "datetime", "io", "mmap", "os", "pathlib", "shutil", "tempfile", "time"),
    *("aiohttp", "av", "mss", "nats", "simplejpeg", "uvloop", "xcffib"),
}

ASYNC_ROOMS = {
    *("aside", "hub", "publish", "subscribe", "record", "outputs", "relay", "bus"),
    "loop_thread",
    *("interpreter", "share_actions", "share_input", "share_recording", "share_values"),
    *("share_feed", "share_frames"),
    *("share_pushing", "share_streams"),
    *("serve", "talk", "workers", "host", "rooms", "share", "tunnel", "tunnelled", "watcher"),
    "cli",
}
ASYNC_MODULES = {"aiohttp", "asyncio", "uvloop"}

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 40
MAX_ATTRIBUTES = 12
TOO_LARGE: dict[str, int] = {}
"""Classes that may have more attributes for now. No number here may grow, and no row be added."""

BANNED_WORDS = {
    *("manager", "managers", "helper", "helpers", "util", "utils", "handler", "handlers"),
    *("data", "info", "common", "misc"),
}


def violations(modules: dict[str, Module]) -> list[str]:
    """One line for each broken rule in a package."""
    found = [f"{cycle}: import cycle" for cycle in cycles(modules)]
    for name, module in modules.items():
        for rule in RULES:
            found += [f"{name}:{fault}" for fault in rule(module)]
    return sorted(set(found))


# --- the rules: each yields "LINE: what is wrong" -------------------------------------------------


def imports_point_down(module: Module) -> Iterator[str]:
    if module.room not in MAY_IMPORT:
        yield f"1: room '{module.room}' is not in the table of layers"
        return
    for item in internal(module):
        room = room_of(item.target)
        if room != module.room and room not in MAY_IMPORT[module.room]:
            yield f"{item.line}: '{module.room}' must not import '{room}'"


def relative_within_a_folder_absolute_across(module: Module) -> Iterator[str]:
    """So crossing a wall is visible at a glance. (Dots upwards are ruff's TID252.)"""
    for item in internal(module):
        home = f"{PACKAGE}.{module.folder}."
        inside = bool(module.folder) and f"{item.target}.".startswith(home)
        if inside and not item.level:
            yield f"{item.line}: import {item.target} with a dot, it is in the same folder"
        if item.level and not inside:
            yield f"{item.line}: import {item.target} by its full name, it is another folder"


def pure_rooms_stay_pure(module: Module) -> Iterator[str]:
    if not _is_pure(module.name):
        return
    for item in module.imports:
        name = below_package(item.target)
        if name is None and item.target.partition(".")[0] in IMPURE_MODULES:
            yield f"{item.line}: pure, must not import {item.target}"
        is_inside = name is not None and not _is_pure(name)
        if is_inside and room_of(item.target) not in FLOOR - {"clock"}:
            yield f"{item.line}: pure, must not import {item.target}, which is not"


def asyncio_only_where_it_belongs(module: Module) -> Iterator[str]:
    if module.room in ASYNC_ROOMS:
        return
    for item in module.imports:
        if item.target.partition(".")[0] in ASYNC_MODULES:
            yield f"{item.line}: '{module.room}' must not import {item.target}"


def files_are_short_and_say_what_they_are(module: Module) -> Iterator[str]:
    if not ast.get_docstring(module.tree):
        yield "1: no module docstring"
    if (lines := module.text.count("\n")) > MAX_FILE_LINES:
        yield f"1: {lines} lines, at most {MAX_FILE_LINES}"


def functions_are_short(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = length_of(node, with_signature=module.room != "cli")
            if lines > MAX_FUNCTION_LINES:
                yield f"{node.lineno}: {node.name}() has {lines} lines, over {MAX_FUNCTION_LINES}"


def objects_are_small(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef):
            count = len(fields_of(node) | set_in_init(node))
            most = TOO_LARGE.get(f"{module.name}.{node.name}", MAX_ATTRIBUTES)
            if count > most:
                yield f"{node.lineno}: {node.name} has {count} attributes, at most {most}"


def names_say_something(module: Module) -> Iterator[str]:
    stem = module.name.rpartition(".")[2]
    if banned := BANNED_WORDS & set(stem.split("_")):
        yield f"1: module name says '{banned.pop()}'"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef):
            words = re.findall(r"[A-Z][a-z0-9]+|[A-Z]+(?![a-z])", node.name)
            if banned := BANNED_WORDS & {word.lower() for word in words}:
                yield f"{node.lineno}: class {node.name} says '{banned.pop()}'"


RULES: tuple[Callable[[Module], Iterator[str]], ...] = (
    imports_point_down,
    relative_within_a_folder_absolute_across,
    pure_rooms_stay_pure,
    asyncio_only_where_it_belongs,
    files_are_short_and_say_what_they_are,
    functions_are_short,
    objects_are_small,
    names_say_something,
)


def _is_pure(name: str) -> bool:
    return any(name == pure or name.startswith(f"{pure}.") for pure in PURE)


# --- the tests ------------------------------------------------------------------------------------


def test_the_source_keeps_the_house_rules() -> None:
    found = violations(own_modules())
    assert not found, "\n".join(found)


def test_files_of_tests_are_short() -> None:
    paths = [path for end in ("py", "js", "mjs") for path in TESTS.rglob(f"*.{end}")]
    assert len(paths) > 400, "they were found"
    lengths = {str(path): len(path.read_text(encoding="utf-8").splitlines()) for path in paths}
    assert not {path: lines for path, lines in lengths.items() if lines > MAX_FILE_LINES}


def test_nothing_is_excused_that_keeps_the_rule() -> None:
    """A class that has become small loses its excuse at once."""
    sizes = {
        f"{module.name}.{node.name}": len(fields_of(node) | set_in_init(node))
        for module in own_modules().values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
    }
    assert {name: sizes.get(name) for name in TOO_LARGE} == TOO_LARGE
    assert all(count > MAX_ATTRIBUTES for count in TOO_LARGE.values())


def test_the_table_knows_its_own_rooms() -> None:
    assert set.union(*MAY_IMPORT.values()) <= set(MAY_IMPORT)
    for room in NEIGHBOURS:
        assert not MAY_IMPORT[room] & NEIGHBOURS


DOC = '"""A module."""\n'
LONG_SIGNATURE = "".join(f"    a{i}: int,\n" for i in range(40))
LONG = "\n".join(["    x = 1"] * 41)
BROKEN = [
    ("wire/a.py", "import time", "pure, must not import time"),
    ("flow/a.py", "from samescreen.clock import clock_us", "must not import samescreen.clock"),
    ("wire/a.py", "from samescreen.hub import hub", "'wire' must not import 'hub'"),
    ("capture/damage.py", "from .base import Source", "capture.base, which is not"),
    ("capture/a.py", "from samescreen.encode import base", "'capture' must not import 'encode'"),
    ("capture/a.py", "from samescreen.capture.base import X", "with a dot"),
    ("capture/a.py", "from .. import media", "by its full name"),
    ("capture/a.py", "from ..media import Frame", "by its full name"),
    ("capture/a.py", "def f():\n    import asyncio", "'capture' must not import asyncio"),
    ("hub/a.py", "from samescreen.options import Options", "'hub' must not import 'options'"),
    ("hub/a.py", "from samescreen.publish import b", "'hub' must not import 'publish'"),
    (
        "publish/a.py",
        "from samescreen.subscribe import b",
        "'publish' must not import 'subscribe'",
    ),
    ("subscribe/a.py", "from samescreen.record import b", "'subscribe' must not import 'record'"),
    ("record/timeline.py", "import time", "pure, must not import time"),
    ("serve/a.py", "import samescreen.relay.link", "'serve' must not import 'relay'"),
    ("host.py", "from samescreen.cli import main", "'host' must not import 'cli'"),
    ("drawer.py", "", "'drawer' is not in the table"),
    ("hub/a.py", "from . import b", "hub.a → hub.b → hub.a: import cycle"),
    ("hub/utils.py", "", "module name says 'utils'"),
    ("hub/a.py", "class HubManager: ...", "class HubManager says 'manager'"),
    ("hub/a.py", "class RTPInfo: ...", "class RTPInfo says 'info'"),
    ("hub/a.py", f"def f():\n{LONG}", "f() has 42 lines"),
    ("hub/a.py", "#\n" * 400, "401 lines"),
    (
        "hub/a.py",
        "class A:\n  def __init__(self):\n" + "".join(f"    self.a{i} = 0\n" for i in range(13)),
        "A has 13 attributes",
    ),
    (
        "hub/a.py",
        "@dataclass(slots=True)\nclass A:\n" + "".join(f"    a{i}: int = 0\n" for i in range(13)),
        "A has 13 attributes",
    ),
]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small package that keeps every rule."""
    good = {
        "__init__.py": "from samescreen.host import Host",
        "host.py": "import asyncio\nfrom samescreen.hub.b import B\nclass Host: ...",
        "options.py": "",
        "media.py": "class Frame: ...",
        "capture/__init__.py": "",
        "capture/base.py": "import threading\nfrom samescreen.media import Frame",
        "capture/x11/__init__.py": "",
        "capture/x11/screen.py": "from samescreen.capture.base import A\nfrom . import canvas",
        "capture/x11/canvas.py": "",
        "hub/__init__.py": "",
        "hub/a.py": "",
        "hub/b.py": "from .a import B\nfrom samescreen.capture import base",
        "wire/__init__.py": "",
        "cli.py": f"def f(\n{LONG_SIGNATURE}) -> None:\n    '''Words.\n    More.'''",
    }
    for name, body in good.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(DOC + body + "\n", encoding="utf-8")
    return tmp_path


def test_a_good_tree_passes(tree: Path) -> None:
    assert violations(load(tree)) == []


@pytest.mark.parametrize(("name", "body", "expected"), BROKEN)
def test_a_broken_rule_is_named(tree: Path, name: str, body: str, expected: str) -> None:
    path = tree / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(DOC + body, encoding="utf-8")
    found = violations(load(tree))
    assert any(expected in line for line in found), found


def test_a_missing_docstring_is_named(tree: Path) -> None:
    (tree / "hub" / "a.py").write_text("x = 1\n", encoding="utf-8")
    assert violations(load(tree)) == ["hub.a:1: no module docstring"]
