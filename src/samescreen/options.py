"""Every option of `samescreen share` and its default, once.

The command line, the environment variables and the documents' tables derive from this. Each part of
the program is given the group that it needs. Pure.
"""

from __future__ import annotations

import re
from dataclasses import Field, dataclass, field, fields
from typing import Any, Final, Self, cast

from samescreen.errors import UsageError
from samescreen.grants import BROUGHT, Grant, allowed_from, allowed_through_relay
from samescreen.option_values import (
    TAKE,
    Network,
    TunnelSpec,
    check_host_names,
    check_origins,
    check_relay,
    check_seal,
    flag,
    parse_bitrate,
    parse_networks,
    parse_output,
    parse_relay,
    parse_tunnel,
    shown,
)

ENV_PREFIX: Final = "SAMESCREEN_"
DEFAULT_PORT: Final = 9000
ENCODERS: Final = (
    *("auto", "libx264", "h264_nvenc", "h264_qsv", "h264_amf"),
    *("h264_videotoolbox", "h264_mf", "h264_v4l2m2m"),
)
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


def _secret(default: Any, help: str, metavar: str) -> Any:
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
            taken = each.default if given is None else TAKE[type(each.default)](each.name, given)
            object.__setattr__(self, each.name, taken)
            low, high = each.metadata["spec"].low, each.metadata["spec"].high
            if low is not None and not low <= taken <= high:
                raise UsageError(
                    f"{flag(each.name)} takes {low} to {high}, not {shown(each.name, taken)}"
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
    threads: str = _option(
        "auto", "Threads that encode a picture: auto (by cores and size), or 1 to 16.", "N"
    )

    def _check(self) -> None:
        if self.encoder not in ENCODERS:
            raise UsageError(f"--encoder takes {', '.join(ENCODERS)}, not {self.encoder!r}")
        if not re.fullmatch("auto|[1-9]|1[0-6]", self.threads):
            raise UsageError(f"--threads takes auto, or 1 to 16, not {shown('', self.threads)}")
        parse_bitrate(self.max_bitrate)

    @property
    def max_bitrate_bps(self) -> int:
        return parse_bitrate(self.max_bitrate)

    @property
    def thread_count(self) -> int | None:
        """The number of threads; None: as many as suit the machine and the picture."""
        return None if self.threads == "auto" else int(self.threads)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureOptions(_Group):
    """How screens and windows are captured."""

    backend: str = _option(
        "", "Capture screens and windows by this backend only, named as in doctor.", "NAME"
    )
    hide_window: tuple[str, ...] = _option(
        (), "Paint out the windows with this in their title or class; may be repeated.", "TITLE"
    )
    hide_region: tuple[str, ...] = _option(
        (), "Paint out this part of the desktop; may be repeated.", "X,Y,W,H"
    )
    sign: bool = _option(False, "Show a small sign on the desktop while somebody watches (X11).")
    show_marks: bool = _option(False, "Show what viewers draw on the desktop itself (X11).")


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundOptions(_Group):
    """What there is to be heard."""

    audio: str = _option(
        "", "Sound to share, in place of a file's own: output, or a device's name.", "SOURCE"
    )
    talk: str = _option(
        "", "Hear viewers here: speakers, or mic, a microphone for other programs (Linux).", "WHERE"
    )

    def _check(self) -> None:
        if self.talk not in ("", "speakers", "mic"):
            raise UsageError(f"--talk takes speakers or mic, not {shown('', self.talk)}")
        if self.talk == "speakers" and self.audio == "output":
            raise UsageError(
                "leave --talk speakers or --audio output out: viewers would hear themselves"
            )
        if self.audio and not re.fullmatch(r"(?=.*\S)[^\x00-\x1f\x7f]{1,200}", self.audio):
            raise UsageError("--audio takes output, or (a part of) a sound device's name")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingOptions(_Group):
    """What is recorded on this machine."""

    record: str = _option("", "Record from the start: to a folder, or a new .mp4 file.", "PATH")
    keep_minutes: int = _option(0, "Keep the last minutes in memory to save later.", "N", 0, 120)

    def _check(self) -> None:
        if re.search(r"[\x00-\x1f\x7f]", self.record):
            raise UsageError("--record takes a path without control characters")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputOptions(_Group):
    """Where the picture is sent, besides the viewers."""

    output: tuple[str, ...] = _secret(
        (), "Send to a server: rtmps://HOST/APP/KEY, rtsp://HOST/PATH or @FILE; repeatable.", "URL"
    )

    def _check(self) -> None:
        for text in self.output:
            if not re.fullmatch(r"@[^\x00-\x1f\x7f]+", text):
                parse_output(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOptions(_Group):
    """Which files travel between viewers and this machine."""

    files_folder: str = _option(
        "", "Folder for files that viewers send; else Samescreen in your Downloads.", "PATH"
    )
    offer: tuple[str, ...] = _option(
        (), "Let viewers with files-out fetch this file; may be repeated.", "FILE"
    )

    def _check(self) -> None:
        if any(re.search(r"[\x00-\x1f\x7f]", path) for path in (self.files_folder, *self.offer)):
            raise UsageError("--files-folder and --offer take paths without control characters")


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
    workers: int = _option(
        0, "Processes that send pictures to viewers; 0: only this one.", "N", 0, 64
    )
    base_path: str = _option("", "Path that everything is served under: /screen.", "PATH")
    tunnel: str = _option(
        "", "Reach the internet by an installed tool: cloudflared, tailscale, ssh:USER@HOST.", "HOW"
    )
    via: str = _option("", "Publish on a relay (samescreen serve), also from behind NAT.", "URL")
    via_token: str = _secret(
        "", "The relay's publish token, or file:PATH of a file that has it.", "TEXT"
    )
    allow_via: tuple[str, ...] = _option(
        (), "What people on the relay may ask you for: control, point, clipboard, files.", "GRANT"
    )
    seal: bool = _option(False, "Only the link opens the pictures; the relay cannot read them.")

    def _check(self) -> None:
        if self.tls not in ("auto", "off") and not re.fullmatch(r"[^,]+,[^,]+", self.tls):
            raise UsageError(f"--tls takes auto, off, or CERT,KEY, not {self.tls!r}")
        if not re.fullmatch(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*", self.base_path):
            raise UsageError(
                "--base-path takes a path such as /screen: letters, digits and . _ ~ -, "
                f"no slash at its end, not {self.base_path!r}"
            )
        parse_networks(self.trusted_proxy)
        parse_tunnel(self.tunnel)
        check_relay(self.via, self.via_token, self.tunnel)
        if self.allowed_via and not self.via:
            raise UsageError("--allow-via is for people on the relay that --via names")
        check_seal(self.relay, self.allowed_via, is_sealed=self.seal)

    @property
    def tunnel_spec(self) -> TunnelSpec | None:
        """The tool of --tunnel; None: none."""
        return parse_tunnel(self.tunnel)

    @property
    def relay(self) -> str:
        """The relay of --via as an address of http or https; "": none."""
        return parse_relay(self.via)

    @property
    def allowed_via(self) -> frozenset[Grant]:
        """What people on the relay may ask for."""
        return allowed_through_relay(self.allow_via)

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
    publish_token: str = _secret(
        "", "Secret by which another host publishes here, 16 characters or more.", "TEXT"
    )
    no_access_control: bool = _option(False, "Let in everybody who reaches the port.")
    approve: bool = _option(False, "Newcomers wait until you let them in.")
    allow_host: tuple[str, ...] = _option(
        (), "Another name this host answers to; may be repeated.", "NAME"
    )
    allow_frame: tuple[str, ...] = _option(
        (), "A site whose pages may show this one in a frame; may be repeated.", "ORIGIN"
    )
    allow: tuple[str, ...] = _option(
        (),
        "What viewers may do without asking: control, talk, point, publish, clipboard-in, "
        "clipboard-out, files-in, files-out.",
        "GRANT",
    )
    view_only: bool = _option(False, "Nobody may act or show anything here, the host included.")
    max_viewers: int = _option(1000, "Viewers at once, at most.", "N", 1, 100_000)
    max_publishers: int = _option(40, "Hosts and pages that publish here at once.", "N", 1, 200)

    def _check(self) -> None:
        if self.token and not re.fullmatch(r"[A-Za-z0-9._~-]{8,128}", self.token):
            raise UsageError("--token takes 8 to 128 letters, digits and . _ ~ -")
        if self.host_token and not re.fullmatch(r"[A-Za-z0-9._~-]{16,128}", self.host_token):
            raise UsageError("--host-token takes 16 to 128 letters, digits and . _ ~ -")
        if self.host_token and self.host_token == self.token:
            raise UsageError("--host-token must not be the --token, which everybody gets")
        if self.publish_token and not re.fullmatch(r"[A-Za-z0-9._~-]{16,128}", self.publish_token):
            raise UsageError("--publish-token takes 16 to 128 letters, digits and . _ ~ -")
        if self.publish_token and self.publish_token in (self.token, self.host_token):
            raise UsageError("--publish-token must differ from --token and --host-token")
        if self.pin and not re.fullmatch(r"[0-9]{6}", self.pin):
            raise UsageError("--pin takes six digits")
        too_much = self.allowed & ({Grant.CONTROL} | BROUGHT)
        if too_much and (self.view_only or self.no_access_control):
            if self.view_only:
                raise UsageError(
                    "leave --allow or --view-only out: with --view-only nobody may do this"
                )
            raise UsageError(
                "leave --allow or --no-access-control out: everybody who reaches the port could "
                "do this"
            )
        check_host_names(self.allow_host)
        check_origins(self.allow_frame)

    @property
    def allowed(self) -> frozenset[Grant]:
        """What the viewer link gives besides watching."""
        return allowed_from(self.allow)

    @property
    def barred(self) -> frozenset[Grant]:
        """What nobody may do here, whatever a link says. A publish token lets hosts publish."""
        if not self.view_only:
            return frozenset()
        return BROUGHT - {Grant.PUBLISH} if self.publish_token else BROUGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalOptions(_Group):
    """What the command shows at the terminal. A Python program has no use for these."""

    open: bool = _option(False, "Open the page in this machine's browser.")
    log_level: str = _option("warning", "How much to log: debug, info, warning, error.", "LEVEL")
    json_logs: bool = _option(False, "Log one JSON object a line.")
    allow_sleep: bool = _option(False, "Let this machine sleep while somebody watches.")
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
    recording: RecordingOptions = field(default_factory=RecordingOptions)
    outputs: OutputOptions = field(default_factory=OutputOptions)
    files: FileOptions = field(default_factory=FileOptions)
    network: NetworkOptions = field(default_factory=NetworkOptions)
    access: AccessOptions = field(default_factory=AccessOptions)
    terminal: TerminalOptions = field(default_factory=TerminalOptions)

    def __post_init__(self) -> None:
        """Check what no group can check alone. Raises UsageError."""
        if self.network.tunnel and self.access.no_access_control:
            raise UsageError(
                "leave --tunnel or --no-access-control out: everybody on the internet could watch"
            )

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
