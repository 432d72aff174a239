"""Which addresses the host can listen on, and what it says of those that it cannot."""

from __future__ import annotations

import errno
import re
import socket

import pytest

from samescreen.errors import ServeError
from samescreen.serve.addresses import own_addresses
from samescreen.serve.listen import listening_socket
from tests.stage.timing import MS


def test_a_port_in_use_gives_the_cure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServeError, match=f"port {port} is in use"):
            listening_socket("127.0.0.1", port)


def link_local() -> str:
    found = [each for each in own_addresses() if each.startswith("fe80:") and "%" in each]
    if not found:
        pytest.skip("no link-local address here")
    return found[0]


def reaches(sock: socket.socket, family: socket.AddressFamily, place: tuple[object, ...]) -> bool:
    with sock, socket.socket(family, socket.SOCK_STREAM) as client:
        client.settimeout(5000 * MS)
        return client.connect_ex(place) == 0


def test_a_link_local_address_can_be_listened_on() -> None:
    address = link_local()
    for written in (address, f"[{address}]"):
        sock = listening_socket(written, 0)
        assert reaches(sock, socket.AF_INET6, sock.getsockname())


def test_a_link_local_address_without_interface_gives_the_cure() -> None:
    address = link_local()
    with pytest.raises(ServeError, match=re.escape(f"--host {address}")):
        listening_socket(address.partition("%")[0], 0)


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 here")
@pytest.mark.parametrize("host", ["::", "[::]", "0::0"])
def test_the_ipv6_wildcard_accepts_ipv4_too(host: str) -> None:
    port = (sock := listening_socket(host, 0)).getsockname()[1]
    assert reaches(sock, socket.AF_INET, ("127.0.0.1", port))
    sock = listening_socket(host, 0)
    assert reaches(sock, socket.AF_INET6, ("::1", sock.getsockname()[1]))


@pytest.mark.parametrize("host", ["fe80::1%nowhere", "fd00::dead:beef", "fe80:::", "no.such.test"])
def test_an_address_of_another_machine_gives_one_clear_line(host: str) -> None:
    with pytest.raises(ServeError) as refused:
        listening_socket(host, 0)
    assert host in str(refused.value) or "IPv6" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_system_without_ipv6_gives_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **more: object) -> socket.socket:
        raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")

    monkeypatch.setattr(socket, "socket", refuse)
    with pytest.raises(ServeError, match="no IPv6"):
        listening_socket("::", 9000)
