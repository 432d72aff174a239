"""Whatever error a person can meet at the terminal is said in Chinese too."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Final

from samescreen.cli.words import zh_sentences
from tests.stage.tools import ROOT

CODE: Final = ROOT / "src" / "samescreen"
ERRORS: Final = {
    "UsageError",
    "CaptureError",
    "SourceUnavailable",
    "BackendMissing",
    "NoScreen",
    "SourceLost",
    "EncodeError",
    "ServeError",
    "TunnelError",
    "DisplayError",
}
"""What a terminal shows. It never shows what a viewer's message did wrong."""
OF_PROGRAMS: Final = (
    *("share.py", "share_", "highgui.py", "loop_thread.py", "keywords.py"),
    *("capture/given.py", "capture/push.py", "capture/sound/pushed.py"),
    "publish/pushed_video.py",
)
"""What programs in Python meet, as exceptions."""
OF_REQUESTS: Final = (
    *("serve/host_routes.py", "serve/new_link.py", "serve/stream_limits.py"),
    *("control/actions.py", "control/clips.py", "control/uploads.py"),
    *("hub/clipboard.py", "publish/remote_clipboard.py"),
)
"""What pages and programs get as the answer to a request."""
ELSEWHERE: Final = OF_PROGRAMS + OF_REQUESTS
LEFT: Final = {
    "{} takes a string, not {}: write {}=\"…\"": "programs in Python",
    "{} takes True or False, not {}": "programs in Python",
    "{} takes a string, or a list of them, not {}": "programs in Python",
    "{} takes a whole number, not {}: round it": "programs in Python",
    "--dpi takes {} to {}, not {}": "translated as every option with a range",
    "there is no option {}; there are: {}": "programs in Python",
    "grants are: {}": "programs in Python; --allow has its own",
    "the host page can share: {}": "the host page",
    "{} ({})": "made of two others",
    "{}; {}": "made of two others",
    "the sound is not open": "a fault of this program",
    "{} is closed": "a fault of this program",
    "the pictures of another host are shared on as they are": "a fault of this program",
    "logind knows another session than that of this screen": "the log only",
}
"""Other sentences that no terminal shows, or that have no words of their own, and why."""


@cache
def _trees() -> dict[str, ast.Module]:
    paths = [path for path in sorted(CODE.rglob("*.py")) if path.parent.name != "words"]
    return {
        path.relative_to(CODE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in paths
    }


@cache
def _constants() -> dict[str, dict[str, ast.expr]]:
    """By name, and by the file that has it: what stands for a text at the top of a file."""
    found: dict[str, dict[str, ast.expr]] = defaultdict(dict)
    for place, tree in _trees().items():
        for node in tree.body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
                found[node.target.id][place] = node.value
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                found[node.targets[0].id][place] = node.value
    return found


def _said(node: ast.AST, place: str) -> Iterator[str]:
    """Every text that this expression can be, "{}" for each value; none if it is of another."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.values]
        yield "".join(map(str, parts))
    elif isinstance(node, ast.IfExp):
        yield from _said(node.body, place)
        yield from _said(node.orelse, place)
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from _said(value, place)
    elif isinstance(node, ast.Name | ast.Attribute):
        name = node.id if isinstance(node, ast.Name) else node.attr
        places = _constants().get(name, {})
        for there in [place] if place in places else places:
            yield from _said(places[there], there)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        yield from _returned(node.func.id, place)
    elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "format":
        yield from _said(node.func.value, place)  # type: ignore[attr-defined]


def _returned(function: str, place: str) -> Iterator[str]:
    for node in _trees()[place].body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return) and inner.value is not None:
                    yield from _said(inner.value, place)


def _errors() -> Iterator[tuple[str, str]]:
    for place, tree in _trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ERRORS and node.args:
                for text in _said(node.args[0], place):
                    yield place, text


def test_each_error_of_the_terminal_is_said_in_chinese_too() -> None:
    said = {text for place, text in _errors() if not _is_elsewhere(place)}
    assert len(said) > 300
    assert sorted(said - LEFT.keys() - zh_sentences.TEXTS.keys()) == []


def test_no_exception_outlives_its_reason() -> None:
    errors = list(_errors())
    assert LEFT.keys() <= {text for place, text in errors if not _is_elsewhere(place)}
    assert all(any(place.startswith(begin) for place, _ in errors) for begin in ELSEWHERE)


def _is_elsewhere(place: str) -> bool:
    return place.startswith(ELSEWHERE)
