"""Joins ES modules into one file, and style sheets into one, so that a browser asks once for many.

Knows only the forms that the page's own modules use: `import { names } from "./file.js"`, imports
of a file alone, and `export` before const, class and function. Pure; `assets.py` calls it once at
the start, so nobody has to build anything. A test runs the results in Node.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_IMPORT: Final = re.compile(r'^import (?:\{([^}]*)\} from )?"(\.[^"]+)";\n', re.MULTILINE)
_EXPORT: Final = re.compile(
    r"^export (?=(?:async function|function|class|const) ([A-Za-z_$][\w$]*))", re.MULTILINE
)
_OTHER: Final = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
_REMARK: Final = re.compile(r"/\*\*.*?\*/ ?|^[ \t]*//[^\n]*\n", re.DOTALL | re.MULTILINE)
_INDENT: Final = re.compile(r"\n\s+")
_LATER: Final = re.compile(r'\bimport\("(\.[^"]+)"\)')
_BESIDE: Final = re.compile(r'new URL\("([^"]+)", import\.meta\.url\)')


@dataclass(frozen=True, slots=True)
class Bundle:
    """One joined file. `path`: its own, in the root folder. `modules`: those in it, in order.

    `is_classic`: a script that the browser runs where it stands in the page, before it reads on. A
    module would wait until the page is laid out.
    """

    path: str
    source: str
    modules: tuple[str, ...]
    is_classic: bool = False

    def taken(self, needed: Collection[str]) -> str:
        """The line by which a later bundle takes those modules that it needs from this one."""
        names = ", ".join(_named(name) for name in self.modules if name in needed)
        if self.is_classic:
            return f"const {{ {names} }} = {_place(self.path)};\n"
        return f'import {{ {names} }} from "./{self.path}";\n'


def without_remarks(source: str) -> str:
    """The same program without JSDoc comments, lines that are comments alone, and indentation."""
    return _INDENT.sub("\n", _REMARK.sub("", source))


def joined(
    path: str,
    entry: str,
    sources: Mapping[str, str],
    *,
    before: Sequence[Bundle] = (),
    is_classic: bool = False,
    instead: Mapping[str, str] | None = None,
) -> Bundle:
    """`entry` and everything that it imports, each module once and after what it needs.

    `before`: bundles that the page has loaded already; their modules are used from there.
    `is_classic`: as in `Bundle`. `instead`: which file to load later in place of a module, for
    imports at run time and workers.

    Raises:
        ValueError: an import or export of a form that this module does not know, or a cycle.
    """
    order: list[str] = []
    _follow(entry, sources, order, (), {name for each in before for name in each.modules})
    parts = [_wrapped(name, sources[name], instead or {}) for name in order]
    here = "document.currentScript.src" if is_classic else "import.meta.url"
    head = f"const $here = {here};\nconst $at = (path) => new URL(path, $here);\n"
    needed = {needed for name in order for needed in _needs(name, sources[name])}
    body = "".join([*(bundle.taken(needed) for bundle in before), head, *parts])
    exports = f"{{ {', '.join(_named(name) for name in order)} }};\n"
    left = f"{{\n{body}{_place(path)} = {exports}}}\n"
    source = left if is_classic else f"{body}export {exports}"
    return Bundle(path, source, tuple(order), is_classic)


def _place(path: str) -> str:
    """Where a classic script leaves its modules for later ones."""
    return f'globalThis["{path}"]'


def _follow(
    name: str,
    sources: Mapping[str, str],
    order: list[str],
    above: tuple[str, ...],
    known: Collection[str],
) -> None:
    """Append this module to `order`, after what it imports."""
    if name in order or name in known:
        return
    if name in above:
        raise ValueError(f"{' imports '.join((*above, name))}: a cycle")
    for needed in _needs(name, sources[name]):
        _follow(needed, sources, order, (*above, name), known)
    order.append(name)


def _needs(name: str, source: str) -> list[str]:
    """The modules that this one imports, in its order."""
    return [_beside(name, found[2]) for found in _IMPORT.finditer(source)]


def _beside(name: str, path: str) -> str:
    """The path of a file that a module names by a relative path."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), path))


def _named(name: str) -> str:
    """The constant that holds the exports of a module."""
    return "$" + re.sub(r"\W", "_", name)


def _wrapped(name: str, source: str, instead: Mapping[str, str]) -> str:
    """One module as a function that runs at once and returns the exports."""

    def imported(found: re.Match[str]) -> str:
        if found[1] is None:
            return ""
        names = re.sub(r"\s+as\s+", ": ", found[1].strip().rstrip(","))
        return f"const {{ {names} }} = {_named(_beside(name, found[2]))};\n"

    def at(form: str) -> Callable[[re.Match[str]], str]:
        def placed(found: re.Match[str]) -> str:
            path = _beside(name, found[1])
            return form.format(f'$at("{instead.get(path, path)}")')

        return placed

    body = without_remarks(source)
    exports = ", ".join(found[1] for found in _EXPORT.finditer(body))
    body = _EXPORT.sub("", _IMPORT.sub(imported, body))
    other = _OTHER.search(body)
    if other is not None:
        raise ValueError(f"{name}: cannot join {other[0]!r}")
    body = _BESIDE.sub(at("{}"), _LATER.sub(at("import({})"), body))
    if "import.meta" in body:
        raise ValueError(f"{name}: cannot join its use of import.meta")
    return f"const {_named(name)} = (() => {{\n{body}return {{ {exports} }};\n}})();\n"
