"""The options of `samescreen share` as keywords of a Python program. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict

from samescreen.errors import UsageError
from samescreen.options import ShareOptions


class Options(TypedDict, total=False):
    """The options of `samescreen share`, under the same names and with the same defaults."""

    fps: float
    quality: float
    max_bitrate: str | int
    encoder: str
    threads: str | int
    backend: str
    hide_window: str | Iterable[str]
    hide_region: str | Iterable[str]
    sign: bool
    show_marks: bool
    audio: str
    talk: str
    record: str
    keep_minutes: float
    output: str | Iterable[str]
    files_folder: str
    offer: str | Iterable[str]
    host: str
    port: int
    token: str
    pin: str
    host_token: str
    publish_token: str
    no_access_control: bool
    approve: bool
    allow_host: str | Iterable[str]
    allow_frame: str | Iterable[str]
    allow: str | Iterable[str]
    view_only: bool
    max_viewers: float
    max_publishers: float
    tls: str
    trusted_proxy: str | Iterable[str]
    workers: float
    base_path: str
    tunnel: str
    via: str
    via_token: str
    allow_via: str | Iterable[str]
    seal: bool


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
