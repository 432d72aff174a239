"""The close codes of the host, the page and the document are the same."""

from __future__ import annotations

import re

import pytest

from samescreen.closing import CloseCode
from samescreen.errors import ProtocolError, VersionMismatch
from tests.stage.tools import ROOT

OURS = {code.reason: int(code) for code in CloseCode}


def test_the_page_has_the_same_table() -> None:
    script = (ROOT / "src/samescreen/viewer/wire.js").read_text(encoding="utf-8")
    block = re.search(r"export const CLOSE = Object\.freeze\(\{(.*?)\}\)", script, re.DOTALL)
    assert block is not None
    rows = re.findall(r'"?([a-z-]+)"?: (\d+),', block[1])
    assert {name: int(code) for name, code in rows} == OURS


def test_the_document_has_the_same_table() -> None:
    text = (ROOT / "docs/protocol.md").read_text(encoding="utf-8")
    section = text.partition("\n## Close codes\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (\d+) \| `([a-z-]+)` \|", section, re.MULTILINE)
    assert {name: int(code) for code, name in rows} == OURS


@pytest.mark.parametrize("code", CloseCode)
def test_an_application_may_use_every_code(code: CloseCode) -> None:
    """RFC 6455 §7.4: 1001 is "going away", 4000 to 4999 are for applications."""
    assert code == 1001 or 4000 <= code <= 4999
    assert len(code.reason.encode()) <= 123, "a close frame carries no more"


def test_errors_close_with_codes_of_the_table() -> None:
    assert ProtocolError("no").close_code is CloseCode.PROTOCOL
    assert VersionMismatch(ours=2, theirs=1).close_code is CloseCode.VERSION
