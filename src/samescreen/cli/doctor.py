"""`samescreen doctor`: tries everything that sharing needs, and says how to fix what fails.

Main thread, without an event loop; every check may block.
"""

from __future__ import annotations

import os
import platform
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import numpy as np
from rich.cells import cell_len, set_cell_size

from samescreen.capture.choose import open_source
from samescreen.capture.session import is_wayland_session
from samescreen.capture.sound.choose import choose_sound, list_sounds
from samescreen.capture.systems import backends, of_this_session
from samescreen.clock import clock_us
from samescreen.display.abilities import abilities
from samescreen.encode.base import EncodeRequest
from samescreen.encode.h264 import H264Settings, X264Encoder
from samescreen.encode.hardware import Candidate, candidates
from samescreen.encode.opus import OpusEncoder
from samescreen.encode.probe import probe
from samescreen.encode.still import encode_jpeg
from samescreen.errors import EncodeError, SamescreenError
from samescreen.labels import sentence
from samescreen.media import BLOCK_FRAMES, SOUND_CHANNELS, Damage, Frame, Region, SoundBlock
from samescreen.options import DEFAULT_PORT
from samescreen.serve.addresses import lan_addresses, lan_interfaces
from samescreen.serve.tls import config_folder, faults_of, known_authority
from samescreen.tunnel.tools import found_tools
from samescreen.version import __version__

from .patience import NoAnswer, answering, awaited
from .reach import firewall_in_the_way, warnings_about
from .words import words_for

_WITHIN_S: Final = 15.0
Probe = tuple[str, Callable[[], str], bool]
"""What is tried, how, and whether it is vital."""

_JOINT: Final = " · "
"""Between the parts of a finding; each is a sentence of its own."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one probe. `is_vital`: without it nothing can be shared."""

    what: str
    works: bool
    detail: str
    is_vital: bool = False


def show_report() -> int:
    """Print all findings. Returns 1 if something vital fails, else 0."""
    words = words_for(os.environ)
    probes = (*_PROBES[:2], *_of_the_session(), *_PROBES[2:])
    findings = [_try_in_time(what, probe, is_vital) for what, probe, is_vital in probes]
    names = {each.what: words.find(f"doctor-{each.what}", each.what) for each in findings}
    width = max(map(cell_len, names.values()))
    for finding in findings:
        mark = "✓" if finding.works else "✗"
        name = set_cell_size(names[finding.what], width)
        parts = map(words.translated, finding.detail.split(_JOINT))
        detail = _JOINT.join(map(words.label, parts))
        sys.stdout.write(f"{mark} {name}  {sentence(detail)}\n")
    return int(any(finding.is_vital and not finding.works for finding in findings))


def _try_in_time(what: str, probe: Callable[[], str], is_vital: bool) -> Finding:
    who = answering("screen") if what == "screen" else f"{what}: it does not answer"
    try:
        return awaited(who, partial(_try, what, probe, is_vital), _WITHIN_S)
    except NoAnswer as error:
        return Finding(what, False, f"{error} ({who}); restart what should answer", is_vital)


def _try(what: str, probe: Callable[[], str], is_vital: bool) -> Finding:
    try:
        return Finding(what, True, probe(), is_vital)
    except (SamescreenError, OSError, PackageNotFoundError) as error:
        return Finding(what, False, str(error), is_vital)


def _python() -> str:
    return f"samescreen {__version__}, Python {platform.python_version()}, {platform.platform()}"


def _screen() -> str:
    way = of_this_session(backends())[0].name
    if way == "portal":
        from samescreen.capture.session_report import ASKS, about_portal

        about_portal()
        return _JOINT.join((ASKS, "portal (PipeWire)"))
    source = open_source("screen").source
    try:
        source.take_over()
        began_us = clock_us()
        frame = source.grab(began_us + 1_000_000)
        took_ms = (clock_us() - began_us) / 1000
        seen = "no picture within a second" if frame is None else f"first picture {took_ms:.1f} ms"
        return _JOINT.join((source.label, source.backend, seen, *source.notes))
    finally:
        source.dispose()


def _of_the_session() -> tuple[Probe, ...]:
    """Of a Wayland session, what capture needs there."""
    if sys.platform != "linux" or not is_wayland_session():
        return ()
    from samescreen.capture import session_report as report

    said: tuple[Probe, ...] = (
        ("session", report.about_session, False),
        ("compositor", report.about_compositor, False),
    )
    if of_this_session(backends())[0].name != "portal":
        return said
    return (
        *said,
        ("portal", report.about_portal, False),
        ("PipeWire", report.about_pipewire, False),
    )


def _backends() -> str:
    words = words_for(os.environ)
    able = {
        each.name: ", ".join(map(words.translated, each.abilities.split(", ")))
        for each in backends()
    }
    listed = ", ".join(f"{name} ({abilities})" for name, abilities in able.items())
    return _JOINT.join((listed, f"tried first here: {of_this_session(backends())[0].name}"))


def _test_frame() -> Frame:
    pixels = np.zeros((720, 1280, 4), dtype=np.uint8)
    pixels[:, :, :3] = np.arange(1280, dtype=np.uint16)[None, :, None] % 251
    return Frame(pixels, clock_us(), Damage.of(Region(0, 0, 1280, 720)))


def _h264() -> str:
    encoder = X264Encoder(H264Settings(), track=0, width=1280, height=720)
    frame = _test_frame()
    encoder.encode(frame, EncodeRequest(keyframe=True))
    began_us = clock_us()
    encoder.encode(frame, EncodeRequest())
    took_ms = (clock_us() - began_us) / 1000
    return f"{encoder.name}, {encoder.config.codec_string}, {took_ms:.1f} ms for a 1280×720 picture"


def _hardware(candidate: Candidate) -> str:
    began_us = clock_us()
    if why_not := probe(candidate).why_not:
        raise EncodeError(why_not)
    return f"works; the probe took {(clock_us() - began_us) / 1e6:.1f} s"


def _jpeg() -> str:
    began_us = clock_us()
    encode_jpeg(_test_frame(), quality=75)
    return f"libjpeg-turbo, {(clock_us() - began_us) / 1000:.1f} ms for a 1280×720 picture"


def _sound() -> str:
    choice = choose_sound("output")
    assert choice is not None
    options = ", ".join(each.option for each in list_sounds())
    if choice.note:
        raise OSError(f"{choice.note}; there are: {options}" if options else choice.note)
    encoder = OpusEncoder(track=0)
    block = SoundBlock(np.zeros((BLOCK_FRAMES, SOUND_CHANNELS), dtype=np.float32), 0)
    began_us = clock_us()
    encoder.encode(block)
    took_ms = (clock_us() - began_us) / 1000
    works = f"{choice.source.label}, {choice.source.backend}, Opus {took_ms:.1f} ms for 10 ms"
    return f"{works}; share it with {options}"


def _own_display() -> str:
    if sys.platform != "linux":
        raise OSError("`samescreen new` works on Linux only")
    return _JOINT.join(abilities())


def _port() -> str:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", DEFAULT_PORT)) == 0:
            raise OSError(f"{DEFAULT_PORT} is in use; share with --port {DEFAULT_PORT + 1}")
    return f"{DEFAULT_PORT} is free"


def _network() -> str:
    addresses = lan_addresses()
    if not addresses:
        raise OSError("no address but this machine's own: only it can open the link")
    return _JOINT.join((", ".join(addresses), *warnings_about(lan_interfaces())))


def _tunnels() -> str:
    found = found_tools()
    installed = ", ".join(name for name, path in found.items() if path)
    missing = ", ".join(name for name, path in found.items() if not path)
    if not installed:
        raise OSError(f"none of these is installed: {missing}")
    if not missing:
        return f"installed: {installed}"
    return f"installed: {installed}; not installed: {missing}"


def _firewall() -> str:
    if found := firewall_in_the_way(DEFAULT_PORT):
        raise OSError(found)
    return "none that can be seen without more rights is on"


def _https() -> str:
    folder = config_folder()
    if folder is None:
        raise OSError("no home folder: the certificate will be for one run only")
    if faults := faults_of(folder):
        raise OSError("; ".join(faults))
    try:
        authority = known_authority(folder)
    except ValueError as error:
        raise OSError(f"{folder} holds a broken authority, to be made anew: {error}") from error
    if authority is None:
        return f"a certificate authority will be made in {folder}"
    until = f"until {authority.expires:%Y-%m-%d}"
    found = f"authority {authority.path}, {until}, SHA-256 {authority.fingerprint}"
    if authority.is_web_only:
        return found
    return (
        f"{found}; warning: whoever steals its key can also sign mail and programs with it, as it "
        "is of an earlier version: samescreen ca renew"
    )


def _event_loop() -> str:
    return f"uvloop {version('uvloop')}"


_PROBES: Final[tuple[Probe, ...]] = (
    ("program", _python, True),
    ("screen", _screen, False),
    ("backends", _backends, False),
    ("H.264", _h264, True),
    *((each.profile.name, partial(_hardware, each), False) for each in candidates()),
    ("JPEG", _jpeg, True),
    ("sound", _sound, False),
    ("new", _own_display, False),
    ("port", _port, False),
    ("network", _network, False),
    ("firewall", _firewall, False),
    ("tunnels", _tunnels, False),
    ("https", _https, False),
    ("event loop", _event_loop, False),
)
