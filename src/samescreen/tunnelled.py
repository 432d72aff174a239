"""A host that people on the internet reach: through a tunnel, or on a relay. Event loop.

Wires the parts: the door (`serve/door.py`), a tool that leads to it (`tunnel/`), and the link. Or
else a relay (`relay/`), which this host publishes on.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Literal, Self

from samescreen.aside import waited_for
from samescreen.errors import TunnelError, UsageError
from samescreen.grants import Grant
from samescreen.host import Host
from samescreen.option_values import SECRET_OPTIONS
from samescreen.options import ENV_PREFIX, ShareOptions
from samescreen.paths import typed_path
from samescreen.relay import via
from samescreen.serve.door import Door
from samescreen.tunnel.events import Opened, PublicAddress
from samescreen.tunnel.tools import Tool, required, tool_of
from samescreen.tunnel.tunnel import News, Tunnel

if TYPE_CHECKING:
    from samescreen.relay.seal import Seal

_log = logging.getLogger(__name__)
TOKEN: Final = re.compile(r"[A-Za-z0-9._~-]{16,128}")
_HIDDEN: Final = frozenset(
    (
        *(ENV_PREFIX + name.upper() for name in SECRET_OPTIONS),
        # By these cloudflared would run another tunnel than the one that its arguments name.
        *(f"TUNNEL_{name}" for name in ("HOSTNAME", "NAME", "TOKEN", "TOKEN_FILE", "URL")),
        *("TUNNEL_HELLO_WORLD", "TUNNEL_UNIX_SOCKET"),
    )
)
"""Variables of our environment that a tool does not get."""
WhyNotShown = Literal["", "relay", "http", "closed", "none"]


class Tunnelled:
    """The tunnel or the relay of one share: from `begin`, after the host has begun, to `close`.

    As a context manager it closes after a host that is entered inside, whose goodbyes still go
    through the tunnel. Without --tunnel and --via it does nothing. `on_news`: called with
    each address and each end of the tunnel, after `link` has changed.

    Raises:
        TunnelError: the tool is not installed.
        UsageError: the file with the relay's token cannot be read.
    """

    def __init__(self, options: ShareOptions) -> None:
        spec = options.network.tunnel_spec
        self.tool: Tool | None = None if spec is None else tool_of(spec)
        self.on_news: Callable[[News], object] = _log_news
        self._path = "" if self.tool is None else required(self.tool.name)
        self.relay = options.network.relay
        """The address of the relay; "": none."""
        self.on_relay: Callable[[via.News], object] = _log_relay
        """Called with what becomes of the relay, after `link` has changed."""
        self._token = _token_of(options.network.via_token) if self.relay else ""
        self._relay_link = ""
        self._network = options.network
        self._address: PublicAddress | None = None
        self._host: Host | None = None
        self._door: Door | None = None
        self._work: asyncio.Task[None] | None = None

    @property
    def allowed(self) -> frozenset[Grant]:
        """What people on the relay may ask this host for."""
        return self._network.allowed_via

    @property
    def is_sealed(self) -> bool:
        """The relay cannot read the pictures that it passes on."""
        return self._network.seal

    @property
    def is_public(self) -> bool:
        """Viewers come by a tunnel or a relay."""
        return self.tool is not None or bool(self.relay)

    @property
    def link(self) -> str:
        """The viewer link through the tunnel or the relay; "" while there is none."""
        if self._relay_link:
            return self._relay_link
        return "" if self._host is None else self._link_with(self._host.gatekeeper.token)

    def show_link(self, token: str) -> str:
        """The link of this token through the tunnel, to show a screen; "": see `why_not_shown`."""
        return "" if self.why_not_shown else self._link_with(token, "show")

    @property
    def why_not_shown(self) -> WhyNotShown:
        """Why nobody shows a screen here by the tunnel or the relay; "": by the tunnel they can.

        relay: it knows no links of this host. http: browsers share a screen through https only.
        closed: the tunnel has no address now. none: there is no tunnel and no relay.
        """
        if self.relay:
            return "relay"
        if self.tool is None:
            return "none"
        if self._address is None:
            return "closed"
        return "" if self._address.is_secure else "http"

    def _link_with(self, token: str, page: str = "") -> str:
        return f"{self._page}{page}#token={token}" if self._page else ""

    @property
    def _page(self) -> str:
        """The viewers' page through the tunnel, without a token; "": it has no address now."""
        if self._address is None:
            return ""
        return f"{self._address.origin}{self._network.base_path}/"

    async def begin(self, host: Host, *, listens: bool = True) -> None:
        """Open the door and start the tool. Returns before the tool has an address.

        Raises:
            TunnelError: the host is part of an application and has no port.
            ServeError: the door has no port.
        """
        if self.relay:
            name, loop = host.audience.host_name, asyncio.get_running_loop()
            audience = host.audience
            allowed = via.Allowed(
                self.allowed,
                lambda stream, mark: audience.of(stream).ink.add(mark),
                host.files,
                host.gatekeeper.is_barred,
            )
            seal = _new_seal() if self._network.seal else None
            relay = via.Via(
                self.relay, self._token, host.hub, name, self._note_relay, allowed, seal
            )
            self._work = loop.create_task(relay.run())
        if self.tool is None:
            return
        if not listens:
            raise TunnelError("a mounted share has no tunnel: lead one to its application")
        self._host = host
        site = await waited_for(host.site, "the files of the page")
        door = Door(site, self._network.base_path, self.tool.client_header)
        await door.start()
        self._door = door
        environment = {name: text for name, text in os.environ.items() if name not in _HIDDEN}
        tunnel = Tunnel(self.tool, self._path, door.port, environment, self._note)
        self._work = asyncio.get_running_loop().create_task(tunnel.run())

    async def enter(self, host: Host, *, listens: bool = True) -> None:
        """Enter the host, and begin. Raises what either raises; the host has then ended."""
        await host.__aenter__()
        try:
            await self.begin(host, listens=listens)
        except BaseException:
            await host.__aexit__(None, None, None)
            raise

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def close(self) -> None:
        """End the tool and close the door. May be called twice, and without `begin`."""
        work, self._work = self._work, None
        door, self._door = self._door, None
        self._address, self._relay_link = None, ""
        if work is not None:
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work
        if door is not None:
            await door.close()

    def _note(self, news: News) -> None:
        if self._door is None:
            return
        if isinstance(news, Opened):
            self._address = address = news.address
            self._door.rule.open(address.scheme, address.name, address.port)
        else:
            self._address = None
            self._door.rule.close()
        if self._host is not None:
            self._host.reached_at(self._page)
        self.on_news(news)

    def _note_relay(self, news: via.News) -> None:
        if isinstance(news, via.Opened):
            self._relay_link = news.link
        elif isinstance(news, via.Lost):
            self._relay_link = ""
        self.on_relay(news)


def _new_seal() -> Seal:
    from samescreen.relay.seal import Seal  # what it needs takes a while to import

    return Seal()


def _token_of(text: str) -> str:
    """The token itself, or what the file that it names holds. Raises UsageError."""
    path = text.removeprefix("file:")
    if path == text:
        return text
    try:
        token = typed_path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise UsageError(f"cannot read the file of --via-token: {why}") from None
    if not TOKEN.fullmatch(token):
        raise UsageError("the file of --via-token holds no publish token")
    return token


def _log_relay(news: via.News) -> None:
    """For a Python program, whose log this is."""
    if isinstance(news, via.Lost):
        _log.warning("the relay does not work: %s", news.why)
    elif isinstance(news, via.NotShown):
        _log.warning("the relay does not show %s: %s", news.name, news.why)
    else:
        _log.info("the relay works")


def _log_news(news: News) -> None:
    """For a Python program, whose log this is."""
    if not isinstance(news, Opened):
        _log.warning("the tunnel does not work: %s", news.why)
    elif news.warning:
        _log.warning("the tunnel may not work: %s", news.warning)
    else:
        _log.info("the tunnel works: %s", news.address.origin)
