"""Who hears whom: mutes, several speakers, people who leave. Time is an argument."""

from __future__ import annotations

from samescreen.hub.voices import (
    LISTED_US,
    MOST_AT_ONCE,
    MOST_LISTED,
    TALKING_US,
    Speaking,
    VoiceOutcome,
    Voices,
)
from samescreen.wire.outgoing import Outgoing
from samescreen.wire.talk import Hearing, Voice, VoiceKind, voice_from_bytes

NOW_US = 10**9
VOICE = Voice(VoiceKind.OPUS, 0, 5, b"\x78ab")


class Listener:
    """A connection that keeps what it hears."""

    def __init__(self, voices: Voices, person: str, hearing: Hearing = "opus") -> None:
        self.sent: list[Outgoing] = []
        voices.enter(self, person)
        voices.set_hearing(self, hearing)

    def send_voice(self, outgoing: Outgoing) -> None:
        self.sent.append(outgoing)

    @property
    def heard(self) -> list[Voice]:
        return [voice_from_bytes(each.message) for each in self.sent]


class Mix:
    """What would mix on this machine."""

    def __init__(self) -> None:
        self.taken: list[Voice] = []
        self.hushed: list[int] = []
        self.served: list[bool] = []

    def take(self, voice: Voice) -> None:
        self.taken.append(voice)

    def hush(self, speaker: int) -> None:
        self.hushed.append(speaker)

    def serve(self, is_heard: bool) -> None:
        self.served.append(is_heard)


def talking(voices: Voices) -> list[int]:
    return [each.number for each in voices.listed if each.is_talking]


def test_everybody_else_hears_a_speaker_in_one_packet_that_is_built_once() -> None:
    voices = Voices()
    ann, tab, bob, eve = (Listener(voices, who) for who in ("ann", "ann", "bob", "eve"))
    assert voices.speak("ann", VOICE, NOW_US) is VoiceOutcome.SENT
    assert ann.sent == tab.sent == [], "nobody hears themselves, on no page of theirs"
    assert bob.heard == [Voice(VoiceKind.OPUS, 1, 5, b"\x78ab", begins=True)]
    assert bob.sent[0] is eve.sent[0]
    voices.speak("ann", VOICE, NOW_US)
    assert [each.begins for each in bob.heard] == [True, False]


def test_who_listens_to_nothing_gets_nothing() -> None:
    voices = Voices()
    quiet, mixed = Listener(voices, "bob", "none"), Listener(voices, "eve", "pcm")
    voices.speak("ann", VOICE, NOW_US)
    assert quiet.sent == mixed.sent == []
    voices.send_mix(Voice(VoiceKind.MIX, 0, 0, b"pcm"))
    assert [each.payload for each in mixed.heard] == [b"pcm"]
    assert quiet.sent == []


def test_the_mix_runs_only_while_somebody_needs_it() -> None:
    voices, mix = Voices(), Mix()
    voices.mix = mix
    listener = Listener(voices, "bob", "pcm")
    voices.leave(listener, NOW_US)
    assert mix.served[-2:] == [True, False]


def test_two_speakers_are_told_apart() -> None:
    voices = Voices()
    bob = Listener(voices, "bob")
    for who in ("ann", "eve", "ann"):
        voices.speak(who, VOICE, NOW_US)
    assert [each.speaker for each in bob.heard] == [1, 2, 1]
    assert voices.listed == (Speaking(1, "ann", True, False), Speaking(2, "eve", True, False))


def test_more_than_a_few_at_once_are_not_sent_on_until_one_is_silent() -> None:
    voices = Voices()
    bob = Listener(voices, "bob")
    for number in range(MOST_AT_ONCE):
        assert voices.speak(f"p{number}", VOICE, NOW_US) is VoiceOutcome.SENT
    assert voices.speak("late", VOICE, NOW_US) is VoiceOutcome.CROWDED
    assert len(bob.sent) == MOST_AT_ONCE
    voices.hush("p0", NOW_US)
    assert voices.speak("late", VOICE, NOW_US) is VoiceOutcome.SENT


def test_the_host_mutes_one_person_at_once_and_for_good() -> None:
    voices, mix = Voices(), Mix()
    voices.mix = mix
    bob = Listener(voices, "bob")
    voices.speak("ann", VOICE, NOW_US)
    voices.mute("ann", True, NOW_US)
    assert talking(voices) == []
    assert mix.hushed == [1]
    assert voices.speak("ann", VOICE, NOW_US) is VoiceOutcome.MUTED
    voices.forget("ann")
    assert voices.speak("ann", VOICE, NOW_US) is VoiceOutcome.MUTED, "also after they came back"
    assert len(bob.sent) == len(mix.taken) == 1
    voices.mute("ann", False, NOW_US)
    assert voices.speak("ann", VOICE, NOW_US) is VoiceOutcome.SENT


def test_the_host_mutes_all() -> None:
    voices = Voices()
    bob = Listener(voices, "bob")
    voices.speak("ann", VOICE, NOW_US)
    voices.switch(False, NOW_US)
    assert talking(voices) == []
    assert voices.speak("eve", VOICE, NOW_US) is VoiceOutcome.MUTED
    voices.switch(True, NOW_US)
    assert voices.speak("eve", VOICE, NOW_US) is VoiceOutcome.SENT
    assert len(bob.sent) == 2


def test_who_sends_nothing_more_is_silent_and_later_not_listed() -> None:
    voices = Voices()
    Listener(voices, "bob")
    voices.speak("ann", VOICE, NOW_US)
    assert voices.tick(NOW_US)
    assert not voices.tick(NOW_US + TALKING_US - 1)
    assert voices.tick(NOW_US + TALKING_US)
    assert [each.is_talking for each in voices.listed] == [False]
    assert voices.tick(NOW_US + LISTED_US)
    assert voices.listed == ()


def test_a_speaker_whose_connection_is_gone_is_silent_at_once() -> None:
    voices = Voices()
    Listener(voices, "bob")
    first, second = Listener(voices, "ann"), Listener(voices, "ann")
    voices.speak("ann", VOICE, NOW_US)
    voices.leave(first, NOW_US)
    assert talking(voices) == [1], "they have another connection"
    for _ in range(2):
        voices.leave(second, NOW_US)
    assert talking(voices) == []


def test_a_mute_shows_in_the_list_even_if_the_person_is_silent() -> None:
    voices = Voices()
    voices.tick(NOW_US)
    voices.mute("ann", True, NOW_US)
    assert voices.tick(NOW_US)
    assert not voices.tick(NOW_US)


def test_a_thousand_speakers_one_after_the_other_are_bounded() -> None:
    voices = Voices()
    bob = Listener(voices, "bob")
    for number in range(1000):
        assert voices.speak(f"p{number}", VOICE, NOW_US + number) is VoiceOutcome.SENT
        voices.hush(f"p{number}", NOW_US + number)
    assert all(1 <= each.speaker <= 255 for each in bob.heard)
    assert len(voices.listed) == MOST_LISTED
    assert voices.listed[0].person_id == "p999"
    voices.tick(NOW_US + 2 * LISTED_US)
    assert voices.listed == ()


def test_a_recording_takes_the_mix_and_is_a_reason_to_make_it() -> None:
    voices, mix = Voices(), Mix()
    taken: list[bytes] = []
    voices.mix = mix
    take = taken.append
    voices.take_mix(take)
    voices.send_mix(Voice(VoiceKind.MIX, 0, 0, b"pcm"))
    voices.leave_mix(take)
    voices.leave_mix(take)
    voices.send_mix(Voice(VoiceKind.MIX, 0, 1, b"later"))
    assert (taken, mix.served) == ([b"pcm"], [True, False])
