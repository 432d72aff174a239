"""How the host ends what a page shows: the page learns why, and nothing stays in the hub.

viewer/ends.test.js holds that the page's track ends with each of these. docs/showing-cases.md lists
faults of others, and the tests that hold them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from samescreen.clock import clock_us
from samescreen.closing import CloseCode
from samescreen.grants import WATCH_ONLY
from samescreen.serve.site import now_s
from samescreen.wire.messages import PROTOCOL_VERSION
from samescreen.wire.publishing import Publish
from tests.fakes import soon
from tests.serve.conftest import Site
from tests.serve.publishing_stage import PAGE_PICTURES, Publisher, publish_token
from tests.stage.tools import ROOT


def person(site: Site) -> str:
    return site.actions.people[0].person_id


def link(site: Site) -> str:
    return site.actions.people[0].link_id


WAYS: dict[str, tuple[Callable[[Site], object], CloseCode]] = {
    "the grant is taken back": (
        lambda site: site.actions.set_grants(person(site), WATCH_ONLY, clock_us()),
        CloseCode.FORBIDDEN,
    ),
    "the person is put out": (
        lambda site: site.actions.put_out(person(site), now_s()),
        CloseCode.PUT_OUT,
    ),
    "the link ends": (lambda site: site.actions.end_link(link(site)), CloseCode.EXPIRED),
    "the cookie has run out": (
        lambda site: site.actions.tick(clock_us(), now_s() + 10**9),
        CloseCode.EXPIRED,
    ),
    "the host stops": (lambda site: site.audience.hub.people.close(), CloseCode.STOPPING),
}


@pytest.mark.parametrize("way", WAYS)
async def test_the_page_learns_why_its_share_ends(site: Site, way: str) -> None:
    end, code = WAYS[way]
    publisher = await showing(site)
    end(site)
    assert await publisher.closed() == code
    await soon(lambda: list(site.audience.hub.streams) == ["screen"], "its stream is gone")


async def test_a_share_that_the_host_ends_is_revoked(site: Site) -> None:
    publisher = await showing(site)
    await site.audience.hub.remove("desk")
    assert (await publisher.until("ended"))["reason"] == "revoked"


async def showing(site: Site) -> Publisher:
    await site.client.post("/api/login", json={"token": publish_token(site)}, headers=site.same)
    publisher = Publisher(await site.client.ws_connect("/ws/publish", headers=site.same))
    await publisher.say(Publish(PROTOCOL_VERSION, "page"), PAGE_PICTURES)
    await publisher.until("grant")
    return publisher


def test_each_case_of_the_table_names_tests_that_exist() -> None:
    table = (ROOT / "docs" / "showing-cases.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \|.*\|([^|]*)\|$", table, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 31))
    for number, holders in rows:
        named = re.findall(r"(\S+\.(?:py|js)): ((?:`[^`]+`(?:, )?)+)", holders)
        assert named, number
        for file, names in named:
            source = (ROOT / "tests" / file).read_text(encoding="utf-8")
            for name in re.findall(r"`([^`]+)`", names):
                found = f"def {name}(" in source or f'test("{name}"' in source
                assert found, f"case {number}: {file} has no test {name!r}"
