"""host:URL: what is an address, and that nothing secret is ever shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from samescreen.capture.choose import open_source
from samescreen.capture.far import TOKEN_VARIABLE, FarAddress, FarSource, parse_far
from samescreen.capture.hiding import CaptureRules
from samescreen.errors import SourceUnavailable, UsageError

SECRET = "s3cret-token-of-the-link"
CA = "ab:" * 31 + "cd"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (f"http://10.0.0.5:9000/#token={SECRET}", FarAddress("http", "10.0.0.5", 9000, "", SECRET)),
        (f"https://Desk.local:8443/#{SECRET}", FarAddress("https", "desk.local", 8443, "", SECRET)),
        ("https://desk/screen/", FarAddress("https", "desk", 443, "/screen")),
        ("http://[::1]:9000", FarAddress("http", "[::1]", 9000)),
        ("http://desk/#pin=123456", FarAddress("http", "desk", 80, "", "123456")),
        (
            "http://desk/#token=abcdefgh&stream=screen%3A2",
            FarAddress("http", "desk", 80, "", "abcdefgh", "screen:2"),
        ),
        (
            f"https://desk/#ca={CA}",
            FarAddress("https", "desk", 443, authority="AB" * 31 + "CD"),
        ),
    ],
)
def test_links_are_addresses(text: str, address: FarAddress) -> None:
    assert parse_far(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "desk:9000",
        "ftp://desk/",
        "http://desk:0/",
        "http://desk:70000/",
        f"http://user:{SECRET}@desk/",
        f"http://desk/?token={SECRET}",
        f"http://desk/#token={SECRET}&pin=123456",
        f"http://desk/#tokn={SECRET}",
        f"http://desk/#token={SECRET} x",
        "http://desk/#pin=12345",
        f"http://desk/#token-file=/nowhere/{SECRET}",
        "http://desk/#token-env=SAMESCREEN_NOT_SET",
        f"http://desk/#ca={CA}",
        "https://desk/#ca=12",
    ],
)
def test_what_is_none_is_refused_without_its_secret(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        open_source(f"host:{text}")
    assert "host:" in str(refused.value)
    assert SECRET not in str(refused.value)


def test_a_token_comes_from_a_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "token"
    file.write_text(f"{SECRET}\n")
    assert parse_far(f"http://desk/#token-file={file}").secret == SECRET
    monkeypatch.setenv("OTHER", SECRET)
    assert parse_far("http://desk/#token-env=OTHER").secret == SECRET
    monkeypatch.setenv(TOKEN_VARIABLE, "of-the-environment")
    assert parse_far("http://desk/").secret == "of-the-environment"
    assert parse_far(f"http://desk/#{SECRET}").secret == SECRET


def test_a_source_shows_no_secret() -> None:
    choice = open_source(f"host:https://desk:8443/#token={SECRET}")
    source = choice.source
    assert isinstance(source, FarSource)
    assert choice.name == choice.label == "host:desk:8443"
    assert SECRET not in f"{choice} {source.address} {source.address.base}"
    source.dispose()


def test_nothing_can_be_painted_out_of_it() -> None:
    with pytest.raises(SourceUnavailable, match="painted out"):
        open_source("host:http://desk/", CaptureRules.of("", (), ("0,0,10,10",)))
