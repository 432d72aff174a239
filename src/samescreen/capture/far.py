"""`host:URL`: names the stream of another host. Any thread.

Nothing here connects, and no thread grabs from such a source: its packets come encoded
(`publish/far/`). A token may stand in the URL, in a file or in an environment variable; nothing
that is shown or logged contains it.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import Final, NoReturn
from urllib.parse import unquote

from samescreen.errors import SourceUnavailable, UsageError
from samescreen.labels import label
from samescreen.media import Frame
from samescreen.paths import typed_path

from .base import Source

TOKEN_VARIABLE: Final = "SAMESCREEN_SOURCE_TOKEN"
"""The token or PIN for every `host:URL` that names none."""

_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>(?:/[A-Za-z0-9._~-]+)*)/?(?:#(?P<words>.*))?",
    re.DOTALL,
)
_SECRET: Final = re.compile(r"[A-Za-z0-9._~-]{1,200}")
_PIN: Final = re.compile(r"[0-9]{6}")
_AUTHORITY: Final = re.compile(r"[0-9A-F]{64}")
_WORDS: Final = ("token", "pin", "token-file", "token-env", "stream", "ca")
_MOST_OF_FILE: Final = 4096


@dataclass(frozen=True, slots=True)
class FarAddress:
    """Where another host is, and what opens it. `path`: its base path, or "".

    `secret`: a link's token, or a PIN of six digits; "": none. `stream`: the id of the stream to
    take; "": its first. `authority`: the SHA-256 of the certificate authority that signed its
    certificate, in capital hexadecimal digits; "": one that this machine trusts.
    """

    scheme: str
    host: str
    port: int
    path: str = ""
    secret: str = field(default="", repr=False)
    stream: str = ""
    authority: str = ""

    @property
    def origin(self) -> str:
        default = 443 if self.scheme == "https" else 80
        port = "" if self.port == default else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"

    @property
    def base(self) -> str:
        """The URL without a slash at its end, and without anything secret."""
        return self.origin + self.path

    @property
    def shown(self) -> str:
        """How people read it."""
        return f"{self.host}:{self.port}{self.path}"

    @property
    def is_pin(self) -> bool:
        """The secret is a PIN."""
        return bool(_PIN.fullmatch(self.secret))


def parse_far(text: str) -> FarAddress:
    """The address in what follows `host:`. It may read a file or an environment variable.

    Raises:
        UsageError: it is none; the message has no secret in it.
    """
    found = _URL.fullmatch(text)
    if found is None or not 0 < int(found["port"] or 1) < 65536:
        _refuse()
    words = _words(found["words"] or "")
    authority = re.sub(r"[:\s]", "", words.get("ca", "")).upper()
    if authority and not (_AUTHORITY.fullmatch(authority) and found["scheme"] == "https"):
        raise UsageError("in host:URL, ca= takes the CA SHA-256 that an https host shows")
    return FarAddress(
        found["scheme"],
        found["host"].lower(),
        int(found["port"] or (443 if found["scheme"] == "https" else 80)),
        found["path"],
        _secret(words),
        words.get("stream", ""),
        authority,
    )


def _refuse() -> NoReturn:
    raise UsageError(
        "host: takes the link of another host, such as host:https://10.0.0.5:9000/#token=TOKEN"
    )


def _words(text: str) -> dict[str, str]:
    """The words after the #; a bare one is the token."""
    words: dict[str, str] = {}
    for part in filter(None, text.split("&")):
        name, equals, value = part.partition("=")
        if not equals:
            name, value = "token", part
        if name not in _WORDS:
            raise UsageError(f"in host:URL, after the # stand only: {', '.join(_WORDS)}")
        words[name] = unquote(value)
    return words


def _secret(words: dict[str, str]) -> str:
    named = [name for name in _WORDS[:4] if words.get(name)]
    if len(named) > 1:
        raise UsageError(f"in host:URL, take one of {named[0]}= and {named[1]}=")
    name = named[0] if named else ""
    if name == "token-file":
        secret = _read(words[name])
    elif name == "token-env":
        secret = os.environ.get(words[name], "").strip()
        if not secret:
            raise UsageError("the environment variable of token-env= in host:URL is empty")
    else:
        secret = words[name] if name else os.environ.get(TOKEN_VARIABLE, "").strip()
    if secret and not _SECRET.fullmatch(secret):
        raise UsageError("what should be the token of host:URL has characters that no token has")
    if name == "pin" and not _PIN.fullmatch(secret):
        raise UsageError("in host:URL, pin= takes six digits")
    return secret


def _read(path: str) -> str:
    try:
        with typed_path(path).open(encoding="utf-8") as file:
            secret = file.read(_MOST_OF_FILE).strip()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise UsageError(f"cannot read the file of token-file= in host:URL: {why}") from None
    if not secret:
        raise UsageError("the file of token-file= in host:URL is empty")
    return secret


class FarSource(Source):
    """The stream of another host, as a source that no thread of this machine reads."""

    backend = "host"

    def __init__(self, address: FarAddress) -> None:
        super().__init__()
        self.address = address
        self.label = label(f"host:{address.shown}")

    def open(self) -> None:
        """Do nothing: `publish/far/` connects."""

    def close(self) -> None:
        """Do nothing."""

    def grab(self, deadline_us: int, *, needs_pixels: bool = True) -> Frame | None:
        """Raises SourceUnavailable: its pictures come encoded."""
        raise SourceUnavailable("the pictures of another host are shared on as they are")
