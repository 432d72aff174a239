"""The file of --rooms: what a room takes from the relay, and what is wrong with a file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.errors import UsageError
from samescreen.grants import Grant
from samescreen.options import ShareOptions
from samescreen.room_list import KEYS, MOST_ROOMS, rooms_in

RELAY = ShareOptions.of(max_viewers=50, base_path="/screen", approve=True)


def test_a_room_is_as_its_table_says_and_otherwise_as_the_relay() -> None:
    text = """
        [team]
        publish_token = "publish-token-of-team"
        max_viewers = 3
        max_publishers = 1
        max_bitrate = "2M"
        approve = false
        allow = ["publish", "talk"]
        record = "/var/team"
        output = ["rtmp://127.0.0.1/live/team"]
        [class-2]
    """
    rooms = rooms_in(text, RELAY)
    team, other = rooms["team"], rooms["class-2"]
    assert team.network.base_path == "/screen/r/team"
    assert team.access.publish_token == "publish-token-of-team"
    assert (team.access.max_viewers, team.access.max_publishers) == (3, 1)
    assert team.picture.max_bitrate_bps == 2_000_000
    assert not team.access.approve
    assert team.access.allowed == {Grant.PUBLISH, Grant.TALK}
    assert rooms_in('[a]\nallow = "talk,point"', RELAY)["a"].access.allowed == {
        Grant.TALK,
        Grant.POINT,
    }
    assert team.recording.record == "/var/team"
    assert team.outputs.output == ("rtmp://127.0.0.1/live/team",)
    assert (other.recording.record, other.outputs.output) == ("", ())
    assert other.network.base_path == "/screen/r/class-2"
    assert (other.access.max_viewers, other.access.approve) == (50, True)
    assert other.access.publish_token == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "names 1 to 200 rooms, not 0"),
        ("[team", "is not TOML"),
        ("[Team]", "a room's name has 1 to 32 of a-z, 0-9 and -"),
        ('["a/b"]', "a room's name has"),
        ("team = 5", "team is no room"),
        ("[team]\nviewers = 5", "room team: there is no 'viewers'; a room has token, pin"),
        ("[team]\nallow = 5", "room team: allow takes a text or a list of texts"),
        ("[team]\noutput = 5", "room team: output takes a text or a list of texts"),
        ('[team]\noutput = "here"', "room team: --output takes rtmp://"),
        ('[team]\nallow = "dance"', "room team: --allow takes"),
        ("[team]\nmax_viewers = 0", "room team: --max-viewers takes 1 to 100000, not 0"),
        ('[team]\nmax_viewers = "5"', "room team: max_viewers takes a whole number"),
        ('[team]\ntoken = "short"', "room team: --token takes 8 to 128"),
        ('[team]\nmax_bitrate = "much"', "room team: --max-bitrate takes a rate"),
        (
            '[a]\npublish_token = "one-publish-token"\n[b]\nhost_token = "one-publish-token"',
            "the rooms a and b have a secret in common",
        ),
        ("\n".join(f"[r{n}]" for n in range(MOST_ROOMS + 1)), "rooms, not 201"),
    ],
)
def test_a_wrong_file_is_one_clear_line(text: str, why: str) -> None:
    with pytest.raises(UsageError) as error:
        rooms_in(text, RELAY)
    assert why in str(error.value)
    assert len(str(error.value).splitlines()) == 1


WORDS = st.one_of(st.sampled_from(KEYS), st.text(max_size=8))
VALUES = st.one_of(st.integers(), st.booleans(), st.text(max_size=8).map(repr), st.just("[]"))


@given(st.lists(st.tuples(WORDS, VALUES), max_size=4))
def test_any_file_is_read_or_refused(lines: list[tuple[str, object]]) -> None:
    text = "\n".join(["[team]", *(f"{key} = {value}" for key, value in lines)])
    try:
        rooms = rooms_in(text, RELAY)
    except UsageError:
        return
    assert list(rooms) == ["team"]
