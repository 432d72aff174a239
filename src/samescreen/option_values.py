"""How the values of options are read: from words of the command line, and as programs give them.

Pure. `options` says which options there are.
"""

from __future__ import annotations

import ipaddress
import numbers
import os
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, cast
from urllib.parse import urlsplit

from samescreen.errors import UsageError
from samescreen.grants import Grant

SECRET_OPTIONS: Final = (
    *("token", "pin", "host_token", "publish_token", "via_token", "output", "source_token"),
)
"""No message shows their values, and no other program gets them. (`source_token` is a variable of
the environment only: capture/far.py.)"""
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_UNITS: Final = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}


def flag(name: str) -> str:
    """The command line's spelling of a field."""
    return "--" + name.replace("_", "-")


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks: "10.0.0.7", "10.0.0.0/8", "fd00::/8".

    Raises:
        UsageError: one of them is none.
    """
    return tuple(map(_network, texts))


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise UsageError(
            "--trusted-proxy takes an address such as 10.0.0.7 or 10.0.0.0/8, "
            f"not {shown('', text)}"
        ) from None


def parse_bitrate(text: str) -> int:
    """Bits per second: "8M", "500k", "2.5m", "800000".

    Raises:
        UsageError: not a rate, or outside 100k…1G.
    """
    number = r"([0-9]{1,12}(?:\.[0-9]{1,12})?)"
    match = re.fullmatch(rf"{number}\s*([kmg]?)(?:bps|bit/s)?", text.strip().lower())
    if not match:
        raise UsageError(f"--max-bitrate takes a rate such as 8M or 500k, not {shown('', text)}")
    bps = round(float(match[1]) * _UNITS[match[2]])
    if not 100_000 <= bps <= 1_000_000_000:
        raise UsageError(f"--max-bitrate takes 100k to 1G, not {text!r}")
    return bps


TUNNEL_TOOLS: Final = ("cloudflared", "tailscale", "ssh")
_SSH: Final = re.compile(
    r"ssh:(?:(?P<user>[A-Za-z0-9_][A-Za-z0-9._+-]{0,63})@)?"
    r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?)"
    r"(?::(?P<ssh>[0-9]{1,5}))?(?:/(?P<port>[0-9]{1,5}))?"
)


@dataclass(frozen=True, slots=True)
class TunnelSpec:
    """The tool that carries people from the internet to this host.

    Attributes:
        tool: one of `TUNNEL_TOOLS`; the others are for ssh.
        user: "": the one of ssh's configuration.
        host: in lower case: a name, an IPv4 address or an alias of ssh's configuration.
        ssh_port: where its sshd listens; 0: as ssh's configuration says.
        port: where the server should listen for browsers; 0: the server chooses.
    """

    tool: str
    user: str = ""
    host: str = ""
    ssh_port: int = 0
    port: int = 0


def parse_tunnel(text: str) -> TunnelSpec | None:
    """A tunnel: "cloudflared", "tailscale", "ssh:USER@HOST", "ssh:HOST:22/8080"; "" is None.

    Raises:
        UsageError: it is none.
    """
    if not text or text in TUNNEL_TOOLS[:2]:
        return TunnelSpec(text) if text else None
    found = _SSH.fullmatch(text)
    ports = [int(found[each] or 0) for each in ("ssh", "port")] if found else []
    if found is None or max(ports) > 65535:
        raise UsageError(
            f"--tunnel takes cloudflared, tailscale or ssh:USER@HOST, not {shown('', text)}"
        )
    return TunnelSpec("ssh", found["user"] or "", found["host"].lower(), *ports)


_RELAY: Final = re.compile(
    r"(?P<scheme>https?|wss?)://(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])"
    r"(?P<port>:[0-9]{1,5})?(?P<path>(?:/[A-Za-z0-9._~-]+)*)/?"
)


def parse_relay(text: str) -> str:
    """The address of a relay with the scheme http or https, without a slash at its end.

    Raises:
        UsageError: it is none, or has a token, which belongs into --via-token.
    """
    if not text:
        return ""
    found = _RELAY.fullmatch(text)
    if found is None or int((found["port"] or ":0")[1:]) > 65535:
        given = "this" if "#" in text or "@" in text else shown("", text)
        raise UsageError(
            "--via takes the address of a relay such as https://relay.example.org, without a "
            f"token, not {given}"
        )
    scheme = "https" if found["scheme"] in ("https", "wss") else "http"
    return f"{scheme}://{found['host'].lower()}{found['port'] or ''}{found['path']}"


def check_relay(via: str, token: str, tunnel: str) -> None:
    """Raise UsageError: --via, its token and --tunnel do not go together."""
    if parse_relay(via) and not token:
        raise UsageError(
            "--via needs the relay's publish token: --via-token or SAMESCREEN_VIA_TOKEN"
        )
    if token and not re.fullmatch(r"file:.+|[A-Za-z0-9._~-]{16,128}", token):
        raise UsageError(
            "--via-token takes a publish token (16 to 128 letters, digits and . _ ~ -) or file:PATH"
        )
    if via and tunnel:
        raise UsageError("leave --tunnel or --via out: viewers come by one of them")


def check_seal(relay: str, allowed: frozenset[Grant], *, is_sealed: bool) -> None:
    """Raise UsageError: --seal does not go with that relay, or with that --allow-via."""
    if not is_sealed:
        return
    if not relay:
        raise UsageError("--seal is for a relay: add --via and its address")
    url = urlsplit(relay)
    if url.scheme != "https" and url.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise UsageError(
            "--seal needs a relay with https: browsers open sealed pictures on no other page"
        )
    if open_to_relay := allowed - {Grant.POINT}:
        raise UsageError(
            f"leave --seal or --allow-via {min(open_to_relay)} out: the relay would read that"
        )


_HOST_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:]{2,39}")
_ORIGIN: Final = re.compile(
    r"https?://[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[0-9]{1,5})?", re.ASCII | re.IGNORECASE
)
"""What a Content-Security-Policy can name: no address of IPv6 is among it."""


def check_host_names(names: Iterable[str]) -> None:
    """Raise UsageError: no Host header can have one of these names, which --allow-host adds."""
    for name in names:
        if not _HOST_NAME.fullmatch(name):
            raise UsageError(
                "--allow-host takes a name such as share.example.org, without https:// and port, "
                f"not {shown('', name)}"
            )


def check_origins(origins: Iterable[str]) -> None:
    """Raise UsageError: one of --allow-frame is no origin."""
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise UsageError(
                "--allow-frame takes an origin such as https://wiki.example.org or "
                f"http://localhost:8888, without a path, not {shown('', origin)}"
            )


_OUTPUT: Final = re.compile(
    r"(?P<scheme>rt[ms]ps?)://(?:[^\s/@'\\|\[\]]+@)?(?P<host>[A-Za-z0-9][A-Za-z0-9._-]{0,252}"
    r"|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?/(?P<path>[!-~]+)",
    re.ASCII | re.IGNORECASE,
)
_OUTPUT_PORTS: Final = {"rtmp": 1935, "rtmps": 443, "rtsp": 554, "rtsps": 322}
"""What libav takes where the URL names no port."""


@dataclass(frozen=True, slots=True)
class OutputAddress:
    """Where --output sends to. `url` has the stream key in it; `name` is what people read."""

    url: str = field(repr=False)
    name: str
    host: str
    port: int
    is_secure: bool


def parse_output(text: str) -> OutputAddress:
    """An address: "rtmps://HOST[:PORT]/APP/KEY", "rtsp://NAME:PASSWORD@HOST[:PORT]/PATH".

    No message shows it: it contains the key or the password. The scheme becomes lower case, the
    only one that libav knows.

    Raises:
        UsageError: it is none.
    """
    found = _OUTPUT.fullmatch(text)
    port = int(found["port"] or _OUTPUT_PORTS[found["scheme"].lower()]) if found else 0
    if found is None or not 0 < port < 65536 or re.search(r"[\\'|\[\]]", found["path"]):
        raise UsageError(
            "--output takes rtmp://HOST/APP/KEY or rtsp://HOST/PATH (rtmps and rtsps too), "
            "or @FILE with such a line"
        )
    scheme, host = found["scheme"].lower(), found["host"].lower()
    shown_port = f":{found['port']}" if found["port"] else ""
    name = f"{scheme}://{host}{shown_port}"
    url = scheme + text[len(scheme) :]
    return OutputAddress(url, name, host.strip("[]"), port, scheme.endswith("s"))


# What programs give: other numbers than int, paths, one word where a list is meant


def _whole(name: str, given: object) -> int:
    """numpy's integers, and floats that are whole: OpenCV's frame rate is one."""
    if isinstance(given, bool) or not isinstance(given, numbers.Real):
        raise UsageError(f"{name} takes a whole number, not {shown(name, given)}")
    try:
        number = int(cast(Any, given))
    except (ValueError, OverflowError):  # no number, infinity
        number = None
    if number is None or number != given:
        raise UsageError(f"{name} takes a whole number, not {given}: round it")
    return number


def _text(name: str, given: object) -> str:
    """Paths and addresses of the standard library too; for rates and threads, a number."""
    if isinstance(given, str):
        return str(given)
    if isinstance(given, _ADDRESSES):
        return str(given)
    if isinstance(given, os.PathLike) and isinstance(path := os.fspath(given), str):
        return path
    if name in ("max_bitrate", "threads") and isinstance(given, numbers.Real):
        return str(min(_whole(name, given), _LARGEST_SHOWN))
    raise UsageError(f"{name} takes a string, not {shown(name, given)}: write {name}=\"…\"")


def _yes_or_no(name: str, given: object) -> bool:
    if isinstance(given, bool) or type(given).__name__ in ("bool", "bool_"):  # numpy's
        return bool(given)
    raise UsageError(f"{name} takes True or False, not {shown(name, given)}")


def _texts(name: str, given: object) -> tuple[str, ...]:
    """One word is a list of one."""
    if isinstance(given, (str, os.PathLike, *_ADDRESSES)):
        given = (given,) if given != "" else ()
    if isinstance(given, Iterable) and not isinstance(given, (bytes, bytearray, Mapping)):
        with suppress(TypeError):  # an array of no dimensions
            return tuple(_text(name, each) for each in given)
    raise UsageError(f"{name} takes a string, or a list of them, not {shown(name, given)}")


def shown(name: str, given: object) -> str:
    """What was given, in a few characters; never a secret."""
    is_plain = isinstance(given, (bool, float, str, bytes)) or (
        isinstance(given, int) and abs(given) < _LARGEST_SHOWN
    )
    text = repr(given) if is_plain and name not in SECRET_OPTIONS else ""
    return text if 0 < len(text) <= _LONGEST_SHOWN else f"this {type(given).__name__}"


_LONGEST_SHOWN: Final = 60
_LARGEST_SHOWN: Final = 10**20
_ADDRESSES: Final = (
    *(ipaddress.IPv4Address, ipaddress.IPv6Address),
    *(ipaddress.IPv4Network, ipaddress.IPv6Network),
)
TAKE: Final[dict[type, Callable[[str, object], object]]] = {
    int: _whole,
    str: _text,
    bool: _yes_or_no,
    tuple: _texts,
}
