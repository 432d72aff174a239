"""`samescreen serve`: a relay. It has no source of its own and shows what other hosts publish."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import ExitStack
from dataclasses import replace

from rich.console import Console

from samescreen.host import Host, loop_factory
from samescreen.interpreter import quick_switching, rare_collections
from samescreen.options import ShareOptions
from samescreen.serve.access import Credentials
from samescreen.serve.links import new_token
from samescreen.serve.log_throttle import LoopErrorLog

from .console import plain_console, stop_on_signals
from .descriptors import use_all_descriptors
from .log import set_up_logging
from .status_line import print_changes_until
from .welcome import print_links
from .words import Words, words_for


def serve(options: ShareOptions) -> int:
    """Relay until stopped, and return the exit code.

    Raises:
        SamescreenError: it cannot begin.
    """
    use_all_descriptors()
    options = relay_options(options)
    access = options.access
    credentials = Credentials.of(access.token, access.pin, access.host_token)
    set_up_logging(options.terminal, credentials, access.publish_token)
    with ExitStack() as stack:
        stack.enter_context(quick_switching())
        runner = stack.enter_context(asyncio.Runner(loop_factory=loop_factory()))
        try:
            return runner.run(_serve(options, credentials))
        except asyncio.CancelledError:  # stopped before it had begun
            return 0


def relay_options(options: ShareOptions) -> ShareOptions:
    """These options with what a relay has: a publish token, and nobody who acts on it."""
    token = options.access.publish_token or new_token()
    return replace(options, access=replace(options.access, publish_token=token, view_only=True))


async def _serve(options: ShareOptions, credentials: Credentials) -> int:
    console, words = plain_console(), words_for(os.environ)
    console.quiet = options.terminal.quiet
    stopped = asyncio.Event()
    stop_on_signals(stopped.set)
    asyncio.get_running_loop().set_exception_handler(LoopErrorLog(logging.getLogger(__name__)))
    async with Host(options, credentials=credentials) as host:
        with rare_collections():
            _print_welcome(console, words, host, options)
            await print_changes_until(console, host, words, stopped)
    console.print(words("stopped"))
    return 0


def _print_welcome(console: Console, words: Words, host: Host, options: ShareOptions) -> None:
    console.print(words("relay-serves"))
    console.print()
    print_links(console, words, host)
    console.print()
    console.print(words("relay-for-hosts"))
    address = (host.secure_links or host.links).best.partition("#")[0]
    token = options.access.publish_token
    console.print(f"  SAMESCREEN_VIA_TOKEN={token} samescreen share --via {address}")
    console.print()
    console.print(words("for-host"))
    console.print(words("link-host", link=host.host_links.here))
    console.print(words("stops"))
