"""HostProcess against a stand-in that looks like the program from outside."""

from __future__ import annotations

import urllib.request

import pytest

from tests.conftest import ShareHost
from tests.stage.host_process import TOKEN, HostProcess
from tests.stage.timing import MS

STAND_IN = "tests.stage.stand_in_host"


def test_it_answers_once_it_is_there(host_process: ShareHost) -> None:
    host = host_process("testcard", env={"STAGE_WORD": "hello"}, module=STAND_IN)
    with urllib.request.urlopen(host.url("/any")) as answer:
        assert answer.read() == b"/any hello"
    assert host.url() == f"http://127.0.0.1:{host.port}/#token={TOKEN}"
    assert host.url(name="lan.test").startswith(f"http://lan.test:{host.port}/")


def test_an_access_option_replaces_the_token(host_process: ShareHost) -> None:
    host = host_process("--pin=123456", module=STAND_IN)
    assert host.token == ""
    assert host.url() == f"http://127.0.0.1:{host.port}/"
    host.stop()
    assert host.stderr == "sharing [] token=None pin=123456"


def test_stop_tells_code_and_time(host_process: ShareHost) -> None:
    host = host_process(module=STAND_IN)
    stopped = host.stop()
    assert stopped.code == 0
    assert 0 < stopped.took_s < 2000 * MS
    assert host.stop() is stopped


def test_a_program_that_ends_at_once_fails_with_its_words() -> None:
    with pytest.raises(AssertionError, match=r"it ended with 1; its stderr:\n(.|\n)*on purpose"):
        HostProcess("broken", module=STAND_IN)


def test_a_traceback_at_the_end_is_not_clean() -> None:
    host = HostProcess("rude", module=STAND_IN)
    with pytest.raises(AssertionError, match="KeyboardInterrupt"):
        host.assert_clean()
