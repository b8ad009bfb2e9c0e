"""Streams and files at their worst: closed, full, gone, interrupted, changed by others."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import pytest

from disarm_lint.cli import streams
from disarm_lint.cli.main import main
from disarm_lint.cli.streams import FileChanged, write_file
from disarm_lint.model.baseline import BASELINE_NAME as NAME
from support.cli import PAGES, lint, run, write_corpus
from support.git import Repo

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/dev/full, signals, limits")

COMMANDS = [
    ["--help"],
    ["--version"],
    ["check", "--help"],
    ["check", "--version"],
    ["check"],
    ["check", "--output-format", "json"],
    ["rules"],
    ["explain", "N401"],
    ["config", "show"],
    ["config", "schema"],
    ["baseline", "show"],
    ["baseline", "--help"],
    ["history"],
    ["audit", "--csv", "-"],
    ["audit", "--html", "-"],
    ["diff", "HEAD~1"],
    ["urls", "--output-format", "json"],
]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    repo = Repo.create(tmp_path_factory.mktemp("streams") / "repo")
    write_corpus(repo.folder)
    repo.git("add", "-A")
    repo.git("commit", "-qm", "one")
    write_corpus(repo.folder, {"techniques/T0003.md": "# Technique T0003: Third\n"})
    assert lint("baseline", "create", cwd=repo.folder).status == 0
    repo.git("add", "-A")
    repo.git("commit", "-qm", "two")
    write_corpus(
        repo.folder, {"techniques/T0003.md": "# Technique T0003: Third\n\n(T0001: Reel Name)\n"}
    )
    return repo.folder


def gone_reader() -> int:
    """Return the end of a pipe that nobody reads from."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_disk_that_is_full_is_one_line_and_a_reader_that_is_gone_is_no_error(
    corpus: Path, command: list[str]
) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    gone = gone_reader()
    try:
        done = run(*command, cwd=corpus, out=full)
        assert (done.status, done.err.splitlines()[-1]) == (
            2,
            "disarm-lint: the output cannot be written: no space left on device",
        )
        assert "internal error" not in done.err
        expected = int(command in (["check"], ["check", "--output-format", "json"]))
        done = run(*command, cwd=corpus, out=gone)
        assert (done.status, "written:" in done.err, "internal" in done.err) == (
            expected,
            False,
            False,
        )
        done = run(*command, cwd=corpus, err=full)
        assert (done.status, bool(done.raw)) == (expected, True)
    finally:
        os.close(full)
        os.close(gone)


@pytest.mark.parametrize("command", COMMANDS[::3], ids=" ".join)
@pytest.mark.parametrize("closed", [(1,), (2,), (0, 1, 2)])
def test_a_closed_stream_takes_no_output_to_other_places(
    corpus: Path, command: list[str], closed: tuple[int, ...]
) -> None:
    def close() -> None:
        for number in closed:
            os.close(number)

    before = sorted(path.name for path in corpus.iterdir())
    done = run(*command, cwd=corpus, before=close)
    assert (done.status, done.err) == (lint(*command, cwd=corpus).status, "")
    assert bool(done.raw) is (1 not in closed)
    assert sorted(path.name for path in corpus.iterdir()) == before


def test_what_a_library_prints_goes_into_no_file(corpus: Path, tmp_path: Path) -> None:
    code = (
        "import disarm_lint.cli.outputs as o, os\n"
        "render = o.render\n"
        "o.render = lambda *a: (os.write(2, b'noise'), render(*a))\n"
        "from disarm_lint.cli.main import run_and_exit; run_and_exit()\n"
    )
    file = tmp_path / "out.json"
    arguments = ("check", "--output-format", "json", "--output-file", str(file))
    done = run(*arguments, cwd=corpus, code=code, before=lambda: os.close(2))
    assert done.status == 1
    assert file.read_bytes().startswith(b"{")
    assert b"noise" not in file.read_bytes()


WRITERS = [
    ["check", "--output-file", "FILE"],
    ["check", "--output", "sarif:FILE"],
    ["baseline", "create", "--baseline", "FILE", "--force"],
    ["audit", "--html", "FILE"],
    ["audit", "--csv", "FILE"],
    ["audit", "--xlsx", "FILE"],
    ["history", "--html", "FILE"],
    ["diff", "HEAD~1", "--output-file", "FILE"],
]


@pytest.mark.parametrize("command", WRITERS, ids=" ".join)
def test_a_file_is_written_whole_or_left_as_it_was(
    corpus: Path, tmp_path: Path, command: list[str]
) -> None:
    import resource

    file = tmp_path / "out"
    file.write_text("before")
    arguments = [part.replace("FILE", str(file)) for part in command]

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    # Else Python and matplotlib would write what they keep for later, cut short.
    spared = {"PYTHONDONTWRITEBYTECODE": "1", "MPLCONFIGDIR": str(tmp_path / "matplotlib")}
    (tmp_path / "matplotlib").mkdir()
    done = run(*arguments, cwd=corpus, before=limit, extra=spared)
    # matplotlib has something to say of its own files.
    line = done.err.splitlines()[-1]
    assert done.status == 2
    assert line.startswith(
        "disarm-lint: a temporary file cannot be written: file too large; TMPDIR"
        if "--xlsx" in command
        else f"disarm-lint: “{file}” cannot be written: file too large"
    )
    assert "internal" not in done.err
    assert file.read_text() == "before"
    assert {path.name for path in tmp_path.iterdir()} == {"matplotlib", "out"}
    arguments = [part.replace("FILE", "/dev/full") for part in command]
    done = run(*arguments, cwd=corpus)
    assert (done.status, done.err) == (
        2,
        "disarm-lint: “/dev/full” cannot be written: no space left on device\n",
    )


# --- signals ---

# The last argument names the signals.
SLOW = (
    "import disarm_lint.cli.outputs as o, os, signal, sys, time\n"
    "signals = sys.argv.pop().split()\n"
    "def slow(name, report, out, settings):\n"
    "    out.write('x' * 100_000)\n"
    "    print(len(os.listdir('.')), flush=True)\n"
    "    for name in signals: os.kill(os.getpid(), getattr(signal, name))\n"
    "    time.sleep(0.1)\n"
    "o.render = slow\n"
    "from disarm_lint.cli.main import run_and_exit; run_and_exit()\n"
)


@pytest.mark.parametrize(
    ("signals", "status"),
    [
        ("SIGTERM", -signal.SIGTERM),
        ("SIGHUP", -signal.SIGHUP),
        ("SIGTERM SIGTERM SIGHUP", -signal.SIGTERM),
        ("SIGINT", 130),
    ],
)
def test_a_signal_leaves_no_file_behind(tmp_path: Path, signals: str, status: int) -> None:
    write_corpus(tmp_path)
    (tmp_path / "out.sarif").write_text("before")
    done = run(
        "check", "--output-file", "out.sarif", signals, cwd=tmp_path, code=SLOW,
        before=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    assert (done.status, done.out, done.err) == (status, "3\n", "")
    assert {path.name for path in tmp_path.iterdir()} == {"generated_pages", "out.sarif"}
    assert (tmp_path / "out.sarif").read_text() == "before"


def test_a_signal_that_is_ignored_stays_so(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    done = run(
        "check", "--output-file", "out.txt", "SIGHUP", cwd=tmp_path, code=SLOW,
        before=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )  # fmt: skip
    assert (done.status, done.err) == (1, "")
    assert (tmp_path / "out.txt").read_text() == "x" * 100_000


# --- places that are gone, and names that are no names ---


@pytest.mark.parametrize(
    "command", [*COMMANDS, ["check", "--output-file", "x"], ["audit", "--html", "x"]], ids=" ".join
)
def test_a_folder_that_is_gone_is_one_line(tmp_path: Path, command: list[str]) -> None:
    done = run(*command, cwd=tmp_path, before=lambda: tmp_path.rmdir())
    if done.status:
        assert (done.status, done.out, done.err) == (
            2,
            "",
            "disarm-lint: the current folder no longer exists\n",
        )
    else:
        assert command[0] in ("--help", "--version", "rules", "explain") or command[-1] in (
            "--help",
            "--version",
            "schema",
        )


ODD = "\udcff\udcfe"
LONG = "a" * 5000


@pytest.mark.parametrize("name", [ODD, LONG, "a\nb\x1b[31m", ""])
@pytest.mark.parametrize(
    "options",
    [
        ["check"], ["check", "--config"], ["check", "--baseline"], ["check", "--at"],
        ["check", "--select"], ["check", "--output"], ["check", "--max-findings"], ["explain"],
        ["baseline", "show", "--baseline"], ["audit"], ["diff"], ["textconv"], ["config", "show"],
        ["urls"], ["fix"], ["render"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_odd_arguments_are_one_line(
    corpus: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    options: list[str],
    name: str,
) -> None:
    monkeypatch.chdir(corpus)
    status = main([*options, name])
    out, err = capfd.readouterr()
    assert (status, out) == (2, "") or options == ["textconv"]
    assert "internal error" not in err
    assert err.count("\n") <= 1
    assert err.rstrip("\n").isprintable()


# --- a file that others change ---


def write(stream: TextIO, text: str) -> None:
    stream.write(text)


def test_a_file_that_has_changed_is_not_replaced(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("theirs")
    with pytest.raises(FileChanged):
        write_file(file, lambda out: write(out, "ours"), is_current=lambda: False)
    assert file.read_text() == "theirs"
    assert list(tmp_path.iterdir()) == [file]


def test_nothing_is_lost_between_many_writers(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")

    def tried(name: str, before: str) -> bool:
        try:
            write_file(
                file,
                lambda out: write(out, f"{before}{name}\n"),
                is_current=lambda: file.read_text() == before,
            )
        except FileChanged:
            return False
        return True

    def add(number: int) -> None:
        for name in (f"{number}.{k}" for k in range(15)):
            while not tried(name, file.read_text()):
                pass

    threads = [threading.Thread(target=add, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(file.read_text().split()) == sorted(
        f"{n}.{k}" for n in range(6) for k in range(15)
    )


def test_a_lock_of_whoever_started_the_run_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    monkeypatch.setattr(streams, "_PATIENCE", 0.05)
    file = tmp_path / "file"
    file.write_text("before")
    with file.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        write_file(file, lambda out: write(out, "after"), is_current=lambda: True)
    assert file.read_text() == "after"


def meanwhile(monkeypatch: pytest.MonkeyPatch, do: Callable[[], object], times: int = 1) -> None:
    """Do something right before a baseline is compared with what was read, some times."""
    from disarm_lint.cli import baseline

    left = [None] * times

    def slow(path: Path, render: Callable[[TextIO], None], **options: object) -> None:
        if left:
            left.pop()
            do()
        write_file(path, render, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(baseline, "write_file", slow)


@pytest.fixture
def adopted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a corpus with an entry that is of no use, and a finding that is not listed."""
    write_corpus(tmp_path)
    assert lint("baseline", "create", cwd=tmp_path).status == 0
    page = tmp_path / "generated_pages" / "techniques" / "T0002.md"
    page.write_text(PAGES["techniques/T0002.md"].replace("Reel", "Rael"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_entries_that_another_update_adds_meanwhile_stay(
    adopted: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    meanwhile(monkeypatch, lambda: lint("baseline", "update", "--add", cwd=adopted))
    assert main(["baseline", "update"]) == 0
    text = (adopted / NAME).read_text("utf-8")
    assert text.count("Rael Name") == 1
    assert sum("Reel Name" in line and "T0002.md" in line for line in text.splitlines()) == 0
    assert capfd.readouterr().out.startswith(f"{NAME}: nothing to change; ")
    monkeypatch.undo()
    assert lint("check", "--strict-baseline", "--fail-on", "info", cwd=adopted).status == 0


def test_reasons_that_are_written_meanwhile_stay(
    adopted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = adopted / NAME
    wanted = '"reason": "as it was written"'
    meanwhile(
        monkeypatch, lambda: file.write_text(file.read_text().replace('"reason": ""', wanted))
    )
    lines = file.read_text().count('"reason": ""')
    assert main(["baseline", "update"]) == 0
    assert file.read_text().count(wanted) == lines - 1


def test_a_file_that_always_changes_is_one_line(
    adopted: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    file = adopted / NAME
    meanwhile(monkeypatch, lambda: file.write_text(f"# more\n{file.read_text()}"), 1000)
    assert main(["baseline", "update"]) == 2
    assert capfd.readouterr().err == (
        f"disarm-lint: “{NAME}” is being changed by another program; run this again\n"
    )
    file.unlink()
    meanwhile(monkeypatch, lambda: file.write_text("mine\n"))
    assert main(["baseline", "create"]) == 2
    assert capfd.readouterr().err.startswith(f"disarm-lint: “{NAME}” exists; ")
    assert file.read_text() == "mine\n"
    meanwhile(monkeypatch, file.unlink)
    (adopted / NAME).write_text("schema_version: 1\nentries: []\n")
    assert main(["baseline", "update"]) == 2
    assert capfd.readouterr().err.startswith(f"disarm-lint: there is no baseline “{NAME}”; ")
