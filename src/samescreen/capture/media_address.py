"""Opens the file or URL that an address names, and explains to people why it cannot.

Runs on the thread that reads the input. A file may not lead to other files: a playlist on this
machine is refused before it is followed, and no server can make the host read this machine's
files. This machine itself requests a URL, and follows redirects anywhere (docs/security.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import av
from av.container import InputContainer

from samescreen.errors import SourceLost, SourceUnavailable
from samescreen.paths import typed_path

from .pipe import Pipe, is_pipe
from .reader_thread import reason_of

_TIMEOUT_S: Final = (6.0, 6.0)

_REFERRING_FORMATS: Final = frozenset(
    (
        *("hls", "dash", "concat", "concatf", "imf", "sdp", "webm_dash_manifest", "rtsp", "sap"),
        *("lavfi", "mlv", "avisynth", "vapoursynth"),
    )
)
"""Formats that refer to other files and addresses, or contain a program."""

_LOCAL_PROTOCOLS: Final = "file,crypto"
_WEB_PROTOCOLS: Final = "http,https,httpproxy,tls,tcp,udp,rtp,crypto,data"
_REMOTE_PROTOCOLS: Final = (
    f"{_WEB_PROTOCOLS},rtsp,srtp,udplite,rtmp,rtmps,rtmpt,rtmpts,rtmpe,rtmpte,ftp,srt,rist,mmsh,mmst"
)
"""None of them reads this machine's files."""

_SHORT_ANALYSIS: Final = {"analyzeduration": "1000000"}
"""In µs. By default libav reads seven seconds of a live stream to find out what is in it."""

_GLANCE_BYTES: Final = 512

OpenContainer = Callable[[str], InputContainer]


def open_media(address: str) -> InputContainer:
    """Open `address`: "file:" and a path, or a URL. Raises PyAV's errors."""
    if is_remote(address):
        protocols = _WEB_PROTOCOLS if _is_web(address) else _REMOTE_PROTOCOLS
        options = {"protocol_whitelist": protocols, "rtsp_transport": "tcp"}
        return av.open(address, options=options, timeout=_TIMEOUT_S)
    return av.open(address, options=_local_options(), timeout=_TIMEOUT_S)


def is_remote(address: str) -> bool:
    """Whether `address` is a URL. `file://…` counts as a path."""
    scheme = re.match(r"([a-z][a-z0-9+.-]+)://", address, re.IGNORECASE)
    return scheme is not None and scheme[1].lower() != "file"


class MediaAddress:
    """The address of a file or of media on a server; `label` is the name that people read.

    Each call of `open` opens it anew.
    """

    def __init__(self, address: str, open_container: OpenContainer = open_media) -> None:
        self.is_remote = is_remote(address)
        self.label = _shown_name(address, is_remote=self.is_remote)
        self._address = address
        self._open_container = open_container

    @property
    def is_pipe(self) -> bool:
        """Whether it can be read only once, see `pipe.py`. Opens nothing."""
        return not self.is_remote and is_pipe(self._path)

    @property
    def _path(self) -> Path:
        address = self._address
        if address[:7].lower() == "file://":
            address = unquote(urlsplit(address).path)
        return typed_path(address)

    def open(self) -> InputContainer:
        """Open the file or URL. Raises SourceUnavailable or SourceLost."""
        with self._explained():
            if self.is_remote:
                return self._open_container(self._address)
            path = self._path
            with path.open("rb"):
                pass  # Python's error is clearer than libav's
            return self._open_container(f"file:{path.absolute()}")
        raise AssertionError

    def pipe(self, is_stopped: Callable[[], bool]) -> Pipe:
        """Open the pipe. Raises SourceUnavailable or SourceLost."""
        with self._explained():
            return Pipe(self._path, is_stopped)
        raise AssertionError

    def read(self, pipe: Pipe) -> InputContainer:
        """Open the media that a pipe carries. Raises SourceUnavailable or SourceLost."""
        with self._explained():
            try:
                return av.open(pipe, "r", options=_local_options() | _SHORT_ANALYSIS)
            except (av.error.InvalidDataError, av.error.EOFError):
                if pipe.amount:
                    raise
                raise SourceLost(f"{self.label} ended") from None
        raise AssertionError

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn the errors of opening into SourceUnavailable or SourceLost with a cure."""
        try:
            yield
        except FileNotFoundError as error:
            raise SourceUnavailable(f"there is no {self.label}") from error
        except IsADirectoryError as error:
            raise SourceUnavailable(f"{self.label} is a folder; name a file in it") from error
        except PermissionError as error:
            raise SourceUnavailable(
                f"{self.label} may not be read by this user; change its permissions"
            ) from error
        except (av.error.HTTPClientError, av.error.InvalidDataError, av.error.EOFError) as error:
            raise self._refusal(error) from error
        except av.error.ArgumentError as error:
            raise self._not_taken() from error
        except av.error.ProtocolNotFoundError as error:
            raise self._not_understood() from error
        except (av.FFmpegError, OSError) as error:
            raise SourceLost(f"{self.label} cannot be reached: {reason_of(error)}") from error

    def _refusal(self, error: av.FFmpegError) -> SourceUnavailable:
        if isinstance(error, av.error.HTTPClientError):
            return SourceUnavailable(f"the server of {self.label} answers: {reason_of(error)}")
        return SourceUnavailable(f"{self.label} is not a video or picture that can be read")

    def _not_understood(self) -> SourceUnavailable:
        return SourceUnavailable(f"{self.label}: this kind of URL is not understood")

    def _not_taken(self) -> SourceUnavailable:
        """The error when libav refused a protocol or a format that is not in our lists."""
        if self.is_remote and not _is_web(self._address):
            return self._not_understood()
        if self.is_remote or not _is_text(self._path):
            return SourceUnavailable(f"{self.label} is not a video or picture that can be read")
        return SourceUnavailable(
            f"{self.label} is a playlist, which names other files and addresses: share one of them"
        )


def _is_web(address: str) -> bool:
    return address.partition(":")[0].lower() in ("http", "https")


def _is_text(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return b"\0" not in file.read(_GLANCE_BYTES)


@cache
def _local_options() -> dict[str, str]:
    formats = sorted(name for name in av.formats_available if name not in _REFERRING_FORMATS)
    return {
        "protocol_whitelist": _LOCAL_PROTOCOLS,
        "format_whitelist": ",".join(formats),
        "pattern_type": "none",  # `a%d.png` is one file, not many
    }


def _shown_name(address: str, *, is_remote: bool) -> str:
    """The address without folders, passwords and queries, because viewers read it."""
    if not is_remote:
        return Path(address).name or address
    parts = urlsplit(address)
    return f"{parts.hostname or ''}{parts.path}"
