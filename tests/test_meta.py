"""The project as a whole: what the wheel holds, one version, shared vectors, licences."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from samescreen.version import __version__
from tests.stage.timing import MS
from tests.stage.tools import ROOT

VIEWER = ROOT / "src" / "samescreen" / "viewer"
MAX_WHEEL_BYTES = 1_800_000


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(
        build, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60_000 * MS
    )
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_the_page_and_the_types(names: set[str]) -> None:
    page = {f"samescreen/viewer/{path.relative_to(VIEWER).as_posix()}" for path in _files(VIEWER)}
    assert "samescreen/viewer/index.html" in page
    assert page | {"samescreen/py.typed"} <= names


def test_the_wheel_holds_nothing_else(names: set[str]) -> None:
    tops = {name.partition("/")[0] for name in names}
    assert tops == {"samescreen", f"samescreen-{__version__}.dist-info"}


def test_the_wheel_is_small(wheel: Path) -> None:
    assert wheel.stat().st_size <= MAX_WHEEL_BYTES


def test_vendored_code_comes_with_its_notice(names: set[str]) -> None:
    for folder in (VIEWER / "vendor").glob("*/"):
        assert any(name.endswith(f"licenses/{_below_root(folder)}/NOTICE") for name in names)


def test_the_version_is_in_one_place(project: dict[str, Any]) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+([ab]\d+|rc\d+|\.dev\d+)?", __version__)
    assert "version" not in project["project"]
    assert "version" not in json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    for path in _files(ROOT / "src"):
        if path.suffix in {".py", ".js", ".html"} and path.name != "version.py":
            assert __version__ not in path.read_text(encoding="utf-8"), path


def test_a_path_of_a_user_without_a_home_raises_nothing() -> None:
    """pathlib's `expanduser` raises RuntimeError, which no option expects; os.path's does not."""
    for path in (ROOT / "src").rglob("*.py"):
        assert ".expanduser()" not in path.read_text(encoding="utf-8"), path


def test_locks_name_public_registries_only() -> None:
    locks = (ROOT / "uv.lock").read_text(encoding="utf-8")
    locks += (ROOT / "package-lock.json").read_text(encoding="utf-8")
    python = re.findall(r'(?:url|registry) = "https?://([^/"]+)', locks)
    node = re.findall(r'"resolved": "https?://([^/"]+)', locks)
    assert set(python + node) <= {"pypi.org", "files.pythonhosted.org", "registry.npmjs.org"}


def test_the_lock_is_up_to_date(project: dict[str, Any]) -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    (ours,) = [package for package in lock["package"] if package["name"] == "samescreen"]
    locked = [*ours["metadata"]["requires-dist"], *ours["metadata"]["requires-dev"]["dev"]]
    asked = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    assert {f"{wish['name']}{wish['specifier']}" for wish in locked} == {
        wish.partition(";")[0].strip() for wish in asked
    }, "run `uv lock`"


@pytest.mark.parametrize("name", ["packets", "messages", "sealed"])
def test_both_languages_run_the_shared_vectors(name: str) -> None:
    file = f"{name}.json"
    assert json.loads((ROOT / "tests" / "vectors" / file).read_text(encoding="utf-8"))
    for pattern in ("tests/wire/*.py", "tests/viewer/*.js"):
        users = [path for path in ROOT.glob(pattern) if file in path.read_text(encoding="utf-8")]
        assert users, f"no {pattern} reads {file}"


def test_the_changelog_speaks_of_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## (\[Unreleased\]|\[{re.escape(__version__)}\])", changelog, re.M)


def _files(folder: Path) -> list[Path]:
    return [p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts]


def _below_root(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
