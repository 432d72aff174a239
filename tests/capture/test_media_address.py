"""Opening a path or a URL: no file may lead to other files."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from samescreen.capture.media_address import MediaAddress, is_remote
from samescreen.capture.media_file import MediaFile
from samescreen.errors import CaptureError, SourceUnavailable
from tests.capture.recorded import record, shades

PLAYLISTS = {
    "a.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:0.3,\n{}\n#EXT-X-ENDLIST\n",
    "a.ffconcat": "ffconcat version 1.0\nfile {}\n",
    "a.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns={}\nc=IN IP4 127.0.0.1\nt=0 0\n"
    "m=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
}


def opens(address: str | Path) -> None:
    source = MediaFile(str(address))
    try:
        source.open()
    finally:
        source.dispose()


class Web(http.server.SimpleHTTPRequestHandler):
    """Serves one folder, and keeps a list of the requests."""

    folder = ""
    asked: list[str]

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, directory=self.folder, **kwargs)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    Web.folder, Web.asked = str(tmp_path), []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("name", PLAYLISTS)
@pytest.mark.parametrize("inner", ["secret.ts", "{web}/secret.ts"], ids=["a file", "a URL"])
def test_a_local_playlist_shows_nothing_and_asks_for_nothing(
    tmp_path: Path, web: str, name: str, inner: str
) -> None:
    record(tmp_path / "secret.ts", shades(8))
    (tmp_path / name).write_text(PLAYLISTS[name].format(inner.format(web=web)))
    with pytest.raises(SourceUnavailable, match="is a playlist"):
        opens(tmp_path / name)
    assert Web.asked == []


@pytest.mark.parametrize("inner", ["file://{}/secret.ts", "{}/secret.ts"])
@pytest.mark.parametrize("name", ["a.m3u8", "a.ffconcat"])
def test_a_servers_playlist_cannot_name_files_of_this_machine(
    tmp_path: Path, web: str, name: str, inner: str
) -> None:
    record(tmp_path / "secret.ts", shades(8))
    (tmp_path / name).write_text(PLAYLISTS[name].format(inner.format(tmp_path)))
    with pytest.raises(CaptureError):
        opens(f"{web}/{name}")


def test_a_servers_playlist_is_played(tmp_path: Path, web: str) -> None:
    record(tmp_path / "part.ts", shades(8))
    (tmp_path / "a.m3u8").write_text(PLAYLISTS["a.m3u8"].format("part.ts"))
    opens(f"{web}/a.m3u8")
    assert "/part.ts" in Web.asked


@pytest.mark.parametrize(
    "address",
    ["concat://a|b", "subfile://a", "lavfi://testsrc", "gopher://127.0.0.1:9/", "xy://z"],
)
def test_other_kinds_of_urls_are_refused(address: str) -> None:
    with pytest.raises(SourceUnavailable, match="not understood"):
        opens(address)


def test_a_name_with_a_pattern_in_it_is_one_file(tmp_path: Path) -> None:
    from PIL import Image

    for name, width in (("a%d.png", 32), ("a1.png", 64)):
        Image.new("RGB", (width, 16)).save(tmp_path / name)
    with closing(MediaAddress(str(tmp_path / "a%d.png")).open()) as container:
        assert container.streams.video[0].width == 32


def test_a_file_url_is_a_path(tmp_path: Path) -> None:
    record(tmp_path / "a b.mp4", shades(2))
    opens((tmp_path / "a b.mp4").as_uri())
    assert not is_remote("FILE:///a")
    assert is_remote("HTTP://a/")
    with pytest.raises(SourceUnavailable, match="there is no"):
        opens("file:///nowhere/a.mp4")
