"""Addresses and secrets of a broker; what is asked for until it comes; what is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from samescreen.bus.address import Secret, Server, parse_secret, parse_servers
from samescreen.bus.gaps import Gaps
from samescreen.bus.wants import AGAIN_US, Wants
from samescreen.errors import UsageError
from samescreen.hub.demand import Demand
from samescreen.hub.wanted import want_of
from samescreen.media import Damage, Region, Rendition
from samescreen.wire.published import Published
from samescreen.wire.publishing import Want
from tests.fakes import piece, still, video

MAIN, JPEG, OPUS = Rendition.MAIN, Rendition.JPEG, Rendition.OPUS
TRACK = 0
WANTED = Demand(frozenset((MAIN,)), paused=False, refine=True)


def want(demand: Demand = WANTED, **once: object) -> Want:
    return want_of(replace(demand, **once), TRACK)  # type: ignore[arg-type]


def test_addresses_of_brokers() -> None:
    assert parse_servers("nats://Broker.example.org") == (
        Server("broker.example.org", 4222, is_secure=False),
    )
    two = parse_servers("tls://10.0.0.1:4443, nats://[::1]:4222")
    assert [each.url for each in two] == ["tls://10.0.0.1:4443", "nats://[::1]:4222"]


@pytest.mark.parametrize(
    "text", ["", "broker", "http://broker", "nats://", "nats://a:0", "nats://a:99999", "nats://a/b"]
)
def test_what_is_no_address_is_named(text: str) -> None:
    with pytest.raises(UsageError, match="--bus takes addresses"):
        parse_servers(text)


def test_a_password_in_an_address_is_refused_and_not_shown() -> None:
    with pytest.raises(UsageError) as caught:
        parse_servers("nats://me:hidden-word@broker:4222")
    assert "hidden-word" not in str(caught.value)


def test_secrets_have_three_forms_and_are_in_no_repr() -> None:
    assert parse_secret("me:a:b\n") == Secret(user="me", password="a:b")
    assert parse_secret("only-a-token").texts == ("only-a-token",)
    text = "-----BEGIN NATS USER JWT-----\nx\n"
    assert parse_secret(text, "/etc/relay.creds") == Secret(credentials="/etc/relay.creds")
    assert "a:b" not in repr(parse_secret("me:a:b"))
    for bad in ("", "a\nb", text):
        with pytest.raises(UsageError, match="--bus-secret takes"):
            parse_secret(bad)


def test_a_keyframe_is_asked_for_until_it_comes() -> None:
    wants = Wants()
    wants.demand(want(keyframes=frozenset((MAIN,))), 0)
    assert wants.again(AGAIN_US - 1)[0].keyframes == []
    assert wants.again(AGAIN_US)[0].keyframes == [MAIN]
    wants.came(Published(video(1)))
    assert wants.again(2 * AGAIN_US)[0].keyframes == [MAIN]
    wants.came(Published(video(2, keyframe=True)))
    assert wants.again(9 * AGAIN_US)[0].keyframes == []
    assert wants.again(9 * AGAIN_US)[0].renditions == [MAIN]


def test_lost_pieces_are_asked_for_until_all_came() -> None:
    wants = Wants()
    wants.demand(want(repair=Damage.of(Region(0, 0, 9, 9))), 0)
    assert wants.again(AGAIN_US)[0].repair == ((0, 0, 9, 9),)
    wants.demand(want(repair=Damage.of(Region(9, 9, 9, 9))), AGAIN_US)
    assert wants.again(2 * AGAIN_US)[0].repair == (), "of two places: everything"
    wants.repaired(TRACK)
    assert wants.again(9 * AGAIN_US)[0].repair == ((0, 0, 0, 0),)


def test_stills_are_read_with_every_picture_and_with_no_sound() -> None:
    wants = Wants()
    assert wants.renditions(TRACK) == []
    wants.demand(want(), 0)
    assert wants.renditions(TRACK) == [MAIN, JPEG]
    wants.demand(want(Demand(frozenset((OPUS,)), paused=False)), 0)
    assert wants.renditions(TRACK) == [OPUS]
    wants.demand(want(Demand()), 0)
    assert wants.renditions(TRACK) == []


def test_after_an_outage_everything_is_asked_for_at_once() -> None:
    wants = Wants()
    wants.demand(want(), 0)
    wants.resync()
    assert wants.again(1)[0].keyframes == [MAIN]


def test_until_the_next_still_everything_may_have_changed() -> None:
    gaps, nothing = Gaps(), Damage.NONE
    gaps.passed(Published(still(0)))
    keyframe = Published(video(1, keyframe=True, damage=nothing))
    assert gaps.passed(keyframe) == keyframe
    gaps.lost(JPEG)
    passed = gaps.passed(keyframe).packet
    assert (passed.damage, passed.news) == (Damage.ALL, nothing)
    assert gaps.passed(Published(video(2, damage=nothing))).packet.damage == nothing
    assert gaps.passed(Published(still(1))).packet.damage.is_all
    assert gaps.passed(keyframe) == keyframe


def test_pieces_that_were_lost_here_are_new_ones_here() -> None:
    gaps = Gaps()
    lacks = []
    for is_first in (True, False):  # at first nobody here had any
        gaps.lost(JPEG, is_first=is_first)
        lacks.append(gaps.lacks_pieces)
    assert lacks == [False, True]
    gaps.asked()
    repair = Published(piece(1).packet, is_repair=True)
    assert not gaps.passed(repair).is_repair
    gaps.repaired()
    assert gaps.passed(repair).is_repair
