"""The program that sends, against servers that are not what they should be."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from samescreen.outputs.feed import Target, packed
from samescreen.outputs.sender import Unreachable, check_reachable
from samescreen.record.black import black_picture
from samescreen.record.timeline import Picture
from tests.stage.timing import eventually
from tests.stage.tools import python_environment

UNCHECKED = """
import sys
from samescreen.outputs import sender
sender._CONNECT_S = 0.8
sender.check_reachable = lambda target: None
sys.exit(sender.main(sys.stdin.buffer, sys.stdout))
"""
"""The program without its own look at the server, so that libav is what refuses."""


def certificate(folder: Path, name: str) -> Path:
    """A self-signed certificate of that name and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    path = folder / f"{name}.pem"
    path.write_bytes(
        made.public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    )
    return path


@contextmanager
def tls_server(path: Path) -> Iterator[tuple[int, list[bytes]]]:
    """Its port, and the first bytes that each client sent inside TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    got: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    client = listener.accept()[0]
                    client.settimeout(5)
                    with suppress(OSError), context.wrap_socket(client, server_side=True) as inside:
                        got.append(inside.recv(16))

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1], got
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def said_by_sender(target: Target) -> bytes:
    """All lines of the program, until it ends with exit code 1."""
    sender = subprocess.Popen(
        [sys.executable, "-c", UNCHECKED],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=python_environment(),
    )
    assert sender.stdin is not None
    assert sender.stdout is not None
    with sender, sender.stdin, sender.stdout:
        sender.stdin.write(packed(target) + packed(Picture(0, 0, black_picture(64, 48), True)))
        sender.stdin.flush()
        said = sender.stdout.read()
    assert sender.returncode == 1
    return said


def secure(port: int, scheme: str) -> Target:
    return Target(f"{scheme}://localhost:{port}/live/key", "localhost", port, True, 64, 48)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere another library does TLS")
@pytest.mark.parametrize("scheme", ["rtmps", "rtsps"])
@pytest.mark.parametrize(("name", "is_trusted"), [("localhost", False), ("another", True)])
def test_a_server_with_a_wrong_certificate_gets_no_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, is_trusted: bool, scheme: str
) -> None:
    """libav itself refuses it: what checks before it connects on its own."""
    path = certificate(tmp_path, name)
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with tls_server(path) as (port, got):
        with pytest.raises(Unreachable, match="the certificate of localhost is not valid"):
            check_reachable(secure(port, scheme))
        assert b"does not take the stream" in said_by_sender(secure(port, scheme))
    assert b"".join(got) == b""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere another library does TLS")
@pytest.mark.parametrize(("scheme", "begins"), [("rtmps", b"\x03"), ("rtsps", b"OPTIONS ")])
def test_a_server_with_a_right_certificate_gets_the_handshake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str, begins: bytes
) -> None:
    path = certificate(tmp_path, "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with tls_server(path) as (port, got):
        check_reachable(secure(port, scheme))
        said_by_sender(secure(port, scheme))  # this server speaks neither
    assert any(each.startswith(begins) for each in got)


def test_a_server_that_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        target = Target(f"rtmp://127.0.0.1:{port}/live/key", "127.0.0.1", port, False, 64, 48)
        said = said_by_sender(target)
    assert said == (
        b"fault 127.0.0.1 does not answer: check the address, and the network of this machine\n"
    )


HOST = """
import sys, time
from samescreen.outputs.feed import Target
from samescreen.outputs.process import SenderProcess
from samescreen.record.black import black_picture
from samescreen.record.timeline import Picture
port = int(sys.argv[1])
target = Target(f"rtmp://127.0.0.1:{port}/live/key", "127.0.0.1", port, False, 64, 48)
sender = SenderProcess(target)
sender.send(Picture(0, 0, black_picture(64, 48), True))
while not sender._fault:
    time.sleep(0.01)
print(sender._running.pid, flush=True)
time.sleep(60)
"""
"""Has a program connect to that port, and prints its number while it does."""


@pytest.mark.skipif(sys.platform != "linux", reason="a signal of Linux")
def test_a_killed_host_takes_its_sender_along_while_the_network_stalls() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        command = [sys.executable, "-c", HOST, str(server.getsockname()[1])]
        host = subprocess.Popen(command, stdout=subprocess.PIPE, env=python_environment())
        assert host.stdout is not None
        with host, host.stdout:
            sender = psutil.Process(int(host.stdout.readline()))
            host.kill()
        eventually(lambda: has_ended(sender), what="the sender ends, too")


def has_ended(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.status() == psutil.STATUS_ZOMBIE
    return True


def test_who_refuses_and_who_is_unknown_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(Unreachable, match="127.0.0.1 refuses the connection: check the port"):
        check_reachable(Target("rtmp://x", "127.0.0.1", port, False, 2, 2))
    with pytest.raises(Unreachable, match=r"a\.invalid is not known: check the address"):
        check_reachable(Target("rtmp://x", "a.invalid", port, False, 2, 2))
