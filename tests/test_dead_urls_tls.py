"""L306 and secure connections: what a certificate says, and servers that never come to one."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import trustme

from disarm_lint.corpus.reference import Answer, Manners, UrlStatus
from disarm_lint.urls import WebProber

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Start = Callable[[Callable[[socket.socket], None]], "Server"]

MANNERS = Manners(timeout=5, pause=0, budget=30)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
PAST = datetime(2020, 1, 1, tzinfo=UTC)


class Server:
    """A server that does something of its own with each connection."""

    def __init__(self, serve: Callable[[socket.socket], None]) -> None:
        self._serve = serve
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            self._serve(connection)

    def close(self) -> None:
        self._over.set()
        self._socket.close()


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """An authority that this machine trusts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return authority


def secure(certificate: trustme.LeafCert, answer: bytes = OK) -> Callable[[socket.socket], None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as stream:
            stream.recv(65536)
            stream.sendall(answer)

    return serve


@pytest.fixture
def running() -> Iterator[Callable[[Callable[[socket.socket], None]], Server]]:
    servers: list[Server] = []

    def start(serve: Callable[[socket.socket], None]) -> Server:
        servers.append(Server(serve))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def ask(server: Server, *, sound: Server, cache: Path | None = None) -> Answer:
    """Ask a server, beside one that answers as it should: the network is there."""
    prober = WebProber(
        cache,
        proxied=lambda: False,
        allow_private=True,
        resolver=lambda host, port: ["127.0.0.1"],
    )
    url = f"https://asked.example:{server.port}/"
    return prober.ask([url, f"https://sound.example:{sound.port}/"], MANNERS)[url]


@pytest.fixture
def sound(authority: trustme.CA, running: Start) -> Server:
    return running(secure(authority.issue_cert("sound.example")))


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("wrong host", "Hostname mismatch, certificate is not valid for 'asked.example'."),
        ("expired", "certificate has expired"),
        ("of another authority", "unable to get local issuer certificate"),
        ("self-signed", "self-signed certificate"),
    ],
)
def test_a_certificate_that_is_not_valid_is_said_and_not_remembered(
    authority: trustme.CA, running: Start, sound: Server, tmp_path: Path, kind: str, reason: str
) -> None:
    certificates = {
        "wrong host": authority.issue_cert("other.example"),
        "expired": authority.issue_cert("asked.example", not_after=PAST),
        "of another authority": trustme.CA().issue_cert("asked.example"),
    }
    if kind == "self-signed":
        own = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with own.cert_pem.tempfile() as chain, own.private_key_pem.tempfile() as key:
            context.load_cert_chain(chain, key)

        def serve(connection: socket.socket) -> None:
            with context.wrap_socket(connection, server_side=True) as stream:
                stream.recv(65536)

        server = running(serve)
    else:
        server = running(secure(certificates[kind]))
    found = ask(server, sound=sound, cache=tmp_path)
    assert found == Answer(UrlStatus.DEAD, f"its certificate is not valid: {reason}")
    # Tomorrow it may be renewed; what the sound one said is kept.
    kept = (tmp_path / "urls.json").read_text("utf-8")
    assert "sound.example" in kept
    assert "asked.example" not in kept


def test_a_valid_certificate_is_alive(authority: trustme.CA, running: Start, sound: Server) -> None:
    server = running(secure(authority.issue_cert("asked.example")))
    assert ask(server, sound=sound) == Answer(UrlStatus.ALIVE, "it answers 200")


def test_a_redirect_to_a_wrong_certificate_is_not_followed_further(
    authority: trustme.CA, running: Start, sound: Server
) -> None:
    asked: list[bytes] = []
    other = secure(authority.issue_cert("elsewhere.example"))

    def note(connection: socket.socket) -> None:
        asked.append(b"connected")
        other(connection)

    target = running(note)
    moved = f"HTTP/1.1 302 Found\r\nLocation: https://asked.example:{target.port}/\r\n\r\n"
    server = running(secure(authority.issue_cert("asked.example"), moved.encode()))
    found = ask(server, sound=sound)
    assert found.verdict is UrlStatus.DEAD
    assert "Hostname mismatch" in found.reason
    assert asked


def test_a_server_without_a_secure_connection_is_dead(
    authority: trustme.CA, running: Start, sound: Server
) -> None:
    def plain(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(OK)

    found = ask(running(plain), sound=sound)
    assert found == Answer(UrlStatus.DEAD, "no secure connection to it is possible")


@pytest.mark.parametrize("drop", [b"", b"\x16\x03\x03\x40\x00" + bytes(4000)])
def test_a_server_that_never_ends_its_greeting_is_given_up(
    authority: trustme.CA, running: Start, sound: Server, drop: bytes
) -> None:
    """Silence, or a letter now and then: each comes in time for one step, the whole never."""

    def slow(connection: socket.socket) -> None:
        for letter in drop:
            connection.sendall(bytes([letter]))
            time.sleep(0.05)
        time.sleep(60)

    prober = WebProber(
        None,
        proxied=lambda: False,
        allow_private=True,
        resolver=lambda host, port: ["127.0.0.1"],
    )
    url = f"https://asked.example:{running(slow).port}/"
    start = time.monotonic()
    manners = Manners(timeout=1, pause=0, budget=30)
    found = prober.ask([url, f"https://sound.example:{sound.port}/"], manners)[url]
    assert time.monotonic() - start < 15
    assert found.verdict is UrlStatus.UNSURE
    assert found.reason == "it does not answer in time"
