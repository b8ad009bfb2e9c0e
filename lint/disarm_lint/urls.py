"""Asking the web whether an address answers."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import socket
import ssl
import threading
import time
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING
from urllib.request import getproxies

import httpcore
import httpx

from disarm_lint import __version__
from disarm_lint.corpus.reference import Answer, UrlStatus
from disarm_lint.sources.filesystem import open_regular

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from disarm_lint.corpus.reference import Manners

    Resolve = Callable[[str, int], list[str]]


class PrivateAddressError(OSError):
    """A host all of whose addresses are private, of this machine, or of no machine at all."""


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host; raise socket.gaierror where it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


# All addresses of IPv6 that anybody routes so far; what else there is leads into a network
# (`fec0::`), through a translator in it (`64:ff9b:1::`, `::ffff:0:127.0.0.1`) or nowhere.
_ROUTED = IPv6Network("2000::/3")
# Of these, what was given back or is for examples, which not every Python knows.
_NOT_ROUTED = (IPv6Network("3ffe::/16"), IPv6Network("3fff::/20"))
_TRANSLATED = IPv6Network("64:ff9b::/96")
# Servers of a cloud that look public but answer its own machines alone: Azure, Oracle.
_OF_CLOUDS = frozenset({"168.63.129.16", "192.0.0.192"})
# The two groups before the IPv4 address in a tunnel's address (ISATAP).
_ISATAP = (bytes.fromhex("00005efe"), bytes.fromhex("02005efe"))


def is_public(address: str) -> bool:
    """Tell whether an address is one that anybody on the net can reach."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if str(ip) in _OF_CLOUDS:
        return False
    if isinstance(ip, IPv6Address):
        inner = _find_inner(ip)
        if inner is not None:
            return is_public(str(inner))
        if ip not in _ROUTED or any(ip in network for network in _NOT_ROUTED):
            return False
    return ip.is_global and not ip.is_multicast


def _find_inner(ip: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address stands for, or is behind; None for others."""
    if ip.teredo is not None:
        return ip.teredo[1]
    if ip in _TRANSLATED or ip.packed[8:12] in _ISATAP:
        return IPv4Address(ip.packed[12:])
    return ip.ipv4_mapped or ip.sixtofour


class GuardedBackend(httpcore.NetworkBackend):
    """Connects to the first address of a host that answers, and to public ones alone.

    The address that is checked is the one that is connected to, so that a name server
    cannot give two different answers; that goes for each redirect as well.

    `patience` are the seconds for everything that goes over its connections.
    """

    def __init__(self, resolver: Resolve, *, allow_private: bool, patience: float) -> None:
        self._resolver = resolver
        self._allow_private = allow_private
        self._inner = httpcore.SyncBackend()
        self._watch = _Watch(time.monotonic() + patience)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Return a connection to a host.

        Raises PrivateAddressError, socket.gaierror, or httpcore's error for the last address.
        """
        addresses = self._resolver(host, port)
        allowed = [a for a in addresses if self._allow_private or is_public(a)]
        if not allowed:
            raise PrivateAddressError(f"{host} has no public address")
        failure: Exception | None = None
        for address in allowed:
            try:
                stream = self._inner.connect_tcp(
                    address, port, self._watch.left(timeout), local_address, socket_options
                )
                return _WatchedStream(stream, self._watch)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                # That one address is unreachable says less than that another refuses.
                if failure is None or isinstance(_find_root(error), ConnectionRefusedError):
                    failure = error
        raise failure or PrivateAddressError(host)


@dataclass(frozen=True, slots=True)
class _Watch:
    """When an answer comes too late, by the monotonic clock in seconds."""

    end: float

    def left(self, timeout: float | None) -> float:
        """Return the seconds for the next step; raise httpcore.ReadTimeout where none are left.

        A timeout alone is for one step: a server that sends a letter now and then, or one
        “please wait” (1xx) after the other, would keep its asker for ever.
        """
        left = self.end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the answer takes too long")
        return left if timeout is None else min(timeout, left)


class _WatchedStream(httpcore.NetworkStream):
    """A connection that ends when its time is over."""

    def __init__(self, inner: httpcore.NetworkStream, watch: _Watch) -> None:
        self._inner = inner
        self._watch = watch

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._watch.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._watch.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = self._watch.left(timeout)
        secure = self._inner.start_tls(ssl_context, server_hostname, left)
        return _WatchedStream(secure, self._watch)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


class GuardedTransport(httpx.BaseTransport):
    """A transport for httpx over guarded connections, each for one request.

    httpx's own takes no network backend, so that a pool of ours stands here: there is no
    other that a request could go through.
    """

    def __init__(self, way: Way, *, patience: float) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=way.context,
            max_keepalive_connections=0,
            network_backend=GuardedBackend(
                way.resolver, allow_private=way.allow_private, patience=patience
            ),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; raise httpcore's errors, and those of the guard, as they are."""
        url = request.url
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=request.headers.raw,
                extensions=request.extensions,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_UnreadBody(answer))

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


class _UnreadBody(httpx.SyncByteStream):
    """The body of a response, which is closed and never read."""

    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        return iter(())

    def close(self) -> None:
        self._response.close()


def _find_root(error: BaseException) -> BaseException:
    """Return the error that another was raised from in the end: the system's, for a connection.

    The pool of httpcore raises errors `from None`, so that the cause of one is its context.
    """
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return error


# A name, or an address of either kind; httpx takes what is neither.
_HOST = re.compile(rb"[a-z0-9_.-]+|[0-9a-f:.]+(?:%[a-z0-9_.-]+)?", re.IGNORECASE)
_MOST_HOPS = 8
# An answer with all its redirects may take so many times what one step may.
_STEPS = 3
_DEAD = {404: "404 Not Found", 410: "410 Gone"}
# What a connection raises; of that, what a server does that knows no HEAD.
_FAILURES = (OSError, httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError)
_BROKEN_OFF = (httpcore.ReadError, httpcore.RemoteProtocolError)
_NO_TARGET = "it redirects to an address that is not valid"
_HEADERS = {
    "User-Agent": f"disarm-lint/{__version__} (checks that links answer)",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
}
# What getaddrinfo says where a name does not exist, as against no answer at all.
_NO_SUCH_NAME = frozenset(
    code
    for name in ("EAI_NONAME", "EAI_NODATA")
    if (code := getattr(socket, name, None)) is not None
)


class UnaskableError(ValueError):
    """A URL that cannot be asked; the message says why, as a clause."""


class InvalidUrlError(UnaskableError):
    """What is no URL at all."""


def parse_url(url: str) -> httpx.URL:
    """Return an http or https URL; raise UnaskableError for others, and InvalidUrlError."""
    try:
        parsed = httpx.URL(url)
    # A ValueError comes from idna, and from what UTF-8 cannot hold.
    except (httpx.InvalidURL, ValueError) as error:
        raise InvalidUrlError("it is not a valid URL") from error
    if parsed.scheme not in ("http", "https"):
        raise UnaskableError(f"“{parsed.scheme}:” is not requested")
    # Not `host`, which is decoded only now, and fails for what is no name.
    if not parsed.raw_host:
        raise UnaskableError("it names no host")
    if not _HOST.fullmatch(parsed.raw_host):
        raise InvalidUrlError("its host is not a valid name")
    return parsed


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer; `network`: it is about the way to the server, not the server's own word.

    `busy` says that the server wants to be left alone for now, `late` that it did not
    answer in time.
    """

    answer: Answer
    network: bool = False
    busy: bool = False
    late: bool = False


@dataclass(frozen=True)
class Way:
    """How the web is reached; private addresses only where the command line allows them."""

    resolver: Resolve
    context: ssl.SSLContext
    allow_private: bool = False


def ask_once(url: str, manners: Manners, way: Way) -> Asked:
    """Ask a URL: HEAD first, then GET where HEAD got no clear yes."""
    asked = _ask(url, "HEAD", manners, way)
    if asked is None:
        asked = _ask(url, "GET", manners, way)
    return asked or _answer_unsure("its server breaks off")


def _answer_unsure(reason: str, *, network: bool = False, busy: bool = False) -> Asked:
    return Asked(Answer(UrlStatus.UNSURE, reason), network, busy)


def _answer_dead(reason: str, *, network: bool = False) -> Asked:
    return Asked(Answer(UrlStatus.DEAD, reason), network)


def _ask(url: str, method: str, manners: Manners, way: Way) -> Asked | None:
    """Return what a URL answers; None where another method should be tried."""
    try:
        with _open_client(manners, way) as client:
            return _follow(client, client.build_request(method, parse_url(url)))
    except UnaskableError as error:
        return _answer_unsure(str(error))
    except httpx.RemoteProtocolError:
        # So httpx says that it cannot read the target of a redirect; the rest is httpcore's.
        return _answer_dead(_NO_TARGET)
    except _FAILURES as error:
        if method == "HEAD" and isinstance(error, _BROKEN_OFF):
            return None
        return _judge_failure(error)


def _open_client(manners: Manners, way: Way) -> httpx.Client:
    """Return a client for one question: no cookie, proxy or password outlives or enters it."""
    return httpx.Client(
        transport=GuardedTransport(way, patience=_STEPS * manners.timeout),
        headers=_HEADERS,
        timeout=manners.timeout,
        trust_env=False,
    )


def _follow(client: httpx.Client, request: httpx.Request) -> Asked | None:
    """Send a request and follow its redirects, without reading any body."""
    for _ in range(_MOST_HOPS):
        # httpx itself would read the whole body of a redirect before it follows it.
        response = client.send(request, stream=True, follow_redirects=False)
        response.close()
        if response.next_request is None:
            return _judge_status(response.status_code, request.method)
        try:
            parse_url(str(response.next_request.url))
        except InvalidUrlError:
            return _answer_dead(_NO_TARGET)
        request = response.next_request
    return _answer_unsure("it redirects without end")


def _judge_status(status: int, method: str) -> Asked | None:
    if status < 400:
        return Asked(Answer(UrlStatus.ALIVE, f"it answers {status}"))
    if status == 429:
        return _answer_unsure("its server is busy", busy=True)
    if method == "HEAD":
        return None
    if status in _DEAD:
        return _answer_dead(f"it answers {_DEAD[status]}")
    return _answer_unsure(f"it answers {status}")


def _judge_failure(error: Exception) -> Asked:
    root = _find_root(error)
    if isinstance(root, PrivateAddressError):
        return _answer_unsure("its address is private")
    if isinstance(root, socket.gaierror):
        if root.errno in _NO_SUCH_NAME:
            return _answer_dead("its host does not exist", network=True)
        return _answer_unsure("no name server answers", network=True)
    if isinstance(root, ssl.SSLCertVerificationError):
        return _answer_dead(f"its certificate is not valid: {root.verify_message}", network=True)
    if isinstance(root, ssl.SSLError):
        return _answer_dead("no secure connection to it is possible", network=True)
    if isinstance(root, ConnectionRefusedError):
        return _answer_dead("its server refuses the connection", network=True)
    if isinstance(root, TimeoutError) or isinstance(error, httpcore.TimeoutException):
        return replace(_answer_unsure("it does not answer in time", network=True), late=True)
    return _answer_unsure("its server breaks off", network=True)


_VERSION = 1
_SIZE_LIMIT = 64_000_000
# Seconds since 1970 that no clock shows; what is larger may be no float at all.
_LAST = 1 << 40


class AnswerCache:
    """A JSON file of answers with the time at which each was given (seconds since 1970).

    What is kept is a verdict, not a response: caches of HTTP keep whole bodies, which
    strangers send and nobody reads here, for as long as the server allows.

    A file that cannot be read, or holds something else, counts as empty; one
    that cannot be written is no error, for the answers are known all the same.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "urls.json"

    def load(self, now: float, max_age: float) -> dict[str, Answer]:
        """Return the answers that are at most `max_age` seconds old."""
        return {
            url: answer
            for url, (answer, asked) in self._read_entries().items()
            if 0 <= now - asked <= max_age
        }

    def save(self, answers: Mapping[str, Answer], now: float, max_age: float) -> None:
        """Add answers; forget those that are more than `max_age` seconds old."""
        entries = {
            url: entry
            for url, entry in self._read_entries().items()
            if 0 <= now - entry[1] <= max_age
        }
        entries.update((url, (answer, now)) for url, answer in answers.items())
        data = {
            "version": _VERSION,
            "answers": {
                url: {"verdict": answer.verdict.value, "reason": answer.reason, "asked": asked}
                for url, (answer, asked) in sorted(entries.items())
            },
        }
        # Named before it is made: whatever interrupts this, the file is not left behind.
        temporary = self._path.with_name(f"urls-{os.urandom(6).hex()}.tmp")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("x", encoding="utf-8") as file:
                json.dump(data, file, ensure_ascii=True, indent=1)
            temporary.replace(self._path)
        except OSError:
            return
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink()

    def _read_entries(self) -> dict[str, tuple[Answer, float]]:
        try:
            with open_regular(self._path) as file:
                kept = file.read(_SIZE_LIMIT + 1)
            data = json.loads(kept) if len(kept) <= _SIZE_LIMIT else None
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(data, dict) or data.get("version") != _VERSION:
            return {}
        answers = data.get("answers")
        found: dict[str, tuple[Answer, float]] = {}
        for url, entry in answers.items() if isinstance(answers, dict) else ():
            match entry:
                case {
                    "verdict": "alive" | "dead" as verdict,
                    "reason": str(reason),
                    "asked": asked,
                }:
                    if isinstance(asked, float) or (type(asked) is int and asked < _LAST):
                        found[url] = (Answer(UrlStatus(verdict), reason), float(asked))
        return found


_WORKERS = 8
# A host that has not answered in time so often is asked no more in this run.
_MOST_LATE = 2
_DAY = 86_400.0
_NOT_ASKED = Answer(UrlStatus.UNSURE, "it was not requested")


def is_behind_proxy() -> bool:
    """Tell whether this machine is set to reach the web through a proxy."""
    return not {"http", "https", "all"}.isdisjoint(getproxies())


def _drop_fragment(url: str) -> str:
    """Return a URL without its fragment, which no server sees."""
    return url.strip().partition("#")[0]


class WebProber:
    """Asks the web, and remembers the answers in a folder (None: nowhere).

    `resolver`, `clock` (seconds since 1970) and `proxied` stand in for the
    system's own. `allow_private` asks addresses inside of networks as well.
    """

    def __init__(
        self,
        cache: Path | None,
        *,
        resolver: Resolve = resolve,
        clock: Callable[[], float] = time.time,
        proxied: Callable[[], bool] = is_behind_proxy,
        allow_private: bool = False,
    ) -> None:
        self._cache = AnswerCache(cache) if cache is not None else None
        self._resolver = resolver
        self._clock = clock
        self._proxied = proxied
        self._allow_private = allow_private

    def ask(self, urls: Sequence[str], manners: Manners) -> Mapping[str, Answer]:
        """Return an answer for each URL; see Prober."""
        max_age = manners.max_age * _DAY
        known = self._cache.load(self._clock(), max_age) if self._cache else {}
        wanted = list(dict.fromkeys(_drop_fragment(url) for url in urls))
        unknown = [url for url in wanted if url not in known][: max(0, manners.at_most)]
        fresh, lasting = self._ask_web(unknown, manners) if unknown else ({}, frozenset())
        if self._cache and fresh:
            # What went wrong on the way may go well tomorrow.
            sure = {
                url: answer
                for url, answer in fresh.items()
                if url in lasting and answer.verdict is not UrlStatus.UNSURE
            }
            self._cache.save(sure, self._clock(), max_age)
        answers = {**known, **fresh}
        return {url: answers.get(_drop_fragment(url), _NOT_ASKED) for url in urls}

    def _ask_web(
        self, urls: Sequence[str], manners: Manners
    ) -> tuple[dict[str, Answer], frozenset[str]]:
        """Return answers by URL, and the URLs whose own servers gave them."""
        by_host: dict[str, list[str]] = {}
        answers: dict[str, Answer] = {}
        for url in urls:
            try:
                host = parse_url(url).raw_host.decode("ascii", "replace")
                by_host.setdefault(host, []).append(url)
            except UnaskableError as error:
                answers[url] = Answer(UrlStatus.UNSURE, str(error))
        way = Way(self._resolver, ssl.create_default_context(), self._allow_private)
        asked = _Round(by_host, manners, way).run()
        answers.update(_judge_answers(asked, proxied=self._proxied()))
        return answers, frozenset(url for url, (_, found) in asked.items() if not found.network)


def _judge_answers(asked: Mapping[str, tuple[str, Asked]], *, proxied: bool) -> dict[str, Answer]:
    """Return the answers by URL; failures on the way count only if the way is open at all.

    Where no server answered, be it the only one, this machine may be offline.
    """
    cut_off = proxied or all(found.network for _, found in asked.values())
    unsure = Answer(UrlStatus.UNSURE, "the network cannot be reached")
    return {
        url: unsure if cut_off and found.network else found.answer
        for url, (_, found) in asked.items()
    }


class _Round:
    """The questions of one run, host by host, until the budget is spent."""

    def __init__(self, by_host: Mapping[str, Sequence[str]], manners: Manners, way: Way) -> None:
        self._hosts: queue.SimpleQueue[tuple[str, Sequence[str]]] = queue.SimpleQueue()
        for host, urls in sorted(by_host.items(), key=lambda item: (-len(item[1]), item[0])):
            self._hosts.put((host, urls))
        self._count = len(by_host)
        self._manners = manners
        self._way = way
        self._deadline = time.monotonic() + manners.budget
        self._lock = threading.Lock()
        self._asked: dict[str, tuple[str, Asked]] = {}

    def run(self) -> dict[str, tuple[str, Asked]]:
        """Ask, and return what was answered before the deadline, by URL, with the host."""
        # Daemons: a server that never ends its answer must not hold up the exit.
        workers = [
            threading.Thread(target=self._work, daemon=True, name=f"probe-{number}")
            for number in range(min(_WORKERS, self._count))
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(max(0.0, self._deadline - time.monotonic()))
        with self._lock:
            return dict(self._asked)

    def _work(self) -> None:
        while time.monotonic() < self._deadline:
            try:
                host, urls = self._hosts.get_nowait()
            except queue.Empty:
                return
            self._ask_host(host, urls)

    def _ask_host(self, host: str, urls: Sequence[str]) -> None:
        late = 0
        for number, url in enumerate(urls):
            if number:
                left = self._deadline - time.monotonic()
                time.sleep(max(0.0, min(self._manners.pause, left)))
            if time.monotonic() >= self._deadline:
                return
            try:
                asked = ask_once(url, self._manners, self._way)
            except Exception:  # noqa: BLE001 - one address must not leave other hosts unasked
                asked = _answer_unsure("its server answers in a way that cannot be read")
            with self._lock:
                self._asked[url] = (host, asked)
            late += asked.late
            if asked.busy or late >= _MOST_LATE:
                return
