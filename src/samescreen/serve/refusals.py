"""What the host answers to requests that its rules refuse: a cause for the page, and a text.

Pure. The page translates the causes (viewer/app/cause.js). A person reads the text only where our
page did not load. It repeats parts of the request, and reveals nothing else.
"""

from __future__ import annotations

import re
from typing import Final

from samescreen.errors import Refused

from .proxy import Client

CAUSE_HEADER: Final = "Samescreen-Cause"
"""The header of every refusal. An error without it comes from something in between."""

_LONGEST: Final = 100
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_CAUSES: Final = {
    400: "bad-request",
    401: "sign-in",
    403: "forbidden",
    404: "no-page",
    405: "method",
    409: "busy",
    413: "too-long",
    429: "wait",
    503: "unavailable",
}
"""The cause by status, where the refusal does not name one."""


def cause_of(status: int, cause: str = "") -> str:
    """The cause of an error response: one word."""
    return cause or _CAUSES.get(status, "error")


def foreign_name(name: str, said: str) -> Refused:
    """The Host header names neither this machine nor a name of --allow-host.

    `said` is the header, `name` its name in lower case and without a port; "" if it has none.
    """
    option = f"--allow-host {name}" if _NAME.fullmatch(name) else "--allow-host NAME"
    return Refused(
        403,
        f"This host does not answer to the name {_clipped(said)!r}.\n"
        f"Open it by its address, or start it with {option}\n\n"
        f"此主机不接受这个名称。请用 IP 地址打开，或在启动时加上 {option}",
        cause="host-name",
    )


def host_link() -> Refused:
    """The host link came through a tunnel, where others may read it."""
    return Refused(
        403,
        "The host link works on the host's machine and in its network, not through a tunnel.\n\n"
        "主持人链接只能在主机本机和它所在的网络中使用，不能经过隧道。",
        cause="host-link",
    )


def no_origin() -> Refused:
    """There is no Origin: a proxy removed what browsers send, or this is a program."""
    return Refused(
        403,
        "This request has no Origin, and no valid token (Authorization: Bearer TOKEN).\n"
        "Behind nginx: proxy_set_header Origin $http_origin;",
        cause="origin-missing",
    )


def cross_site() -> Refused:
    """The browser says that a page of another site sent the request."""
    return Refused(403, "This request comes from another site.", cause="cross-site")


def foreign_origin(origin: str, client: Client) -> Refused:
    """Origin and Host differ: another site, or a proxy that changes the Host header."""
    if origin == "null":  # a page in a sandbox, or from a file
        return cross_site()
    here = f"{'https' if client.is_secure else 'http'}://{client.host}"
    if client.is_secure and origin.lower() == f"http://{client.host}".lower():
        cause, line = "origin-scheme", "X-Forwarded-Proto $scheme"
    else:
        cause, line = "origin", "Host $http_host"
    return Refused(
        403,
        "This request comes from another site, or through a proxy that changes its headers: "
        f"its Origin is {_clipped(origin)}, but it reached the host as {_clipped(here)}\n"
        f"Behind nginx: proxy_set_header {line};",
        cause=cause,
    )


def no_upgrade() -> Refused:
    """The request for a WebSocket came without an Upgrade header."""
    return Refused(
        426,
        "This is a WebSocket, but the request has no Upgrade header. Behind nginx:\n"
        "proxy_http_version 1.1;\n"
        "proxy_set_header Upgrade $http_upgrade;\n"
        "proxy_set_header Connection $http_connection;\n"
        "Inside another application: its server must speak WebSocket (uvicorn[standard]).",
        cause="no-upgrade",
    )


def in_lobby() -> Refused:
    """The host lets newcomers in one by one, and has not decided about this one."""
    return Refused(
        403,
        "You are waiting for the host, who lets people in one by one.\n\n正在等待主机同意。",
        cause="lobby",
    )


def no_page(path: str, base_path: str) -> Refused:
    """Nothing is at this path. `base_path`: of --base-path, or where the site is mounted."""
    first = path.split("/")[1] if path.count("/") > 1 else ""
    option = f"--base-path /{first}" if re.fullmatch(r"[A-Za-z0-9_~-]{1,40}", first) else ""
    if option and not base_path:
        cure = f"Behind a proxy that serves this host under a path: start it with {option}"
        chinese = f"如果代理把此主机放在某个路径下，启动时请加上 {option}"
        return Refused(404, f"There is no such page.\n{cure}\n\n没有这个页面。{chinese}")
    return Refused(404, "There is no such page.\n\n没有这个页面。")


def outside(base_path: str) -> Refused:
    """The path does not begin with --base-path."""
    return Refused(
        404,
        f"There is no such page. Everything here is under {base_path}/\n"
        "Behind a proxy: leave the path as it is (in nginx, proxy_pass without a path), "
        "or start the host without --base-path.\n\n"
        f"没有这个页面，所有页面都在 {base_path}/ 下。"
        "经过代理时请保持路径不变（nginx 的 proxy_pass 不带路径），或启动时不加 --base-path",
        cause="base-path",
    )


def _clipped(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
