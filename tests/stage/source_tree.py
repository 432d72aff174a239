"""The package as a tree of parsed modules: what each imports, and how large its parts are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PACKAGE = "samescreen"
SOURCE = Path(__file__).resolve().parents[2] / "src" / PACKAGE


@dataclass(frozen=True, slots=True)
class Import:
    """One imported module; `level` counts the leading dots it was written with."""

    target: str
    level: int
    line: int


@dataclass(frozen=True, slots=True)
class Module:
    """One parsed file. `name` is dotted below the package; `room` its first part."""

    name: str
    is_package: bool
    text: str
    tree: ast.Module
    imports: tuple[Import, ...]

    @property
    def room(self) -> str:
        return self.name.partition(".")[0]

    @property
    def folder(self) -> str:
        """Dotted like `name`; empty for the modules at the top."""
        if self.is_package:
            return "" if self.name == "__init__" else self.name
        return self.name.rpartition(".")[0]


@cache
def own_modules() -> dict[str, Module]:
    """The modules of the program, by name."""
    return load(SOURCE)


def load(root: Path) -> dict[str, Module]:
    """The modules below this folder, which stands for the package."""
    paths = {_module_name(path.relative_to(root)): path for path in sorted(root.rglob("*.py"))}
    modules = {}
    for name, path in paths.items():
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text, str(path))
        is_package = path.name == "__init__.py"
        imports = tuple(_imports(tree, name, is_package=is_package, known=set(paths)))
        modules[name] = Module(name, is_package, text, tree, imports)
    return modules


def _module_name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


def _imports(tree: ast.Module, name: str, *, is_package: bool, known: set[str]) -> Iterator[Import]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, 0, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                home = [] if name == "__init__" else name.split(".")
                up = node.level - 1 if is_package else node.level
                parts = [PACKAGE, *home[: len(home) - up], *filter(None, [node.module])]
                base = ".".join(parts)
            for alias in node.names:
                submodule = f"{base}.{alias.name}"
                is_module = submodule.removeprefix(f"{PACKAGE}.") in known
                yield Import(submodule if is_module else base, node.level, node.lineno)


def internal(module: Module) -> Iterator[Import]:
    """What the module imports of the package."""
    return (item for item in module.imports if below_package(item.target) is not None)


def below_package(target: str) -> str | None:
    """`samescreen.wire.packets` as `wire.packets`; None for modules of others."""
    if target == PACKAGE:
        return "__init__"
    return target.removeprefix(f"{PACKAGE}.") if target.startswith(f"{PACKAGE}.") else None


def room_of(target: str) -> str:
    """The folder or module right below the package; "" for modules of others."""
    return (below_package(target) or "").partition(".")[0]


def fields_of(node: ast.ClassDef) -> set[str]:
    """The fields of a dataclass.

    A msgspec.Struct is a message, which has as many fields as it needs: none of them counts.
    """
    if not any("dataclass" in ast.unparse(each) for each in node.decorator_list):
        return set()
    return {
        each.target.id
        for each in node.body
        if isinstance(each, ast.AnnAssign)
        and isinstance(each.target, ast.Name)
        and "ClassVar" not in ast.unparse(each.annotation)
    }


def set_in_init(node: ast.ClassDef) -> set[str]:
    """The attributes that the constructor of a class sets."""
    return {
        inner.attr
        for method in node.body
        if isinstance(method, ast.FunctionDef) and method.name in ("__init__", "__post_init__")
        for inner in ast.walk(method)
        if isinstance(inner, ast.Attribute)
        and isinstance(inner.ctx, ast.Store)
        and isinstance(inner.value, ast.Name)
        and inner.value.id == "self"
    }


def length_of(node: ast.FunctionDef | ast.AsyncFunctionDef, *, with_signature: bool) -> int:
    """Length without the docstring; in the command line also without the list of options."""
    first = node.lineno if with_signature else node.body[0].lineno
    end = node.end_lineno or first
    docstring = node.body[0] if ast.get_docstring(node, clean=False) is not None else None
    skipped = (docstring.end_lineno or 0) - docstring.lineno + 1 if docstring else 0
    return end - first + 1 - skipped


def cycles(modules: dict[str, Module]) -> Iterator[str]:
    """The rings of modules that import each other, one line each."""
    edges = {
        name: {below for item in internal(module) if (below := below_package(item.target))}
        for name, module in modules.items()
    }
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> Iterator[str]:
        if name in path:
            ring = path[path.index(name) :]
            start = ring.index(min(ring))
            yield " → ".join([*ring[start:], *ring[: start + 1]])
        elif name not in done:
            for target in sorted(edges.get(name, ())):
                yield from visit(target, [*path, name])
            done.add(name)

    for name in modules:
        yield from visit(name, [])
