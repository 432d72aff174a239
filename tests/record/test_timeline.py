"""Which packet goes into which file, and when it is shown there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from samescreen.media import Packet, PacketKind, Rendition
from samescreen.record.sound_line import Sound
from samescreen.record.timeline import (
    MIN_FILE_US,
    MOST_PACKETS,
    QUIET_LAG_US,
    Arrived,
    Begin,
    Blanked,
    End,
    Picture,
    Step,
    Timeline,
)
from tests.fakes import config, still, video

SECOND = 1_000_000
START = 50 * SECOND


class Tape:
    """A timeline with a clock, and the steps that came of it."""

    def __init__(self) -> None:
        self.timeline = Timeline(lambda width, height: b"black")
        self.now_us = START
        self.sequence = 0
        self.steps: list[Step] = []

    def at(self, seconds: float) -> Tape:
        self.now_us = START + round(seconds * SECOND)
        self.steps += self.timeline.passed(self.now_us)
        return self

    def size(self, width: int, height: int) -> Tape:
        return self.take(config(width=width, height=height))

    def take(self, what: Any) -> Tape:
        self.steps += self.timeline.take(Arrived(what, self.now_us))
        return self

    def video(self, *, keyframe: bool = False, **changes: Any) -> Tape:
        values = {"pts_us": self.now_us - 5_000} | changes
        self.take(video(self.sequence, keyframe=keyframe, **values))
        self.sequence += 1
        return self

    def sound(self, age_us: int = 20_000) -> Tape:
        return self.take(heard(self.now_us - age_us))

    def end(self) -> list[Step]:
        self.steps += self.timeline.end(self.now_us)
        return self.steps

    def of(self, kind: type[Any]) -> list[Any]:
        return [step for step in self.steps if isinstance(step, kind)]

    @property
    def shown(self) -> list[int]:
        """When each picture is shown, the one included that waits for the next."""
        file = self.timeline._file
        held = [file.held] if file is not None and file.held is not None else []
        return [picture.at_us for picture in (*self.of(Picture), *held)]


def heard(pts_us: int) -> Packet:
    return replace(
        video(0, pts_us=pts_us),
        kind=PacketKind.AUDIO,
        rendition=Rendition.OPUS,
        payload=b"\xf4\xff\xfe",
    )


def begun() -> Tape:
    return Tape().size(64, 48).video(keyframe=True)


def test_a_file_begins_with_a_keyframe() -> None:
    tape = Tape().size(64, 48)
    tape.video().video()
    assert tape.steps == []
    assert tape.timeline.needs_keyframe(tape.now_us)
    assert tape.timeline.dropped == 0, "nothing of the recording is missing"
    tape.video(keyframe=True)
    assert tape.steps[0] == Begin(64, 48)
    assert tape.shown == [0]
    assert not tape.timeline.needs_keyframe(tape.now_us)


def test_black_stands_from_the_moment_the_host_blanks() -> None:
    tape = begun().at(1).video()
    tape.at(2).take(Blanked()).at(3).video().at(4).video(keyframe=True).at(5).end()
    pictures = tape.of(Picture)
    assert [each.payload == b"black" for each in pictures] == [False, False, True, False]
    before, black, after = pictures[1:]
    assert abs(black.at_us - 2 * SECOND) < 20_000
    assert before.at_us + before.length_us <= black.at_us
    assert black.is_keyframe
    assert after.at_us > black.at_us + 1_900_000, "what needs the picture before is left out"
    assert len(tape.of(Begin)) == 1


def test_a_recording_that_begins_blanked_waits_for_a_picture() -> None:
    tape = Tape().size(64, 48).take(Blanked()).at(1).video(keyframe=True).at(2)
    assert [type(step) for step in tape.end()[:2]] == [Begin, Picture]
    assert tape.of(Picture)[0].payload != b"black"


def test_without_a_size_nothing_begins() -> None:
    tape = Tape().video(keyframe=True)
    assert tape.steps == []
    assert tape.timeline.needs_keyframe(tape.now_us)


def test_pictures_keep_their_times() -> None:
    tape = begun()
    for number in range(1, 4):
        tape.at(number * 0.5).video()
    assert tape.shown == [0, 500_000, SECOND, 1_500_000]


def test_each_picture_lasts_to_the_next() -> None:
    tape = begun()
    for number in range(1, 4):
        tape.at(number * 0.03).video()
    tape.at(0.1).end()
    assert [picture.length_us for picture in tape.of(Picture)] == [30_000] * 3 + [15_000]


def test_a_picture_that_rests_is_written_without_waiting_for_the_next() -> None:
    tape = begun()
    tape.at(0.05)
    assert tape.of(Picture) == []
    tape.at(0.1)
    (picture,) = tape.of(Picture)
    assert 0 < picture.length_us < 105_000
    tape.at(5).video().end()
    assert tape.of(Picture)[1].at_us == 5 * SECOND


def test_the_same_picture_again_is_shown_when_it_came() -> None:
    """Settling encodes a resting picture again, with the time of its grab."""
    tape = begun()
    grabbed_us = tape.now_us - 5_000
    tape.at(0.1).video(pts_us=grabbed_us).at(0.2).video(pts_us=grabbed_us)
    assert tape.shown == [0, 105_000, 205_000]


def test_after_a_gap_it_waits_for_a_keyframe() -> None:
    tape = begun()
    tape.sequence += 1
    tape.at(0.1).video().at(0.2).video()
    assert len(tape.shown) == 1
    assert tape.timeline.needs_keyframe(tape.now_us)
    tape.at(0.3).video(keyframe=True).at(0.4).video()
    assert len(tape.shown) == 3
    assert len(tape.of(Begin)) == 1, "the same file"
    assert tape.timeline.dropped > 0


def test_another_track_goes_on_in_the_same_file_from_its_keyframe() -> None:
    tape = begun()
    tape.at(1).video(track=1)
    assert len(tape.shown) == 1
    tape.at(2).video(track=1, keyframe=True)
    assert tape.shown == [0, 2 * SECOND]
    assert len(tape.of(Begin)) == 1


def test_another_size_is_another_file_which_begins_where_the_last_ends() -> None:
    tape = begun()
    tape.at(2).size(32, 24).video(keyframe=True)
    tape.at(4).size(64, 48).video(keyframe=True)
    tape.at(5).end()
    assert tape.of(Begin) == [Begin(64, 48), Begin(32, 24), Begin(64, 48)]
    assert [end.length_us for end in tape.of(End)] == [2 * SECOND, 2 * SECOND, SECOND + 5_000]


def test_a_window_that_is_dragged_larger_makes_no_file_for_each_picture() -> None:
    tape = begun()
    for number in range(1, 61):
        tape.at(number / 60).size(64 + 2 * number, 48).video(keyframe=True)
    assert len(tape.of(Begin)) <= 2
    asked = tape.timeline.needs_keyframe(tape.now_us)
    tape.at(1.5).video(keyframe=True)
    assert asked or len(tape.of(Begin)) == 2
    assert tape.of(Begin)[-1] == Begin(184, 48)


def test_a_keyframe_of_another_size_is_not_asked_for_too_soon() -> None:
    tape = begun()
    tape.at(0.1).size(32, 24).video(keyframe=True)
    assert not tape.timeline.needs_keyframe(tape.now_us)
    assert tape.timeline.needs_keyframe(START + MIN_FILE_US)


def test_sound_stands_where_it_was_recorded_and_silence_elsewhere() -> None:
    tape = begun()
    tape.at(3).sound(age_us=5_000)  # the keyframe was grabbed 5 ms before it came, too
    tape.at(6)
    sounds = tape.of(Sound)
    (real,) = (each for each in sounds if each.payload == b"\xf4\xff\xfe" and each.frames == 480)
    assert real.at == 3 * 48_000
    assert sum(each.frames for each in sounds) >= 5.5 * 48_000


def test_a_rest_grows_the_file_by_silence() -> None:
    tape = begun()
    for tenth in range(1, 100):
        tape.at(tenth / 10)
        lag_us = tape.now_us - START - sum(s.frames for s in tape.of(Sound)) * 1000 // 48
        assert lag_us <= QUIET_LAG_US + 10_000
    assert len(tape.shown) == 1
    assert tape.end()[-1] == End(9_905_000)


def test_a_strange_clock_is_not_believed() -> None:
    tape = begun()
    tape.at(1).video(pts_us=3).at(2).video(pts_us=10**15)
    assert tape.shown == [0, 1_005_000, 2_005_000]


def test_a_very_long_recording_goes_on_in_another_file() -> None:
    tape = begun()
    assert tape.timeline._file is not None
    tape.timeline._file.packets = MOST_PACKETS
    tape.at(1).video().at(2).video(keyframe=True).at(3).video()
    assert tape.of(Begin) == [Begin(64, 48)] * 2
    assert tape.shown == [0, SECOND, 0, SECOND]


def test_stills_and_low_are_not_recorded() -> None:
    tape = begun()
    before = list(tape.steps)
    tape.take(still(1)).take(video(9, keyframe=True, rendition=Rendition.LOW))
    tape.take(config(Rendition.JPEG, width=10, height=10))
    assert tape.steps == before


LATEST_US = 900_000
Calls = st.lists(
    st.tuples(
        st.sampled_from(["video", "keyframe", "sound", "size", "gap", "pass"]),
        st.integers(0, 900_000),
        st.sampled_from([5_000, 60_000, 250_000, LATEST_US]),
    ),
    max_size=60,
)


@given(Calls)
def test_every_file_is_whole(calls: list[tuple[str, int, int]]) -> None:
    """It begins with a keyframe, its pictures never overlap, however late they come, its sound has
    no holes, and no delta lost its reference."""
    tape, now, sizes = Tape().size(64, 48), 0.0, 0
    for call, later_us, age_us in calls:
        now += later_us / 1e6
        tape.at(now)
        if call == "gap":
            tape.sequence += 1
        elif call == "size":
            sizes += 1
            tape.size(64 + 2 * sizes, 48)
        elif call == "sound":
            tape.sound()
        elif call != "pass":
            tape.video(keyframe=call == "keyframe", pts_us=tape.now_us - age_us)
    check(tape.end())


def check(steps: list[Step]) -> None:
    is_open, last_us, shown_us, heard_to, number = False, -1, 0, 0, -1
    for step in steps:
        if isinstance(step, Begin):
            assert not is_open
            is_open, last_us, shown_us, heard_to, number = True, -1, 0, 0, -1
        elif isinstance(step, End):
            assert is_open
            assert step.length_us >= last_us
            # Sound already written may outlast a file that a late picture of another size ends.
            assert -50_000 < heard_to * 1000 // 48 - step.length_us < LATEST_US
            is_open = False
        elif isinstance(step, Picture):
            assert is_open
            assert step.is_keyframe or last_us >= 0
            assert step.at_us > last_us
            assert step.at_us >= shown_us
            assert step.length_us >= 0
            shown_us = step.at_us + step.length_us
            carried = int(step.payload.split()[1])
            assert step.is_keyframe or carried == number + 1
            last_us, number = step.at_us, carried
        else:
            assert is_open
            assert step.at == heard_to
            heard_to += step.frames
    assert not is_open
