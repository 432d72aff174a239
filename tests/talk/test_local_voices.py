"""A host's mix: it reaches the pages that asked for it, and ends with the host."""

from __future__ import annotations

import sys
import threading
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from samescreen.errors import UsageError
from samescreen.hub.voices import Voices
from samescreen.talk.local_voices import begin_voices
from samescreen.wire.outgoing import Outgoing
from samescreen.wire.talk import VOICE_FRAMES, Voice, VoiceKind, voice_from_bytes
from tests.fakes import soon
from tests.talk.test_mix import encoded, tone


class Listener:
    def __init__(self) -> None:
        self.sent: list[Outgoing] = []

    def send_voice(self, outgoing: Outgoing) -> None:
        self.sent.append(outgoing)


async def test_a_page_that_decodes_no_opus_hears_the_mix() -> None:
    voices, listener = Voices(), Listener()
    async with AsyncExitStack() as stack:
        await begin_voices(voices, "", stack)
        voices.enter(listener, "bob")
        voices.set_hearing(listener, "pcm")
        for number, packet in enumerate(encoded(tone(500, 8))):
            voices.speak("ann", Voice(VoiceKind.OPUS, 0, number, packet), 0)
        voices.hush("ann", 0)
        await soon(lambda: len(listener.sent) >= 4, "the mix")
    heard = [voice_from_bytes(each.message) for each in listener.sent]
    assert {(each.kind, len(each.payload)) for each in heard} == {
        (VoiceKind.MIX, 2 * VOICE_FRAMES)
    }
    assert voices.mix is None
    assert all(each.name != "voice-mixer" for each in threading.enumerate())


async def test_without_a_sound_server_the_host_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/none")
    async with AsyncExitStack() as stack:
        with pytest.raises(UsageError, match="--talk needs a sound server; leave it out"):
            await begin_voices(Voices(), "mic", stack)


async def test_other_systems_are_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    async with AsyncExitStack() as stack:
        with pytest.raises(UsageError, match="Linux only"):
            await begin_voices(Voices(), "speakers", stack)
