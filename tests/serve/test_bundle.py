"""Modules joined into one file: which, in which order, with what in place of what."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from samescreen.serve.assets import load_assets
from samescreen.serve.bundle import joined, without_remarks
from tests.stage.tools import ROOT, find_tool

VIEWER = ROOT / "src/samescreen/viewer"

TREE = {
    "main.js": (
        '// @ts-check\nimport { twice as double, three } from "./deep/sum.js";\n'
        'import "./deep/alone.js";\n\nexport const six = double(three);\n'
    ),
    "deep/sum.js": (
        'import { one } from "../one.js";\nexport function twice(x) {\n  return 2 * x;\n}\n'
        "export const three = twice(one) + one;\n"
    ),
    "deep/alone.js": (
        'import { one } from "../one.js";\n'
        'export const at = new URL("part.wasm", import.meta.url);\n'
        'export const later = () => import("./late.js");\n'
    ),
    "one.js": "/** The only one. */ export const one = 1;\n",
}


def test_each_module_comes_once_and_after_what_it_needs() -> None:
    bundle = joined("all.js", "main.js", TREE)
    assert bundle.modules == ("one.js", "deep/sum.js", "deep/alone.js", "main.js")
    assert re.findall(r"^const (\$\w+) = \(\(\) =>", bundle.source, re.MULTILINE) == [
        "$one_js",
        "$deep_sum_js",
        "$deep_alone_js",
        "$main_js",
    ]
    assert "const { twice: double, three } = $deep_sum_js;" in bundle.source
    assert "return { six };" in bundle.source
    assert not re.search(r"^import", bundle.source, re.MULTILINE)


def test_files_are_found_from_the_root_whatever_module_names_them() -> None:
    source = joined("all.js", "main.js", TREE, instead={"deep/late.js": "late.bundle.js"}).source
    assert 'const at = $at("deep/part.wasm");' in source
    assert 'import($at("late.bundle.js"))' in source


def test_what_the_page_has_already_is_used_from_there() -> None:
    first = joined("first.js", "deep/sum.js", TREE)
    rest = joined("rest.js", "main.js", TREE, before=(first,))
    assert rest.modules == ("deep/alone.js", "main.js")
    assert rest.source.startswith('import { $one_js, $deep_sum_js } from "./first.js";\n')
    assert first.source.endswith("export { $one_js, $deep_sum_js };\n")


def test_a_classic_script_leaves_its_modules_for_those_that_come_later() -> None:
    first = joined("first.js", "deep/sum.js", TREE, is_classic=True)
    rest = joined("rest.js", "main.js", TREE, before=(first,))
    assert not re.search(r"^(?:import|export)|import\.meta", first.source, re.MULTILINE)
    assert rest.modules == ("deep/alone.js", "main.js")
    head = 'const { $one_js, $deep_sum_js } = globalThis["first.js"];\n'
    assert rest.source.startswith(head)
    program = f"""
        globalThis.document = {{ currentScript: {{ src: "https://h/first.js" }} }};
        {first.source}
        {head}
        console.log($deep_sum_js.twice($one_js.one));
    """
    done = subprocess.run(
        [find_tool("node"), "--eval", program],
        capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip
    assert done.stdout == "2\n"


@pytest.mark.parametrize(
    "source",
    [
        'import thing from "./one.js";\n',
        'import * as all from "./one.js";\n',
        'import { one } from "elsewhere";\n',
        "export default 1;\n",
        "export let changing = 1;\n",
        "export { one };\n",
        'export { one } from "./one.js";\n',
        "const here = import.meta.url;\n",
    ],
)
def test_a_form_that_it_does_not_know_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match=r"odd\.js: cannot join"):
        joined("all.js", "odd.js", TREE | {"odd.js": source})


def test_a_cycle_is_refused() -> None:
    tree = {"a.js": 'import "./b.js";\n', "b.js": 'import "./a.js";\n'}
    with pytest.raises(ValueError, match=r"a\.js imports b\.js imports a\.js: a cycle"):
        joined("all.js", "a.js", tree)


def test_remarks_go_and_the_rest_stays() -> None:
    source = '// one\n/** two\n * three */\nconst a = /** @type {X} */ (b); // four\n\n  c("//");\n'
    assert without_remarks(source) == '\nconst a = (b); // four\nc("//");\n'


def test_without_remarks_every_script_of_the_page_is_the_same_program() -> None:
    sources = {
        path.relative_to(VIEWER).as_posix(): path.read_text() for path in VIEWER.rglob("*.js")
    }
    pairs = {name: [source, without_remarks(source)] for name, source in sources.items()}
    pairs["changed"] = ["const a = 1; // one", "const a = 2;"]
    command = [find_tool("node"), str(Path(__file__).with_name("same_program.mjs"))]
    done = subprocess.run(
        command, input=json.dumps(pairs), capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(done.stdout) == ["changed"]


@pytest.mark.parametrize("name", ["opening", "entrance", "app", "worker"])
def test_node_can_read_the_scripts_of_the_page(name: str, tmp_path: Path) -> None:
    script = tmp_path / f"{name}.mjs"
    script.write_bytes(load_assets()[f"{name}.bundle.js"].body)
    subprocess.run([find_tool("node"), "--check", script], check=True, timeout=30)
