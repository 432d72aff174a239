"""Relays that a NATS operator's .creds files let in, on a real nats-server."""

from __future__ import annotations

from pathlib import Path

import pytest

from samescreen.bus.address import BusChoice, Secret, parse_secret, parse_servers
from samescreen.bus.reasons import OLD_CREDENTIALS
from samescreen.errors import ServeError
from tests.bus.test_nats import TEAM, node, team
from tests.fakes import soon
from tests.relay.test_relay import publishing, sharing
from tests.stage.nats_credentials import Operator
from tests.stage.nats_server import nats_server

TEAM_ONLY = ["ss.1.team.>"]


def secret_of(path: Path) -> Secret:
    """As `--bus-secret file:PATH` reads it."""
    return parse_secret(path.read_text(encoding="utf-8"), str(path))


async def test_a_creds_file_opens_its_room_and_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    operator = Operator()
    secret = secret_of(operator.credentials(tmp_path / "team.creds", TEAM_ONLY, TEAM_ONLY))
    with nats_server(tmp_path, operator.config) as broker:
        bus = BusChoice(parse_servers(broker.url), secret)
        async with (
            node(bus) as one,
            node(bus) as other,
            sharing() as here,
            publishing(here, team(one), TEAM),
        ):
            await soon(lambda: "testcard" in other.hosts["team"].hub.streams, "elsewhere too")
            await soon(lambda: len(caplog.records) == 2, "each relay says what it may not do")
    assert {record.getMessage() for record in caplog.records} == {
        "the broker does not let this relay use the subjects ss.1.class.>; see docs/bus.md"
    }


@pytest.mark.parametrize("publish", [["ss.1.>"], []], ids=["may only send", "may only read"])
async def test_a_relay_that_may_do_half_of_it_is_one_line_for_each_room(
    publish: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    operator = Operator()
    subscribe = [] if publish else ["ss.1.>"]
    path = operator.credentials(tmp_path / "half.creds", publish, subscribe)
    with nats_server(tmp_path, operator.config) as broker:
        bus = BusChoice(parse_servers(broker.url), secret_of(path))
        async with node(bus) as one, sharing() as here, publishing(here, team(one), TEAM):
            await soon(lambda: "ss.1.team.>" in caplog.text, "the line")
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == len(set(lines)) <= 2, "one line for each room"


async def test_creds_that_the_broker_does_not_know_are_one_line(tmp_path: Path) -> None:
    operator = Operator()
    path = Operator().credentials(tmp_path / "wrong.creds", TEAM_ONLY, TEAM_ONLY)
    with nats_server(tmp_path, operator.config) as broker:
        servers = parse_servers(broker.url)
        with pytest.raises(ServeError, match="the broker refuses the secret"):
            async with node(BusChoice(servers, secret_of(path))):
                pass


@pytest.mark.parametrize("claim", [{"exp": 1}, {"nbf": 2**40}], ids=["over", "not yet"])
async def test_creds_out_of_their_time_are_one_line_about_the_clock(
    claim: dict[str, int], tmp_path: Path
) -> None:
    path = Operator().credentials(tmp_path / "old.creds", TEAM_ONLY, TEAM_ONLY, **claim)
    nobody = parse_servers("nats://127.0.0.1:1")
    told: list[str] = []
    async with node(BusChoice(nobody, secret_of(path)), told):
        assert told == [OLD_CREDENTIALS.why], "it is tried again: the clock may be set meanwhile"


async def test_a_creds_file_that_is_broken_is_one_line(tmp_path: Path) -> None:
    operator = Operator()
    path = operator.credentials(tmp_path / "broken.creds", TEAM_ONLY, TEAM_ONLY)
    whole = path.read_text(encoding="utf-8")
    with nats_server(tmp_path, operator.config) as broker:
        servers = parse_servers(broker.url)
        for broken in (whole.replace("SEED", "SOAP"), whole[:-80], whole.replace("SU", "S1")):
            path.write_text(broken, encoding="utf-8")
            with pytest.raises(ServeError, match=r"no \.creds file"):
                async with node(BusChoice(servers, secret_of(path))):
                    pass
