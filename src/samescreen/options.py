"""Every option of `samescreen share` and its default, once.

The command line, the environment variables and the documents' tables derive from this. Who needs
options takes the group it needs. Pure.
"""

from __future__ import annotations

import ipaddress
import numbers
import os
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import Field, dataclass, field, fields
from typing import Any, Final, Self, TypedDict, cast

from samescreen.errors import UsageError

ENV_PREFIX: Final = "SAMESCREEN_"
SECRET_OPTIONS: Final = ("token", "pin", "host_token")
"""No message shows their values, and no other program gets them."""
DEFAULT_PORT: Final = 9000
_UNITS: Final = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
ENCODERS: Final = (
    *("auto", "libx264", "h264_nvenc", "h264_qsv", "h264_amf"),
    *("h264_videotoolbox", "h264_mf", "h264_v4l2m2m"),
)
_ORIGIN: Final = re.compile(
    r"https?://[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[0-9]{1,5})?", re.ASCII | re.IGNORECASE
)
"""What a Content-Security-Policy can name: no address of IPv6 is among it."""
LOG_LEVELS: Final = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class OptionSpec:
    """How one option looks to people."""

    help: str
    metavar: str = ""
    low: int | None = None
    high: int | None = None


def _option(
    default: Any, help: str, metavar: str = "", low: int | None = None, high: int | None = None
) -> Any:
    return field(default=default, metadata={"spec": OptionSpec(help, metavar, low, high)})


def _secret(default: str, help: str, metavar: str) -> Any:
    """An option that the options' `repr`, and with it a log, does not show."""
    return field(default=default, repr=False, metadata={"spec": OptionSpec(help, metavar)})


class _Group:
    """Options that belong together. Their dataclasses check and convert what they are given."""

    __slots__ = ()

    def __post_init__(self) -> None:
        """Convert what Python programs give to each option's own type, then check it.

        Raises:
            UsageError: a value that its option cannot take.
        """
        for each in fields(cast(Any, self)):
            given = getattr(self, each.name)
            taken = each.default if given is None else _TAKE[type(each.default)](each.name, given)
            object.__setattr__(self, each.name, taken)
            low, high = each.metadata["spec"].low, each.metadata["spec"].high
            if low is not None and not low <= taken <= high:
                raise UsageError(
                    f"{flag(each.name)} takes {low} to {high}, not {_shown(each.name, taken)}"
                )
        self._check()

    def _check(self) -> None:
        """Raise UsageError for a value of the right type that still makes no sense."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureOptions(_Group):
    """How good the picture is, and what it may cost."""

    fps: int = _option(60, "Pictures a second, at most.", "N", 1, 240)
    quality: int = _option(75, "Picture quality, 1 to 100.", "N", 1, 100)
    max_bitrate: str = _option("20M", "Bits a second of the video, at most: 8M, 500k.", "RATE")
    encoder: str = _option(
        "auto", "Encoder of H.264: auto, libx264, or a GPU's as doctor names it.", "NAME"
    )

    def _check(self) -> None:
        if self.encoder not in ENCODERS:
            raise UsageError(f"--encoder takes {', '.join(ENCODERS)}, not {self.encoder!r}")
        parse_bitrate(self.max_bitrate)

    @property
    def max_bitrate_bps(self) -> int:
        return parse_bitrate(self.max_bitrate)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureOptions(_Group):
    """How screens and windows are captured."""

    backend: str = _option(
        "", "Capture screens and windows by this backend only, named as in doctor.", "NAME"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundOptions(_Group):
    """What there is to be heard."""

    audio: str = _option(
        "", "Sound to share, in place of a file's own: output, or a device's name.", "SOURCE"
    )

    def _check(self) -> None:
        if self.audio and not re.fullmatch(r"(?=.*\S)[^\x00-\x1f\x7f]{1,200}", self.audio):
            raise UsageError("--audio takes output, or (a part of) a sound device's name")


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkOptions(_Group):
    """Where the host listens, and what stands between it and the viewers."""

    host: str = _option("0.0.0.0", "Address to listen on; 127.0.0.1 for this machine only.", "ADDR")
    port: int = _option(DEFAULT_PORT, "TCP port to listen on; 0 picks a free one.", "N", 0, 65535)
    tls: str = _option(
        "auto", "https on the same port: auto, off, or your own CERT,KEY files.", "HOW"
    )
    trusted_proxy: tuple[str, ...] = _option(
        (), "A reverse proxy whose X-Forwarded headers count; may be repeated.", "ADDR[/N]"
    )
    base_path: str = _option("", "Path that everything is served under: /screen.", "PATH")

    def _check(self) -> None:
        if self.tls not in ("auto", "off") and not re.fullmatch(r"[^,]+,[^,]+", self.tls):
            raise UsageError(f"--tls takes auto, off, or CERT,KEY, not {self.tls!r}")
        if not re.fullmatch(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*", self.base_path):
            raise UsageError(
                "--base-path takes a path such as /screen: letters, digits and . _ ~ -, "
                f"no slash at its end, not {self.base_path!r}"
            )
        parse_networks(self.trusted_proxy)

    @property
    def trusted_networks(self) -> tuple[Network, ...]:
        return parse_networks(self.trusted_proxy)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessOptions(_Group):
    """Who may watch."""

    token: str = _secret("", "Secret of the link, 8 characters or more; else random.", "TEXT")
    pin: str = _secret("", "Six digits to type in instead of the link; else random.", "DIGITS")
    host_token: str = _secret(
        "", "Secret of the host's own link, 16 characters or more; else random.", "TEXT"
    )
    no_access_control: bool = _option(False, "Let in everybody who reaches the port.")
    approve: bool = _option(False, "Newcomers wait until you let them in.")
    allow_host: tuple[str, ...] = _option(
        (), "Another name this host answers to; may be repeated.", "NAME"
    )
    allow_frame: tuple[str, ...] = _option(
        (), "A site whose pages may show this one in a frame; may be repeated.", "ORIGIN"
    )
    max_viewers: int = _option(1000, "Viewers at once, at most.", "N", 1, 100_000)

    def _check(self) -> None:
        if self.token and not re.fullmatch(r"[A-Za-z0-9._~-]{8,128}", self.token):
            raise UsageError("--token takes 8 to 128 letters, digits and . _ ~ -")
        if self.host_token and not re.fullmatch(r"[A-Za-z0-9._~-]{16,128}", self.host_token):
            raise UsageError("--host-token takes 16 to 128 letters, digits and . _ ~ -")
        if self.host_token and self.host_token == self.token:
            raise UsageError("--host-token must not be the --token, which everybody gets")
        if self.pin and not re.fullmatch(r"[0-9]{6}", self.pin):
            raise UsageError("--pin takes six digits")
        for origin in self.allow_frame:
            if not _ORIGIN.fullmatch(origin):
                raise UsageError(
                    "--allow-frame takes an origin such as https://wiki.example.org or "
                    f"http://localhost:8888, without a path, not {_shown('', origin)}"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalOptions(_Group):
    """What the command shows to whoever started it. A Python program has no use for these."""

    open: bool = _option(False, "Open the page in this machine's browser.")
    log_level: str = _option("warning", "How much to log: debug, info, warning, error.", "LEVEL")
    json_logs: bool = _option(False, "Log one JSON object a line.")
    quiet: bool = _option(False, "Print nothing but errors and the log; take no keys.")

    def _check(self) -> None:
        if self.log_level not in LOG_LEVELS:
            raise UsageError(f"--log-level takes {', '.join(LOG_LEVELS)}, not {self.log_level!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareOptions:
    """All options of `samescreen share`, in groups. `ShareOptions.of` makes it from flat names."""

    picture: PictureOptions = field(default_factory=PictureOptions)
    capture: CaptureOptions = field(default_factory=CaptureOptions)
    sound: SoundOptions = field(default_factory=SoundOptions)
    network: NetworkOptions = field(default_factory=NetworkOptions)
    access: AccessOptions = field(default_factory=AccessOptions)
    terminal: TerminalOptions = field(default_factory=TerminalOptions)

    @classmethod
    def of(cls, **flat: Any) -> Self:
        """The options by their flat names: `of(fps=30, port=0)`. None stands for the default.

        Raises:
            UsageError: there is no such option, or it does not take that value.
        """
        unknown = next((name for name in flat if name not in _GROUP_OF), None)
        if unknown is not None:
            raise UsageError(f"there is no option {unknown}; there are: {', '.join(_GROUP_OF)}")
        parts: dict[str, dict[str, Any]] = {group: {} for group in _GROUPS}
        for name, value in flat.items():
            parts[_GROUP_OF[name]][name] = value
        return cls(**cast(Any, {group: _GROUPS[group](**part) for group, part in parts.items()}))


_GROUPS: Final = {each.name: cast(Any, each.default_factory) for each in fields(ShareOptions)}
OPTIONS: Final[tuple[Field[Any], ...]] = tuple(
    each for group in _GROUPS.values() for each in fields(group)
)
"""Every option, group by group. Field `max_bitrate` is the flag `--max-bitrate`, the variable
`SAMESCREEN_MAX_BITRATE` and the keyword `max_bitrate` of `Share`; its metadata has an
`OptionSpec`."""

_GROUP_OF: Final = {
    each.name: name for name, group in _GROUPS.items() for each in fields(group)
}


class Options(TypedDict, total=False):
    """The options of `samescreen share`, under the same names and with the same defaults."""

    fps: float
    quality: float
    max_bitrate: str | int
    encoder: str
    backend: str
    audio: str
    host: str
    port: int
    token: str
    pin: str
    host_token: str
    no_access_control: bool
    approve: bool
    allow_host: str | Iterable[str]
    allow_frame: str | Iterable[str]
    max_viewers: float
    tls: str
    trusted_proxy: str | Iterable[str]
    base_path: str


def options_from(options: Options) -> ShareOptions:
    """What a Share is made with.

    Raises:
        UsageError: there is no such option, or it does not take that value.
    """
    unknown = next((name for name in options if name not in Options.__annotations__), None)
    if unknown is not None:
        there_are = ", ".join(Options.__annotations__)
        raise UsageError(f"there is no option {unknown}; there are: {there_are}")
    return ShareOptions.of(**options)


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks: "10.0.0.7", "10.0.0.0/8", "fd00::/8".

    Raises:
        UsageError: one of them is none.
    """
    try:
        return tuple(ipaddress.ip_network(text, strict=False) for text in texts)
    except ValueError as error:
        raise UsageError(
            f"--trusted-proxy takes an address such as 10.0.0.7 or 10.0.0.0/8: {error}"
        ) from None


def flag(name: str) -> str:
    """The command line's spelling of a field."""
    return "--" + name.replace("_", "-")


def parse_bitrate(text: str) -> int:
    """Bits per second: "8M", "500k", "2.5m", "800000".

    Raises:
        UsageError: not a rate, or outside 100k…1G.
    """
    number = r"([0-9]{1,12}(?:\.[0-9]{1,12})?)"
    match = re.fullmatch(rf"{number}\s*([kmg]?)(?:bps|bit/s)?", text.strip().lower())
    if not match:
        raise UsageError(f"--max-bitrate takes a rate such as 8M or 500k, not {_shown('', text)}")
    bps = round(float(match[1]) * _UNITS[match[2]])
    if not 100_000 <= bps <= 1_000_000_000:
        raise UsageError(f"--max-bitrate takes 100k to 1G, not {text!r}")
    return bps


# What programs give: other numbers than int, paths, one word where a list is meant


def _whole(name: str, given: object) -> int:
    """numpy's integers, and floats that are whole: OpenCV's frame rate is one."""
    if isinstance(given, bool) or not isinstance(given, numbers.Real):
        raise UsageError(f"{name} takes a whole number, not {_shown(name, given)}")
    try:
        number = int(cast(Any, given))
    except (ValueError, OverflowError):  # no number, infinity
        number = None
    if number is None or number != given:
        raise UsageError(f"{name} takes a whole number, not {given}: round it")
    return number


def _text(name: str, given: object) -> str:
    """Paths and addresses of the standard library too; as a rate, a number of bits a second."""
    if isinstance(given, str):
        return str(given)
    if isinstance(given, _ADDRESSES):
        return str(given)
    if isinstance(given, os.PathLike) and isinstance(path := os.fspath(given), str):
        return path
    if name == "max_bitrate" and isinstance(given, numbers.Real):
        return str(min(_whole(name, given), _LARGEST_SHOWN))
    raise UsageError(f"{name} takes a string, not {_shown(name, given)}: write {name}=\"…\"")


def _yes_or_no(name: str, given: object) -> bool:
    if isinstance(given, bool) or type(given).__name__ in ("bool", "bool_"):  # numpy's
        return bool(given)
    raise UsageError(f"{name} takes True or False, not {_shown(name, given)}")


def _texts(name: str, given: object) -> tuple[str, ...]:
    """One word is a list of one."""
    if isinstance(given, (str, os.PathLike, *_ADDRESSES)):
        given = (given,) if given != "" else ()
    if isinstance(given, Iterable) and not isinstance(given, (bytes, bytearray, Mapping)):
        with suppress(TypeError):  # an array of no dimensions
            return tuple(_text(name, each) for each in given)
    raise UsageError(f"{name} takes a string, or a list of them, not {_shown(name, given)}")


def _shown(name: str, given: object) -> str:
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
_TAKE: Final[dict[type, Callable[[str, object], object]]] = {
    int: _whole,
    str: _text,
    bool: _yes_or_no,
    tuple: _texts,
}
