"""What `share` prints once it shares: links, PIN, what is shared and how. Event loop."""

from __future__ import annotations

import io

import segno
from rich.console import Console

from samescreen.capture.choose import OpenedSource
from samescreen.capture.sound.choose import SoundChoice
from samescreen.host import Host
from samescreen.labels import sentence

from .outlet import Outlet
from .words import Words


def print_welcome(
    console: Console,
    words: Words,
    host: Host,
    choices: list[OpenedSource],
    sound: SoundChoice | None = None,
    *,
    has_code: bool = True,
    is_for_use: bool = False,
) -> None:
    """Print notes, sources, links and, if `has_code`, the QR code of the link to hand out.

    If what is shared `is_for_use`, print the link that opens it with mouse and keyboard too.
    """
    _print_sources(console, words, host, choices, sound)
    console.print()
    print_links(console, words, host)
    console.print()
    console.print(words("for-host"))
    console.print(words("link-host", link=host.host_links.here))
    if is_for_use:
        link = host.links_with(host.gatekeeper.host_token).best
        console.print(words("link-use", link=link))
    console.print()
    if has_code:
        print_qr_code(console, host.links.best)


def _print_sources(
    console: Console,
    words: Words,
    host: Host,
    choices: list[OpenedSource],
    sound: SoundChoice | None,
) -> None:
    statuses = [stream.status for stream in host.hub.streams.values()]
    of_choices = [choice.note for choice in choices]
    of_sources = [note for status in statuses for note in status.notes]
    of_sound = sound.note if sound is not None else ""
    of_tls = host.tls.notes if host.tls is not None else ()
    notes = (*of_choices, of_sound, host.encoder.note, *of_sources, *of_tls, host.links.note)
    for note in filter(None, notes):
        console.print(words("note", note=sentence(words.translated(note))), style="yellow")
    for status in statuses:
        if status.state in ("lost", "failed"):
            console.print(words("not-shared-yet", why=words.translated(status.detail)))
            continue
        name, backend = words.label(status.detail), words.label(status.backend or "…")
        encoder = host.encoder.name
        console.print(words("sharing", name=name, backend=backend, encoder=encoder))
    if sound is not None and not sound.note:
        console.print(words("sharing-sound", name=sentence(words.label(sound.label))))
    if (recorded := host.recordings.first) is not None:
        console.print(words("recording-to", path=recorded))
    for output in host.outputs.all:
        console.print(words("output-begins", name=output.address.name))


def print_links(console: Console, words: Words, host: Host) -> None:
    """Print the viewer links, the PIN and the fingerprint of the authority."""
    console.print(words("link-here", link=host.links.here))
    for link in host.links.lan:
        console.print(words("link-lan", link=link))
    if host.secure_links is not None:
        console.print(words("link-secure", link=host.secure_links.best))
    if host.gatekeeper.is_open:
        console.print(words("open-access"), style="yellow")
    else:
        console.print(words("pin", pin=host.gatekeeper.pin))
    if host.tls is not None and host.tls.authority is not None:
        console.print(words("authority", fingerprint=host.tls.authority.fingerprint))


def print_qr_code(console: Console, link: str) -> None:
    """Print the link as a QR code, at a terminal that can show one."""
    if console.is_terminal and (drawn := qr_code(console, link)):
        console.print(drawn)


def qr_code(console: Console, link: str) -> str:
    """The link as a QR code of block characters; "" where the encoding has none of them."""
    drawn = io.StringIO()
    segno.make(link, error="l").terminal(out=drawn, compact=True, border=2)
    file = console.file
    is_shown = not isinstance(file, Outlet) or file.can_show(drawn.getvalue())
    return drawn.getvalue() if is_shown else ""
