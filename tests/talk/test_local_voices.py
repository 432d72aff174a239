"""A host's mix: it reaches the pages that asked for it, and ends with the host."""

from __future__ import annotations

import sys
import threading
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from samescreen.errors import UsageError
from samescreen.hub.voices import Voices
from samescreen.talk import local_voices
from samescreen.talk.local_voices import begin_voices
from samescreen.wire.outgoing import Outgoing
from samescreen.wire.talk import VOICE_FRAMES, Voice, VoiceKind, voice_from_bytes
from tests.fakes import PATIENCE_S, soon
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


class HungOutput:
    """The output of a sound server that stops to answer."""

    def __init__(self) -> None:
        self.answers = threading.Event()
        self.closed_by = ""

    def play(self, samples: bytes) -> None:
        self.answers.wait(PATIENCE_S)

    def rest(self) -> None: ...

    def close(self) -> None:
        self.closed_by = threading.current_thread().name


async def test_a_sound_server_that_hangs_does_not_delay_the_mix_for_pages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    output, voices, listener = HungOutput(), Voices(), Listener()
    monkeypatch.setattr(local_voices, "open_output", lambda where: output)
    async with AsyncExitStack() as stack:
        await begin_voices(voices, "speakers", stack)
        voices.enter(listener, "bob")
        voices.set_hearing(listener, "pcm")
        for number, packet in enumerate(encoded(tone(500, 8))):
            voices.speak("ann", Voice(VoiceKind.OPUS, 0, number, packet), 0)
        await soon(lambda: len(listener.sent) >= 4, "the mix")
        assert not output.answers.is_set()
        output.answers.set()


async def test_the_loop_does_not_wait_for_an_output_that_closes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    output = HungOutput()
    monkeypatch.setattr(local_voices, "open_output", lambda where: output)
    async with AsyncExitStack() as stack:
        await begin_voices(Voices(), "speakers", stack)
    assert output.closed_by not in ("", threading.main_thread().name)


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
