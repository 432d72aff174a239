"""`host:URL`: whole hosts, one of which shares the stream of another one on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from samescreen.capture.choose import OpenedSource, open_source
from samescreen.capture.push import PushSource
from samescreen.capture.sound.choose import SoundChoice
from samescreen.clock import clock_us
from samescreen.host import Host
from samescreen.media import Packet, Pixels, Rendition
from samescreen.publish.far import reasons
from samescreen.publish.far.publisher import Waits
from tests.encode.h264_tools import Decoder
from tests.fake_sound import ScriptedSound, block
from tests.fakes import soon
from tests.host.hosting import TOKEN, card, options
from tests.stage.light_viewer import viewing

PIN = "271828"
HERE = "the-token-of-this-host"


def elsewhere(**changes: Any) -> Any:
    return options(**({"pin": PIN} | changes))


def here(**changes: Any) -> Any:
    return options(**({"token": HERE} | changes))


def far(link: str) -> OpenedSource:
    return open_source(f"host:{link}")


async def shows(host: Host, detail: str) -> None:
    await soon(lambda: host.stream.status.detail == detail, f"it says {detail!r}")


def picture(seed: int) -> Pixels:
    pixels = np.random.default_rng(seed).integers(0, 256, (120, 160, 4), dtype=np.uint8)
    return np.ascontiguousarray(pixels)


def pushed(source: PushSource, seed: int) -> None:
    source.push(picture(seed)[:, :, :3], order="BGR")


def decoded(packets: list[Packet]) -> list[Any]:
    """The newest picture of these packets of video."""
    decoder, last = Decoder(), []
    first = next(n for n, packet in enumerate(packets) if packet.is_keyframe)
    for packet in packets[first:]:
        last = decoder.decode(packet)
    return last


async def test_viewers_here_get_its_newest_picture_bit_by_bit_and_its_sound() -> None:
    source, tone = PushSource(), ScriptedSound()
    sound = SoundChoice(tone, "a tone")
    choice = OpenedSource(source, "push")
    async with (
        Host(elsewhere(), choice, sound=sound) as there,
        Host(here(), far(there.links.here)) as host,
    ):
        pushed(source, 0)
        async with viewing(there.port, TOKEN) as direct, viewing(host.port, HERE) as viewer:
            main = Rendition.MAIN
            await direct.until(lambda v: v.of(main))
            await viewer.until(lambda v: v.of(main) and v.said("audio"))
            for seed in range(1, 6):
                pushed(source, seed)
                counts = [len(each.of(main)) for each in (direct, viewer)]
                for each, count in zip((direct, viewer), counts, strict=True):
                    await each.more_than(count, main)
            for one, other in zip(decoded(direct.of(main)), decoded(viewer.of(main)), strict=True):
                assert np.array_equal(one, other)
            newest = direct.of(main)[-1], viewer.of(main)[-1]
            assert newest[0].payload == newest[1].payload, "it was not encoded again"
            assert abs(newest[0].pts_us - newest[1].pts_us) < 50_000, "the time of its grab"
            await viewer.say("listen", on=True, codec="opus")
            await soon(lambda: tone.is_open, "it is recorded over there")
            tone.give(*(block(n * 10_000) for n in range(20)))
            await viewer.until(lambda v: len(v.of(Rendition.OPUS)) >= 10)
            await viewer.say("listen", on=True, codec="pcm")
            tone.give(*(block(n * 10_000) for n in range(20, 200)))
            await viewer.until(lambda v: v.of(Rendition.PCM))
        assert host.stream.publisher.dropped == 0
        viewers = there.audience.of(there.stream).viewers
        await soon(
            lambda: [each.session.hidden for each in viewers.values()] == [True],
            "nothing is taken while nobody watches here",
        )


async def test_each_rendition_is_taken_while_somebody_here_wants_it() -> None:
    async with Host(elsewhere(), card()) as there, Host(here(), far(there.links.here)) as host:
        await soon(lambda: host.stream.status.state == "live", "it is live")
        assert there.stream.demand.renditions == frozenset()
        async with viewing(host.port, HERE, quality="low") as low:
            await low.until(lambda v: v.of(Rendition.LOW))
            assert there.stream.demand.renditions == {Rendition.LOW}
            async with viewing(host.port, HERE, accepts=["jpeg"]) as stills:
                await stills.until(lambda v: len(v.of(Rendition.JPEG)) > 1)
                assert not stills.of(Rendition.MAIN)
        await soon(lambda: there.stream.demand.renditions == frozenset(), "none is taken")
        assert len(list(there.hub.people)) == 1, "all connections are one viewer over there"


async def test_a_host_that_was_gone_shows_a_fresh_picture_soon_after_it_is_back() -> None:
    first = Host(elsewhere(), card())
    async with first:
        port, link = first.port, first.links.here
        host = Host(here(), far(link))
        await host.__aenter__()
    try:
        await shows(host, reasons.GONE.why)
        async with viewing(host.port, HERE) as viewer:
            await viewer.until(lambda v: v.said("status", state="lost", reason="source-lost"))
            async with Host(elsewhere(port=port), card()):
                await viewer.until(lambda v: v.of(Rendition.MAIN), within_s=2)
                assert viewer.of(Rendition.MAIN)[0].is_keyframe
    finally:
        await host.__aexit__()


async def test_a_pin_opens_it_and_every_refusal_says_why() -> None:
    async with Host(elsewhere(tls="off"), card()) as there, Host(here()) as host:
        base = there.links.here.partition("#")[0]
        host.add(far(f"{base}#pin={PIN}"))
        async with viewing(host.port, HERE) as viewer:
            await viewer.until(lambda v: v.of(Rendition.MAIN))
        for link, why in (
            (base, reasons.NEEDS_SECRET),
            (f"{base}#token=not-the-right-one", reasons.WRONG_SECRET),
            (f"{base}#token={TOKEN}&stream=none", reasons.NO_STREAM),
            (f"{base}elsewhere#token={TOKEN}", reasons.NO_HOST),
            (f"{base.replace('http:', 'https:')}#token={TOKEN}", reasons.NO_TLS),
        ):
            await host.change(host.stream.stream_id, far(link))
            await shows(host, why.why)


async def test_a_certificate_is_trusted_by_the_fingerprint_of_its_authority() -> None:
    async with Host(elsewhere(tls="auto"), card()) as there, Host(here()) as host:
        assert there.tls is not None
        assert there.tls.authority is not None
        link = f"https://127.0.0.1:{there.port}/#token={TOKEN}"
        host.add(far(link))
        await shows(host, reasons.NOT_TRUSTED.why)
        await host.change(host.stream.stream_id, far(f"{link}&ca={'AB' * 32}"))
        await shows(host, reasons.OTHER_AUTHORITY.why)
        fingerprint = there.tls.authority.fingerprint
        await host.change(host.stream.stream_id, far(f"{link}&ca={fingerprint}"))
        async with viewing(host.port, HERE) as viewer:
            await viewer.until(lambda v: v.of(Rendition.MAIN))


async def test_loops_are_refused_and_two_hosts_see_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Waits, "after", lambda self, reason: 0.1)
    async with Host(elsewhere()) as one, Host(here(), card()) as other:
        one.add(far(one.links.here))
        await shows(one, reasons.OWN.why)
        await one.remove(one.stream.stream_id)
        one.add(card())
        one.add(far(other.links.here))
        other.add(far(one.links.here))
        for host, token in ((one, TOKEN), (other, HERE)):
            second = list(host.hub.streams)[1]
            async with viewing(host.port, token, stream=second) as viewer:
                await viewer.until(lambda v: v.of(Rendition.MAIN))
        async with Host(options(token="of-a-third-host")) as third:
            third.add(far(one.links.here))
            await shows_hosts(third, [one])
            await one.change(one.stream.stream_id, far(third.links_with("of-a-third-host").here))
            await shows(one, reasons.OWN.why)


async def shows_hosts(host: Host, others: list[Host]) -> None:
    wanted = tuple(each.hub.host_id for each in others)
    await soon(lambda: host.stream.publisher.hosts == wanted, "it knows where it comes from")


async def test_a_newcomer_waits_in_the_lobby_until_the_other_host_lets_it_in() -> None:
    approving = Host(elsewhere(approve=True), card())
    async with approving as there, Host(here(), far(there.links.here)) as host:
        await shows(host, reasons.LOBBY.why)
        (waiting,) = there.actions.newcomers(clock_us())
        there.actions.let_in(waiting.person_id)
        await soon(lambda: host.stream.status.state == "live", "it was let in")
