"""Secrets stay out of the log, whichever library logs them and in every spelling."""

from __future__ import annotations

import json
import logging
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.cli.log import JsonFormatter
from samescreen.cli.redaction import RedactingFormatter

TOKEN, PIN, STRANGER = "a.token~of-my_own", "314159", "Zx9-of-somebody-else"
FORMATTERS = [logging.Formatter("%(levelname)s %(message)s"), JsonFormatter()]
both = pytest.mark.parametrize("plain", FORMATTERS, ids=["plain", "json"])


def written(plain: logging.Formatter, message: str, *args: object, exc: object = None) -> str:
    record = logging.LogRecord("any", logging.DEBUG, "x.py", 1, message, args, exc)  # type: ignore[arg-type]
    return RedactingFormatter(plain, [TOKEN, PIN]).format(record)


@both
@pytest.mark.parametrize("secret", [TOKEN, PIN])
@given(before=st.text(" /=:'\"(\\n", max_size=4), after=st.text(" &'\")\\n", max_size=4))
def test_known_secrets_are_hidden_anywhere(
    plain: logging.Formatter, secret: str, before: str, after: str
) -> None:
    assert secret not in written(plain, "%s", before + secret + after)
    assert secret not in written(plain, "%r", (before + secret + after).encode())


@both
@pytest.mark.parametrize(
    "words",
    [
        f"GET /stream.mjpg?token={STRANGER} HTTP/1.1",
        f"GET /x?y=1&token={STRANGER}&z HTTP/1.1",
        f"http://10.0.0.5:9000/#token={STRANGER}",
        quote(f"http://10.0.0.5:9000/#token={STRANGER}"),
        f"Cookie: samescreen_9000={STRANGER}; other=1",
        f"__Host-samescreen_9000={STRANGER}",
        f"Authorization: Bearer {STRANGER}",
        f"authorization: {STRANGER}",
        repr({"Authorization": f"Bearer {STRANGER}"}),
        repr(f"Authorization: Bearer {STRANGER}".encode()),
        json.dumps({"token": STRANGER}),
        repr(json.dumps({"pin": STRANGER}).encode()),
    ],
)
def test_what_looks_like_a_secret_is_hidden(plain: logging.Formatter, words: str) -> None:
    for message in (words, repr(words.encode())):
        line = written(plain, "malformed: %s", message)
        assert STRANGER not in line
        assert "malformed" in line


@both
def test_the_words_of_a_traceback_are_looked_at_too(plain: logging.Formatter) -> None:
    try:
        raise ValueError(f"bad line: GET /?token={STRANGER} and {TOKEN}")
    except ValueError as error:
        line = written(plain, "failed", exc=(type(error), error, error.__traceback__))
    assert "ValueError" in line
    assert STRANGER not in line
    assert TOKEN not in line


@both
def test_everything_else_stays(plain: logging.Formatter) -> None:
    words = "viewer 10.0.0.7 left after 3141592 bytes, pin 12, a token of 9 letters"
    assert words in written(plain, words)
