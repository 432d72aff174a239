"""The HTML that a notebook shows for a Share."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from samescreen.serve.addresses import HostUrls
from samescreen.serve.notebook_html import cell

PLAIN = HostUrls("http://localhost:9000/#token=a-token", ("http://192.0.2.2:9000/#token=a-token",))
SECURE = HostUrls("https://localhost:9000/#token=a-token", ("https://192.0.2.2:9000/#token=a-token",))


class Seen(HTMLParser):
    """The URLs in a piece of HTML, by tag, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.addresses: dict[str, list[str | None]] = {}
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag in ("iframe", "a"):
            self.addresses.setdefault(tag, []).append(found.get("src") or found.get("href"))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(
    ("notebook", "link"),
    [
        ("http://localhost:8888", PLAIN.here),
        ("https://localhost:8888", PLAIN.here),  # browsers treat localhost as secure
        ("http://127.0.0.1:8888", PLAIN.here),
        ("http://lab.example.org", PLAIN.best),
        ("https://lab.example.org", SECURE.best),
    ],
)
def test_the_frame_has_the_url_that_the_notebooks_browser_can_open(
    notebook: str, link: str
) -> None:
    seen = Seen(cell(PLAIN, SECURE, (notebook,)))
    assert seen.addresses == {"iframe": [link], "a": [link]}
    assert "a-token" not in seen.text


def test_without_https_an_https_notebook_gets_the_http_url() -> None:
    assert Seen(cell(PLAIN, None, ("https://lab.example.org",))).addresses["a"] == [PLAIN.best]


def test_a_notebook_that_may_not_frame_gets_a_line_with_the_cure() -> None:
    seen = Seen(cell(PLAIN, SECURE, ()))
    assert seen.addresses == {"a": [PLAIN.best]}
    assert 'allow_frame="http://localhost:8888"' in seen.text


def test_a_url_is_escaped_in_html() -> None:
    odd = HostUrls('http://a"><script>/', ())
    assert "<script>" not in cell(odd, None, ("http://localhost:8888",))
