"""L306: asking the web whether addresses answer, on a server of our own."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar

import pytest

import disarm_rules
from disarm_lint.config.config import build_options
from disarm_lint.corpus.reference import Manners, UrlStatus
from disarm_lint.project import lint_contents
from disarm_lint.ruleset import load_rules
from disarm_lint.urls import AnswerCache, WebProber, is_public
from support.answers import KnownAnswers
from support.cli import run, write_corpus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RULES = tuple(r for r in load_rules(disarm_rules) if r.rule.code == "L306")

REDIRECTS = {
    "/to-gone": "/gone",
    "/to-file": "file:///etc/passwd",
    "/to-nowhere": "http://[",
    "/to-host": "http://exa mple/",
    "/to-inside": "http://inside.example:{port}/gone",
    "/loop": "/loop",
}


class _Handler(BaseHTTPRequestHandler):
    asked: ClassVar[Counter[str]] = Counter()

    def _answer(self) -> None:
        type(self).asked[f"{self.command} {self.path}"] += 1
        path = self.path.partition("?")[0]
        if path in ("/to-ok-flooding", "/flood"):
            self._flood(302 if path == "/to-ok-flooding" else 200)
            return
        if path in REDIRECTS:
            self.send_response(302)
            port = self.server.server_port  # type: ignore[attr-defined]
            self.send_header("Location", REDIRECTS[path].format(port=port))
        elif path == "/head-lies":
            self.send_response(404 if self.command == "HEAD" else 200)
        elif path == "/no-head":
            self.send_response(405 if self.command == "HEAD" else 200)
        elif path[1:].isdigit():
            self.send_response(int(path[1:]))
        else:
            self.send_response({"/ok": 200, "/gone": 404}.get(path, 200))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _flood(self, status: int) -> None:
        """Answer GET with a body that never ends."""
        self.send_response(405 if self.command == "HEAD" else status)
        self.send_header("Location", "/ok")
        self.end_headers()
        with contextlib.suppress(OSError):
            while self.command == "GET":
                self.wfile.write(bytes(65536))

    do_GET = do_HEAD = _answer  # noqa: N815 - the names that http.server calls

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    _Handler.asked.clear()
    web = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{web.server_address[1]}"
    finally:
        web.shutdown()
        thread.join()
        web.server_close()


LOCAL = Manners(timeout=5, pause=0, budget=30)


def _prober(cache: Path | None = None, **kwargs: object) -> WebProber:
    kwargs = {"allow_private": True, **kwargs}
    return WebProber(cache, proxied=lambda: False, **kwargs)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "verdict"),
    [
        ("/ok", UrlStatus.ALIVE),
        ("/gone", UrlStatus.DEAD),
        ("/410", UrlStatus.DEAD),
        ("/to-gone", UrlStatus.DEAD),
        ("/no-head", UrlStatus.ALIVE),
        ("/head-lies", UrlStatus.ALIVE),
        ("/401", UrlStatus.UNSURE),
        ("/403", UrlStatus.UNSURE),
        ("/429", UrlStatus.UNSURE),
        ("/500", UrlStatus.UNSURE),
        ("/503", UrlStatus.UNSURE),
        ("/loop", UrlStatus.UNSURE),
        ("/to-file", UrlStatus.UNSURE),
        ("/é a?q=ü", UrlStatus.ALIVE),
    ],
)
def test_only_a_definite_failure_is_dead(server: str, path: str, verdict: UrlStatus) -> None:
    url = server + path
    assert _prober().ask([url], LOCAL)[url].verdict is verdict


def test_private_addresses_are_not_asked_without_leave(server: str) -> None:
    url = f"{server}/gone"
    answer = _prober(allow_private=False).ask([url], Manners(pause=0))[url]
    assert answer.verdict is UrlStatus.UNSURE
    assert not _Handler.asked


def test_a_name_that_stands_for_a_private_address_is_not_asked(server: str) -> None:
    url = server.replace("127.0.0.1", "public.example") + "/gone"
    prober = _prober(allow_private=False, resolver=lambda host, port: ["127.0.0.1"])
    assert prober.ask([url], Manners(pause=0))[url].verdict is UrlStatus.UNSURE
    assert not _Handler.asked


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "169.254.169.254",
        "192.168.0.1",
        "0.0.0.0",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "64:ff9b:1::101:101",
        "::127.0.0.1",
        "::10.0.0.1",
        "2002:7f00:1::",
        "224.0.0.1",
        "100.64.0.1",
        # Translators, tunnels and networks of IPv6 that lead inside.
        "::ffff:0:127.0.0.1",
        "2600::5efe:127.0.0.1",
        "2600::200:5efe:a9fe:a9fe",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "fec0::1",
        "5f00::1",
        "4000::1",
        "3ffe::1",
        "1::1",
        # Servers of a cloud for its own machines.
        "168.63.129.16",
        "::ffff:168.63.129.16",
        "192.0.0.192",
        "nonsense",
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


def test_public_addresses() -> None:
    assert is_public("1.1.1.1")
    assert is_public("2606:4700:4700::1111")
    assert is_public("64:ff9b::1.1.1.1")
    assert is_public("2002:101:101::")


def test_a_refused_connection_and_a_host_that_does_not_exist_are_dead(server: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        refused = f"http://127.0.0.1:{closed.getsockname()[1]}/x"

        def resolver(host: str, port: int) -> list[str]:
            if host == "gone.example":
                raise socket.gaierror(socket.EAI_NONAME, "no such name")
            if host == "later.example":
                raise socket.gaierror(socket.EAI_AGAIN, "try again")
            return [host]

        urls = [refused, "http://gone.example/", "http://later.example/", f"{server}/ok"]
        answers = _prober(resolver=resolver).ask(urls, LOCAL)
    assert [answers[url].verdict for url in urls] == [
        UrlStatus.DEAD,
        UrlStatus.DEAD,
        UrlStatus.UNSURE,
        UrlStatus.ALIVE,
    ]


def test_a_machine_without_a_network_calls_nothing_dead() -> None:
    def resolver(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    urls = [f"https://{name}.example/" for name in "abc"]
    answers = _prober(resolver=resolver).ask(urls, LOCAL)
    assert {answer.verdict for answer in answers.values()} == {UrlStatus.UNSURE}
    proxied = WebProber(None, resolver=resolver, proxied=lambda: True).ask(urls[:1], LOCAL)
    assert proxied[urls[0]].verdict is UrlStatus.UNSURE


def test_a_server_without_tls_is_dead_over_https(server: str) -> None:
    url = server.replace("http:", "https:") + "/ok"
    answers = _prober().ask([url, f"{server}/ok"], LOCAL)
    assert answers[url].verdict is UrlStatus.DEAD


@pytest.mark.parametrize("number", [1, 2, 3])
def test_where_no_server_answers_the_machine_may_be_offline(number: int, tmp_path: Path) -> None:
    """However few hosts there are: nothing is dead, and nothing is remembered."""

    def resolver(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    urls = [f"https://{name}.example/" for name in "abc"[:number]]
    answers = _prober(tmp_path, resolver=resolver).ask(urls, LOCAL)
    assert [answer.verdict for answer in answers.values()] == [UrlStatus.UNSURE] * number
    assert AnswerCache(tmp_path).load(0, 10) == {}


def test_what_fails_on_the_way_is_not_remembered(server: str, tmp_path: Path) -> None:
    url = server.replace("http:", "https:") + "/ok"
    _prober(tmp_path, clock=lambda: 0.0).ask([url, f"{server}/ok", f"{server}/gone"], LOCAL)
    known = AnswerCache(tmp_path).load(0, 10)
    assert sorted(known) == [f"{server}/gone", f"{server}/ok"]


def test_a_redirect_to_no_address_leaves_no_host_unasked(server: str) -> None:
    """One worker for each host: an error in one must not take the others with it."""
    other = server.replace("127.0.0.1", "localhost")
    urls = [f"{server}/to-nowhere", f"{server}/ok", f"{other}/ok", f"{other}/gone"]
    answers = _prober().ask(urls, LOCAL)
    assert answers[urls[0]].reason == "it redirects to an address that is not valid"
    assert [answers[url].verdict for url in urls[1:]] == [
        UrlStatus.ALIVE,
        UrlStatus.ALIVE,
        UrlStatus.DEAD,
    ]


def test_a_redirect_to_what_is_no_host_is_dead(server: str) -> None:
    url = f"{server}/to-host"
    answer = _prober().ask([url], LOCAL)[url]
    assert (answer.verdict, answer.reason) == (
        UrlStatus.DEAD,
        "it redirects to an address that is not valid",
    )


def test_each_hop_of_a_redirect_is_guarded(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A public server must not send the linter into a network."""
    monkeypatch.setattr("disarm_lint.urls.is_public", lambda address: address == "127.0.0.1")
    url = server.replace("127.0.0.1", "outside.example") + "/to-inside"
    hosts = {"outside.example": "127.0.0.1", "inside.example": "127.0.0.2"}
    prober = _prober(allow_private=False, resolver=lambda host, port: [hosts[host]])
    answer = prober.ask([url], LOCAL)[url]
    assert (answer.verdict, answer.reason) == (UrlStatus.UNSURE, "its address is private")
    assert "HEAD /gone" not in _Handler.asked


@pytest.mark.parametrize("path", ["/flood", "/to-ok-flooding"])
def test_a_body_without_an_end_is_not_read(server: str, path: str) -> None:
    url = server + path
    assert _prober().ask([url], LOCAL)[url].verdict is UrlStatus.ALIVE


@pytest.mark.parametrize(
    "part", [b"a", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 99]
)
def test_an_answer_without_an_end_holds_nobody_up(part: bytes) -> None:
    asked: list[bytes] = []

    def drip(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()

    def answer(connection: socket.socket) -> None:
        asked.append(connection.recv(4096))
        with contextlib.suppress(OSError), connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nX: " if part == b"a" else b"")
            while True:
                connection.sendall(part)
                time.sleep(0.02)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=drip, args=(listener,), daemon=True).start()
        host = f"http://127.0.0.1:{listener.getsockname()[1]}"
        begun = time.monotonic()
        answers = _prober().ask(
            [f"{host}/{number}" for number in range(9)], Manners(timeout=0.3, pause=0, budget=60)
        )
        assert time.monotonic() - begun < 20
    assert {answer.verdict for answer in answers.values()} == {UrlStatus.UNSURE}
    assert len(asked) == 2, "a host that is late twice is asked no more"


@pytest.mark.parametrize("bad", ["http://a.example/\ud800", "http://xn--/", "http://xn--a-/"])
def test_an_address_that_cannot_be_asked_does_not_keep_others_from_it(
    server: str, bad: str
) -> None:
    answers = _prober(resolver=lambda host, port: ["127.0.0.1"]).ask([bad, f"{server}/ok"], LOCAL)
    assert answers[bad].verdict is UrlStatus.UNSURE
    assert answers[f"{server}/ok"].verdict is UrlStatus.ALIVE


def test_without_its_library_the_rule_is_refused_in_one_line(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    code = (
        "import sys; sys.modules['httpx'] = None; from disarm_lint.cli.main import main; "
        "sys.exit(main(['check', '--select', 'L306']))"
    )
    done = run(cwd=tmp_path, code=code)
    assert (done.status, done.out, done.err) == (
        2,
        "",
        "disarm-lint: the rule L306 dead-url requests URLs with httpx, which is not installed: "
        "install disarm-lint with its extra “urls” (pip install '.[urls]'), or --ignore L306\n",
    )


def test_no_configuration_sends_the_linter_into_a_network() -> None:
    with pytest.raises(ValueError, match="L306 has no option “allow-private”"):
        build_options(
            next(loaded for loaded in RULES if loaded.rule.code == "L306"),
            {"allow-private": True},
        )


def test_each_url_is_asked_once_and_remembered(server: str, tmp_path: Path) -> None:
    now = [1_000_000.0]
    prober = _prober(tmp_path / "cache", clock=lambda: now[0])
    urls = [f"{server}/ok", f"{server}/ok#part", f"{server}/ok", f"{server}/500"]
    prober.ask(urls, LOCAL)
    assert _Handler.asked["HEAD /ok"] == 1
    prober.ask(urls, LOCAL)
    assert _Handler.asked["HEAD /ok"] == 1
    assert _Handler.asked["HEAD /500"] == 2, "what is unsure is not remembered"
    now[0] += 8 * 86_400
    prober.ask(urls, LOCAL)
    assert _Handler.asked["HEAD /ok"] == 2
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["urls.json"]


_OLD = '{"version": 1, "answers": {"u": {"verdict": "dead", "reason": "x", "asked": %s}}}'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"version": 1, "answers": {"u": 3}}',
        "[" * 9999,
        _OLD % f"1{'0' * 400}",
        _OLD % "1e999",
        _OLD % "NaN",
        _OLD % "true",
    ],
)
def test_a_damaged_cache_counts_as_empty(tmp_path: Path, text: str) -> None:
    (tmp_path / "urls.json").write_text(text)
    assert AnswerCache(tmp_path).load(0, 10) == {}


@pytest.mark.skipif(os.name != "posix", reason="named pipes")
def test_a_named_pipe_as_a_cache_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "urls.json")
    assert AnswerCache(tmp_path).load(0, 10) == {}


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    AnswerCache(tmp_path / "file").save({}, 0, 10)


def test_the_cache_is_plain_json(server: str, tmp_path: Path) -> None:
    _prober(tmp_path).ask([f"{server}/gone"], LOCAL)
    data = json.loads((tmp_path / "urls.json").read_text())
    assert data["answers"][f"{server}/gone"]["verdict"] == "dead"


def test_a_host_is_asked_slowly_and_all_within_the_budget(server: str) -> None:
    urls = [f"{server}/{number}x" for number in range(4)]
    begun = time.monotonic()
    _prober().ask(urls[:3], Manners(pause=0.1))
    assert time.monotonic() - begun >= 0.2
    begun = time.monotonic()
    answers = _prober().ask(urls, Manners(pause=60, budget=0.3))
    assert time.monotonic() - begun < 10
    assert [answers[url].verdict for url in urls] == [UrlStatus.ALIVE, *[UrlStatus.UNSURE] * 3]
    capped = _prober().ask(urls, Manners(pause=0, at_most=1))
    assert sum(answer.verdict is UrlStatus.ALIVE for answer in capped.values()) == 1


def test_the_rule_reports_dead_urls_and_is_silent_without_a_prober(server: str) -> None:
    rules = [r for r in RULES if r.rule.code == "L306"]
    text = f"# Notes\n\n[a]({server}/gone) [b]({server}/ok) {server}/gone [c](htp://x.org)\n"
    assert lint_contents({"notes.md": text}, rules).outcome.findings == ()
    run = lint_contents({"notes.md": text}, rules, prober=_prober(), options={"L306": LOCAL})
    line = text.split("\n")[2]
    columns = [f.location.span.column for f in run.outcome.findings if f.location.span]
    assert columns == [5, line.rindex(f"{server}/gone") + 1]
    assert len({f.cause for f in run.outcome.findings}) == 1


def test_known_answers_are_a_prober() -> None:
    answers = KnownAnswers({"http://a.org"}).ask(["http://a.org", "http://b.org"], Manners())
    assert [answer.verdict for answer in answers.values()] == [UrlStatus.DEAD, UrlStatus.ALIVE]


# --- the published corpora ---
