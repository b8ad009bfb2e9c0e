"""Asking whether URLs answer: politely, each once, and with an end.

Hosts are asked side by side, the URLs of one host one after the other with a
pause between. A failure on the way (no such host, a refused or insecure
connection) is not believed where it befell all of several hosts, nor where
the web is only reached through a proxy, which this does not use: a machine
without an open way to the net must not call every link dead.
"""

from __future__ import annotations

import queue
import ssl
import threading
import time
from typing import TYPE_CHECKING
from urllib.request import getproxies

from disarm_lint.net.addresses import resolve
from disarm_lint.net.answers import Answer, Verdict
from disarm_lint.net.cache import AnswerCache
from disarm_lint.net.request import Asked, Place, UnaskableError, ask_once

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from disarm_lint.net.addresses import Resolve
    from disarm_lint.net.answers import Manners

_WORKERS = 8
_DAY = 86_400.0
_FEW_HOSTS = 3
_NOT_ASKED = Answer(Verdict.UNSURE, "it was not asked")


def behind_proxy() -> bool:
    """Tell whether this machine is set to reach the web through a proxy."""
    return not {"http", "https", "all"}.isdisjoint(getproxies())


def _bare(url: str) -> str:
    """Return a URL without its fragment, which no server sees."""
    return url.strip().partition("#")[0]


class WebProber:
    """Asks the web, and remembers the answers in a folder (None: nowhere).

    `resolver`, `clock` (seconds since 1970) and `proxied` stand in for the
    system's own.
    """

    def __init__(
        self,
        cache: Path | None,
        *,
        resolver: Resolve = resolve,
        clock: Callable[[], float] = time.time,
        proxied: Callable[[], bool] = behind_proxy,
    ) -> None:
        self._cache = AnswerCache(cache) if cache is not None else None
        self._resolver = resolver
        self._clock = clock
        self._proxied = proxied

    def ask(self, urls: Sequence[str], manners: Manners) -> Mapping[str, Answer]:
        """Return an answer for each URL; see Prober."""
        max_age = manners.max_age * _DAY
        known = self._cache.load(self._clock(), max_age) if self._cache else {}
        wanted = list(dict.fromkeys(_bare(url) for url in urls))
        unknown = [url for url in wanted if url not in known][: max(0, manners.at_most)]
        fresh = self._ask_web(unknown, manners) if unknown else {}
        if self._cache and fresh:
            sure = {u: a for u, a in fresh.items() if a.verdict is not Verdict.UNSURE}
            self._cache.save(sure, self._clock(), max_age)
        answers = {**known, **fresh}
        return {url: answers.get(_bare(url), _NOT_ASKED) for url in urls}

    def _ask_web(self, urls: Sequence[str], manners: Manners) -> dict[str, Answer]:
        by_host: dict[str, list[str]] = {}
        answers: dict[str, Answer] = {}
        for url in urls:
            try:
                by_host.setdefault(Place.parse(url).host.lower(), []).append(url)
            except UnaskableError as error:
                answers[url] = Answer(Verdict.UNSURE, str(error))
        asked = _Round(by_host, manners, self._resolver).run()
        answers.update(_believed(asked, proxied=self._proxied()))
        return answers


def _believed(asked: Mapping[str, tuple[str, Asked]], *, proxied: bool) -> dict[str, Answer]:
    """Return the answers by URL; failures on the way count only if the way is open at all."""
    hosts = {host for host, _ in asked.values()}
    failed = all(found.network for _, found in asked.values())
    cut_off = proxied or (failed and len(hosts) >= _FEW_HOSTS)
    unsure = Answer(Verdict.UNSURE, "the network cannot be reached")
    return {
        url: unsure if cut_off and found.network else found.answer
        for url, (_, found) in asked.items()
    }


class _Round:
    """The questions of one run, host by host, until the budget is spent."""

    def __init__(
        self, by_host: Mapping[str, Sequence[str]], manners: Manners, resolver: Resolve
    ) -> None:
        self._hosts: queue.SimpleQueue[tuple[str, Sequence[str]]] = queue.SimpleQueue()
        for host, urls in sorted(by_host.items(), key=lambda item: (-len(item[1]), item[0])):
            self._hosts.put((host, urls))
        self._count = len(by_host)
        self._manners = manners
        self._resolver = resolver
        self._context = ssl.create_default_context()
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
        for number, url in enumerate(urls):
            if number:
                left = self._deadline - time.monotonic()
                time.sleep(max(0.0, min(self._manners.pause, left)))
            if time.monotonic() >= self._deadline:
                return
            asked = ask_once(url, self._manners, self._resolver, self._context)
            with self._lock:
                self._asked[url] = (host, asked)
            if asked.busy:
                return
