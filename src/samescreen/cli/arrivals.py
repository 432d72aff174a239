"""Says what may be wrong when nobody opens the link within a minute. Event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from samescreen.host import Host
from samescreen.serve.addresses import HostUrls, bare, is_loopback

from .words import Words

PATIENCE_S: Final = 60
_LOOK_S: Final = 1.0


async def explain_absence(
    host: Host, address: str, words: Words, say: Callable[[str], None]
) -> None:
    """Wait a minute for anybody; then print the likely causes, once. `address`: of --host."""
    for _ in range(round(PATIENCE_S / _LOOK_S)):
        await asyncio.sleep(_LOOK_S)
        if has_come(host):
            return
    for line in likely_causes(host.links, address, host.port, words):
        say(line)


def has_come(host: Host) -> bool:
    """Whether anybody is connected: a page, a program, or somebody who waits."""
    return any(True for _ in host.hub.people) or host.audience.viewer_count() > 0


def likely_causes(links: HostUrls, address: str, port: int, words: Words) -> list[str]:
    """Why nobody may be able to come, the likeliest cause first."""
    if is_loopback(bare(address)):
        causes = [words("cause-only-here", address=address)]
    elif not links.lan:
        causes = [words("cause-no-network")]
    else:
        causes = [
            words("cause-other-network", address=urlsplit(links.best).hostname),
            words("cause-guest-wifi"),
            words("cause-firewall", port=port),
        ]
    return [words("nobody-came"), *causes]
