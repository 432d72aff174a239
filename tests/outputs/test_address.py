"""Which addresses --output takes, and that no message shows one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from samescreen.errors import UsageError
from samescreen.option_values import parse_output
from samescreen.options import ShareOptions
from samescreen.outputs.address import read_addresses

KEY = "abcd-a-secret-key"


@pytest.mark.parametrize(
    ("url", "name", "host", "port", "is_secure"),
    [
        (f"rtmp://a.example/live2/{KEY}", "rtmp://a.example", "a.example", 1935, False),
        (f"rtmps://A.Example:4433/x/{KEY}?a=b", "rtmps://a.example:4433", "a.example", 4433, True),
        (f"RTMPS://a.example/{KEY}", "rtmps://a.example", "a.example", 443, True),
        (f"rtmp://me:word@10.0.0.7/live/{KEY}", "rtmp://10.0.0.7", "10.0.0.7", 1935, False),
        (f"rtsp://me:{KEY}@a.example/x", "rtsp://a.example", "a.example", 554, False),
        (f"rtsps://a.example/{KEY}", "rtsps://a.example", "a.example", 322, True),
        (f"rtmp://[::1]:19/live/{KEY}", "rtmp://[::1]:19", "::1", 19, False),
    ],
)
def test_an_address_is_read_and_named_without_its_key(
    url: str, name: str, host: str, port: int, is_secure: bool
) -> None:
    found = parse_output(url)
    scheme, _, rest = url.partition(":")
    assert (found.url, found.name, found.host) == (f"{scheme.lower()}:{rest}", name, host)
    assert (found.port, found.is_secure) == (port, is_secure)
    assert KEY not in repr(found) + name


@pytest.mark.parametrize(
    "text",
    [
        *("", "a", "http://a/b", "rtmp://", "rtmp://a", "rtmp://a/", "rtmp:///x", "rtmp://a b/x"),
        *("rtmp://a:0/x", "rtmp://a:65536/x", "rtmp://a/x|[f=mp4]y", "rtmp://a/x'y", "rtmp://a/é"),
        *("rtmp://a/x\n", "rtmp://a/x\\y", "rtmp://-a/x", "[f=mp4]/etc/x", "srt://a/x", "@", "@\n"),
        *("rtp://a/x", "rtmpsx://a/x"),
    ],
)
def test_what_is_no_address_is_refused_in_one_line_without_it(text: str) -> None:
    with pytest.raises(UsageError, match="^--output takes rtmp://") as refusal:
        ShareOptions.of(output=[text])
    if len(text) > 7:
        assert text not in str(refusal.value)


def test_options_do_not_show_the_key() -> None:
    assert KEY not in repr(ShareOptions.of(output=f"rtmp://a/live/{KEY}"))


def test_a_file_holds_addresses(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(f"# mine\n\n rtmp://a/live/{KEY} \nrtmp://a/live/other\n")
    first, second = read_addresses([f"@{path}"])
    assert first.url == f"rtmp://a/live/{KEY}"
    assert (first.name, second.name) == ("rtmp://a", "rtmp://a (2)")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot read .*: No such file"),
        (b"\xff\xfe", "cannot read .*: it is no text"),
        (b"\n# x\n", "finds no address in"),
        (KEY.encode(), "takes rtmp://"),
    ],
)
def test_a_file_that_is_of_no_use(tmp_path: Path, content: bytes | None, reason: str) -> None:
    path = tmp_path / "keys"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=reason) as refusal:
        read_addresses([f"@{path}"])
    assert not re.search(KEY, str(refusal.value))


def test_one_address_twice_is_refused() -> None:
    with pytest.raises(UsageError, match="named twice"):
        read_addresses(["rtmp://a/b", "rtmp://a/b"])
