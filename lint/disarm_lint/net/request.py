"""One question to one URL: what its server says, redirects followed by hand.

The standard library's http.client and not urllib.request, because every hop
must be checked before it is taken: its scheme, and the very address that is
connected to.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

from disarm_lint import __version__
from disarm_lint.net.addresses import PrivateAddressError, connect
from disarm_lint.net.answers import Answer, Verdict

if TYPE_CHECKING:
    from disarm_lint.net.addresses import Resolve
    from disarm_lint.net.answers import Manners

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_HOPS = 8
_DEAD = {404: "404 Not Found", 410: "410 Gone"}
_HEADERS = {
    "User-Agent": f"disarm-lint/{__version__} (checks that links answer)",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
}
_SAFE = "%/:=&?~+!$,;'@()*[]|"
# What getaddrinfo says where a name does not exist, as against no answer at all.
_NO_SUCH_NAME = frozenset(
    code
    for name in ("EAI_NONAME", "EAI_NODATA")
    if (code := getattr(socket, name, None)) is not None
)


class UnaskableError(ValueError):
    """A URL that cannot be asked; the message says why, as a clause."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a URL is asked: `path` is quoted and holds the query."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, url: str) -> Place:
        """Split an http or https URL; raise UnaskableError for anything else."""
        try:
            parts = urlsplit(url)
            port, host = parts.port, parts.hostname
        except ValueError as error:
            raise UnaskableError("it is no valid URL") from error
        if parts.scheme not in ("http", "https"):
            raise UnaskableError(f"“{parts.scheme}:” is not asked")
        if not host:
            raise UnaskableError("it names no host")
        try:
            name = host if host.isascii() else host.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise UnaskableError("its host is no valid name") from error
        if any(char <= " " for char in name):
            raise UnaskableError("its host is no valid name")
        path = quote(parts.path or "/", safe=_SAFE)
        if parts.query:
            path += "?" + quote(parts.query, safe=_SAFE)
        return cls(parts.scheme, name, port or (443 if parts.scheme == "https" else 80), path)


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer; `network`: it is about the way to the server, not the server's own word.

    `busy` says that the server wants to be left alone for now.
    """

    answer: Answer
    network: bool = False
    busy: bool = False


def ask_once(url: str, manners: Manners, resolver: Resolve, context: ssl.SSLContext) -> Asked:
    """Ask a URL: HEAD first, then GET where HEAD got no clear yes."""
    asked = _ask(url, "HEAD", manners, resolver, context)
    if asked is None:
        asked = _ask(url, "GET", manners, resolver, context)
    return asked or _unsure("its server breaks off")


def _unsure(reason: str, *, network: bool = False, busy: bool = False) -> Asked:
    return Asked(Answer(Verdict.UNSURE, reason), network, busy)


def _dead(reason: str, *, network: bool = False) -> Asked:
    return Asked(Answer(Verdict.DEAD, reason), network)


def _ask(
    url: str, method: str, manners: Manners, resolver: Resolve, context: ssl.SSLContext
) -> Asked | None:
    """Return what a URL answers; None where another method should be tried."""
    here = url
    for _ in range(_MOST_HOPS):
        try:
            place = Place.parse(here)
            status, location = _request(place, method, manners, resolver, context)
        except UnaskableError as error:
            return _unsure(str(error))
        except (OSError, http.client.HTTPException, ValueError) as error:
            broken = isinstance(error, http.client.HTTPException | ConnectionResetError)
            if broken and method == "HEAD":
                return None
            return _failure(error)
        if status in _REDIRECTS and location:
            here = urljoin(here, location)
            continue
        if status < 400:
            return Asked(Answer(Verdict.ALIVE, f"it answers {status}"))
        if status == 429:
            return _unsure("its server is busy", busy=True)
        if method == "HEAD":
            return None
        if status in _DEAD:
            return _dead(f"it answers {_DEAD[status]}")
        return _unsure(f"it answers {status}")
    return _unsure("it redirects without an end")


def _request(
    place: Place, method: str, manners: Manners, resolver: Resolve, context: ssl.SSLContext
) -> tuple[int, str | None]:
    """Send one request; return its status and where it redirects to. The body is not read."""
    connection = http.client.HTTPConnection(place.host, place.port, timeout=manners.timeout)
    plain = connect(
        place.host, place.port, manners.timeout, resolver, allow_private=manners.allow_private
    )
    try:
        connection.sock = plain
        if place.scheme == "https":
            connection.sock = context.wrap_socket(plain, server_hostname=place.host)
            connection.default_port = 443
        connection.request(method, place.path, headers=_HEADERS)
        response = connection.getresponse()
        return response.status, response.getheader("Location")
    finally:
        connection.close()
        plain.close()


def _failure(error: Exception) -> Asked:
    if isinstance(error, PrivateAddressError):
        return _unsure("its address is private")
    if isinstance(error, socket.gaierror):
        if error.errno in _NO_SUCH_NAME:
            return _dead("its host does not exist", network=True)
        return _unsure("no name server answers", network=True)
    if isinstance(error, ssl.SSLCertVerificationError):
        return _dead(f"its certificate is not valid: {error.verify_message}", network=True)
    if isinstance(error, ssl.SSLError):
        return _dead("no secure connection to it is possible", network=True)
    if isinstance(error, ConnectionRefusedError):
        return _dead("its server refuses the connection", network=True)
    if isinstance(error, TimeoutError):
        return _unsure("it does not answer in time", network=True)
    return _unsure("its server breaks off", network=True)
