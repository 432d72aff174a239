"""Two relays on a real nats-server, and what becomes of them when it or the network is gone."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from samescreen.bus.address import BusChoice, Secret, parse_servers
from samescreen.bus.nats_bus import NatsBus
from samescreen.bus.nats_client import close, connected
from samescreen.bus.reasons import GONE
from samescreen.errors import ServeError
from samescreen.hub.ink import Added
from samescreen.hub.marks import FarDrawer
from samescreen.media import Packet
from samescreen.options import ShareOptions
from samescreen.relay.via import Opened
from samescreen.room_list import rooms_in
from samescreen.rooms import Rooms
from samescreen.serve.certificates import identity_of, make_authority, make_leaf
from tests.fakes import PATIENCE_S, soon
from tests.host.hosting import HELLO, options
from tests.relay.test_relay import packets, publishing, sharing
from tests.stage.nats_server import NatsServer, nats_server
from tests.stage.tools import ROOT

TEAM = "publish-token-of-team"
VIEWERS = "viewers-of-team"
FILE = f'[team]\ntoken = "{VIEWERS}"\npublish_token = "{TEAM}"\n[class]\n'
CONFIG = (ROOT / "packaging" / "nats-server.conf").read_text(encoding="utf-8")
SECRET = Secret(user="relay-team", password="change-me-team")


def choice(server: NatsServer, secret: Secret = SECRET) -> BusChoice:
    return BusChoice(parse_servers(server.url), secret)


@asynccontextmanager
async def node(bus: BusChoice, news: list[str] | None = None) -> AsyncIterator[Rooms]:
    relay: ShareOptions = options(token="", tls="off", view_only=True)
    told: list[str] = [] if news is None else news
    async with Rooms(relay, rooms_in(FILE, relay), bus, told.append) as opened:
        yield opened


def team(rooms: Rooms) -> str:
    return f"http://127.0.0.1:{rooms.port.number}/r/team"


@asynccontextmanager
async def watching(rooms: Rooms) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    bearer = {"Authorization": f"Bearer {VIEWERS}"}
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{team(rooms)}/ws", headers=bearer, max_msg_size=0) as ws,
    ):
        await ws.send_json(HELLO)
        yield ws


async def test_a_viewer_at_one_relay_sees_what_is_published_at_another(tmp_path: Path) -> None:
    """Through the configuration in packaging/, whose user may use one room only."""
    with nats_server(tmp_path, _without_listen(CONFIG)) as broker:
        bus = choice(broker)
        async with node(bus) as one, node(bus) as other, sharing() as here:
            async with publishing(here, team(one), TEAM) as news:
                await soon(lambda: any(isinstance(each, Opened) for each in news), "published")
                there = other.hosts["team"].hub
                await soon(lambda: "testcard" in there.streams, "elsewhere too")
                async with watching(other) as ws:
                    sizes = [packet async for packet in _some(packets(ws), 5)]
                mark = Added(1, "pen", (9, 8, 0), is_end=True)
                here.hub.ink.grow(here.hub.first, FarDrawer("a viewer", 1, "Anna"), mark)
                await soon(lambda: there.ink.has_marks, "marks too")
            await soon(lambda: not other.hosts["team"].hub.streams, "it ends there too")
    assert len(sizes) == 5


async def test_a_broker_that_is_killed_and_comes_back_is_a_pause(tmp_path: Path) -> None:
    with nats_server(tmp_path) as broker:
        bus, told = choice(broker, Secret()), list[str]()
        async with (
            node(bus) as one,
            node(bus, told) as other,
            sharing() as here,
            publishing(here, team(one), TEAM),
        ):
            await soon(lambda: "testcard" in other.hosts["team"].hub.streams, "elsewhere too")
            async with watching(other) as ws:
                coming = packets(ws)
                await anext(coming)
                broker.kill()
                stream = other.hosts["team"].hub.streams["testcard"]
                await soon(lambda: stream.status.reason == "source-lost", "viewers see why")
                reading = asyncio.ensure_future(_fresh(coming))
                await asyncio.to_thread(broker.start)
                await soon(lambda: stream.status.state == "live", "it is back")
                await asyncio.wait_for(reading, PATIENCE_S)
    assert told == ["", "the connection to the broker broke", ""]


async def test_a_wrong_secret_is_one_line_and_no_relay_without_it(tmp_path: Path) -> None:
    with nats_server(tmp_path, _without_listen(CONFIG)) as broker:
        with pytest.raises(ServeError, match="refuses the secret"):
            async with node(choice(broker, Secret(user="relay-team", password="wrong"))):
                pass
        secure = BusChoice(parse_servers(broker.url.replace("nats:", "tls:")), SECRET)
        with pytest.raises(ServeError, match="offers no TLS"):
            async with node(secure):
                pass


async def test_over_tls_a_certificate_must_be_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines, authority = _with_certificate(tmp_path, datetime.now(UTC))
    with nats_server(tmp_path, lines) as broker:
        secure = BusChoice(parse_servers(broker.url.replace("nats:", "tls:")))
        with pytest.raises(ServeError, match="not one that this machine trusts"):
            async with node(secure):
                pass
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        told: list[str] = []
        async with node(secure, told):
            await soon(lambda: told == [""], "connected")


async def test_a_certificate_that_is_not_valid_yet_is_about_the_clock_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a machine without a clock of its own, until it has the time from the network."""
    lines, authority = _with_certificate(tmp_path, datetime.now(UTC) + timedelta(days=9))
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    with nats_server(tmp_path, lines) as broker:
        told: list[str] = []
        async with node(BusChoice(parse_servers(broker.url.replace("nats:", "tls:"))), told):
            assert "check the clock here" in told[0]


async def test_without_nats_py_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "nats", None)
    with pytest.raises(ServeError, match=r"pip install 'samescreen\[bus\]'"):
        async with node(BusChoice(parse_servers("nats://127.0.0.1:1"))):
            pass


async def test_a_room_without_permission_is_one_line_and_harms_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with nats_server(tmp_path, _without_listen(CONFIG)) as broker:
        async with node(choice(broker)):
            await soon(lambda: "ss.1.class.>" in caplog.text, "the room without permission")
    assert "ss.1.team" not in caplog.text
    assert len(caplog.records) == 1


async def test_without_a_broker_a_relay_serves_alone_and_says_why(tmp_path: Path) -> None:
    broker, told = NatsServer(tmp_path), list[str]()
    async with node(choice(broker, Secret()), told) as one, sharing() as here:
        assert told == [f"127.0.0.1:{broker.port} does not answer; is nats-server running there?"]
        async with publishing(here, team(one), TEAM):
            await soon(lambda: "testcard" in one.hosts["team"].hub.streams, "published here")


async def test_a_server_that_is_no_broker_is_named() -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ServeError, match="there is no NATS server at"):
            async with node(BusChoice(parse_servers(f"nats://127.0.0.1:{port}"))):
                pass


async def test_a_network_that_goes_silent_is_noticed_and_found_again(tmp_path: Path) -> None:
    """A proxy between that forwards nothing for a while, as a cut cable does."""
    with nats_server(tmp_path) as broker:
        async with _Cable(broker.port) as cable:
            changes: list[str] = []
            bus = NatsBus(parse_servers(cable.url), Secret(), changes.append)
            running = asyncio.ensure_future(bus.run(lambda failure: None))
            received: list[bytes] = []
            bus.subscribe("a.*", lambda subject, message: received.append(message))
            await soon(lambda: bus.is_open, "connected")
            cable.is_cut = True
            await soon(lambda: not bus.is_open, "noticed", 10.0)
            bus.publish("a.b", [b"old"])
            cable.is_cut = False
            await soon(lambda: bus.is_open, "found again", 10.0)
            bus.publish("a.b", [b"one", b"two"])
            await soon(lambda: len(received) == 2, "it works again")
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    assert received == [b"one", b"two"]


async def test_a_proxy_before_a_killed_broker_does_not_delay_the_next_attempt(
    tmp_path: Path,
) -> None:
    """It accepts connections and closes them, which looks like a server that is no broker."""
    with nats_server(tmp_path) as broker:
        async with _Cable(broker.port) as cable:
            changes: list[str] = []
            bus = NatsBus(parse_servers(cable.url), Secret(), changes.append)
            running = asyncio.ensure_future(bus.run(lambda failure: None))
            await soon(lambda: bus.is_open, "connected")
            broker.kill()
            await soon(lambda: cable.refused > 1, "tried again and again")
            await asyncio.to_thread(broker.start)
            await soon(lambda: bus.is_open, "found again")
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    assert changes == ["", GONE.why, ""]


async def test_the_end_of_a_connection_is_noticed_where_nats_py_fails_to_close_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With uvloop it writes what is left to a closed transport, which raises there."""
    from nats.aio.transport import TcpTransport

    def closed(self: TcpTransport, payload: list[bytes]) -> None:
        raise RuntimeError("the handler is closed")

    ended = asyncio.Event()
    with nats_server(tmp_path) as broker:
        server = parse_servers(broker.url)[0]
        client = await connected(server, Secret(), lambda error: None, ended.set)
        monkeypatch.setattr(TcpTransport, "writelines", closed)
        await client.publish("a.b", b"left")
        broker.kill()
        await asyncio.wait_for(ended.wait(), PATIENCE_S)
        await close(client)


class _Cable:
    """Forwards TCP to a port of this machine, or nothing while `is_cut`; nobody is told."""

    def __init__(self, port: int) -> None:
        self.is_cut = False
        self.refused = 0
        """How often nobody listened behind it."""
        self._port = port
        self._tasks: list[asyncio.Task[None]] = []
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"nats://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> _Cable:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *exc: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            self.refused += 1
            writer.close()
            return
        ways = self._pass(reader, there[1]), self._pass(there[0], writer)
        tasks = [asyncio.ensure_future(way) for way in ways]
        self._tasks += tasks
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for end in (writer, there[1]):
            end.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while some := await reader.read(1 << 16):
            if not self.is_cut:
                writer.write(some)


async def _some(source: AsyncIterator[Packet], count: int) -> AsyncIterator[Packet]:
    for _ in range(count):
        yield await anext(source)


async def _fresh(source: AsyncIterator[Packet]) -> None:
    """Read until a picture comes that stands alone."""
    async for packet in source:
        if packet.is_keyframe:
            return


def _with_certificate(folder: Path, now: datetime) -> tuple[str, Path]:
    """Lines for a server with a certificate that was made then, and the authority's file."""
    identity = identity_of(["localhost"], ["127.0.0.1"])
    authority = make_authority(identity, now)
    leaf = make_leaf(authority, identity, now)
    paths = {name: folder / f"{name}.pem" for name in ("authority", "cert", "key")}
    paths["authority"].write_bytes(authority.certificate_pem)
    paths["cert"].write_bytes(leaf.certificate_pem)
    paths["key"].write_bytes(leaf.pem)
    lines = f'tls {{ cert_file: "{paths["cert"]}", key_file: "{paths["key"]}" }}'
    return lines, paths["authority"]


def _without_listen(config: str) -> str:
    """The configuration for this test's own port."""
    lines = config.splitlines()
    return "\n".join(line for line in lines if not line.startswith(("listen:", "server_name:")))
