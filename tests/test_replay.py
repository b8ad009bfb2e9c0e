"""A check of what was checked before writes the same, without parsing; a cache changes nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from disarm_lint.cli.replay import VARIABLES
from disarm_lint.report.formats import FORMATS
from disarm_lint.sources.store import Store
from support import mini_master
from support.cli import Result, environment, lint, run, write_corpus, write_files
from support.git import GIT, Repo

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = "generated_pages/incidents/I00001.md"
GONE = "generated_pages/techniques/T0009.md"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = write_corpus(tmp_path / "corpus")
    (root / "other.txt").write_text("Other.\n")
    return root


def checked(root: Path, *arguments: str, **extra: str) -> Result:
    cache = str(root.parent / "cache")
    return lint(*arguments, cwd=root, XDG_CACHE_HOME=cache, **extra)


def uncached(root: Path, *arguments: str, **extra: str) -> Result:
    return checked(root, "--no-cache", *arguments, **extra)


def kept(root: Path) -> list[Path]:
    return sorted((root.parent / "cache/disarm-lint/outcomes").glob("*"))


def told(done: Result) -> tuple[int, bytes, bytes]:
    return done.status, done.raw, done.raw_errors


# What only a run that lints, or renders a report, has a use for.
HEAVY = (
    "disarm_rules disarm_lint.engine disarm_lint.parse disarm_lint.report.report "
    "disarm_lint.config.settings disarm_lint.model.finding "
    "markdown_it ruamel jsonschema pathspec ftfy rapidfuzz rich python_calamine"
)
NO_RULES = (
    "import sys; import disarm_lint.cli.main as m\n"
    "status = m.main(sys.argv[1:])\n"
    f"heavy = set({HEAVY!r}.split()) & sys.modules.keys()\n"
    "sys.exit(40 + status if heavy else status)"
)


def replayed(root: Path, *arguments: str) -> Result:
    """Check in a process that fails where it had to lint."""
    extra = {"XDG_CACHE_HOME": str(root.parent / "cache")}
    done = run(*arguments, cwd=root, code=NO_RULES, extra=extra)
    assert done.status < 40, "it was linted"
    return done


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_written_again_as_it_was(root: Path, name: str) -> None:
    options = ("--output-format", name, "--statistics")
    plain = uncached(root, *options)
    assert plain.status == 1
    assert kept(root) == []
    assert told(checked(root, *options)) == told(plain)
    assert len(kept(root)) == 1
    assert told(replayed(root, *options)) == told(plain)


def test_files_are_written_again_and_a_summary_is_added_to(root: Path) -> None:
    (root.parent / "out").mkdir()
    options = ("--output", "sarif:../out/a.sarif", "--output", "markdown:../out/summary.md")
    extra = {"GITHUB_STEP_SUMMARY": str(root.parent / "out/summary.md")}
    first = checked(root, *options, **extra)
    sarif = (root.parent / "out/a.sarif").read_bytes()
    summary = (root.parent / "out/summary.md").read_bytes()
    assert json.loads(sarif)
    (root.parent / "out/a.sarif").unlink()
    again = checked(root, *options, **extra)
    assert told(again) == told(first)
    assert (root.parent / "out/a.sarif").read_bytes() == sarif
    assert (root.parent / "out/summary.md").read_bytes() == summary * 2


def test_a_report_that_cannot_be_written_is_an_error_as_ever(root: Path) -> None:
    options = ("--output-file", "../out.txt")
    checked(root, *options)
    (root.parent / "out.txt").unlink()
    (root.parent / "out.txt").mkdir()
    assert told(checked(root, *options)) == told(uncached(root, *options))


def test_what_is_said_on_stderr_is_said_again(root: Path) -> None:
    (root / "generated_pages").rename(root / "pages")
    first = checked(root, "pages/incidents/I00001.md", "--allow-empty")
    (root / ".disarm-lint.yaml").write_text("exclude: ['*.md']\ninclude: []\n")
    (root / "pages").rename(root / "generated_pages")
    options = (PAGE,)
    first = checked(root, *options)
    assert "the configuration excludes what was named" in first.err
    assert told(replayed(root, *options)) == told(first)


def edit(path: str, text: str) -> Callable[[Path], object]:
    return lambda root: (root / path).write_text(text)


def link_out(root: Path) -> None:
    page = root / "generated_pages/techniques/T0002.md"
    page.unlink()
    page.symlink_to("/etc/hostname")


CHANGES: dict[str, Callable[[Path], object]] = {
    "edited page": edit(PAGE, "# Incident I00001: Event\n\nThey did (T0001: Rail Name).\n"),
    "new page": edit("generated_pages/techniques/T0003.md", "# Technique T0003: Thord\n"),
    "deleted page": lambda root: (root / "generated_pages/techniques/T0002.md").unlink(),
    "renamed page": lambda root: (root / "generated_pages/techniques/T0002.md").rename(
        root / "generated_pages/techniques/T0004.md"
    ),
    "config": edit(".disarm-lint.yaml", "ignore: [N401]\n"),
    "config above": edit("../.disarm-lint.yaml", "ignore: [N401]\n"),
    "config in TOML": edit("pyproject.toml", "[tool.disarm-lint]\nignore = ['N401']\n"),
    "baseline": edit(".disarm-lint-baseline.yaml", "schema_version: 2\nentries: []\n"),
    "the file that a link leads to": lambda root: (root / "other.txt").unlink(),
    "an unreadable page": lambda root: (root / PAGE).write_bytes(b"\0\1\2"),
    "a page that is a link that leads out": link_out,
    "a workbook": lambda root: write_files(
        root, {p: b for p, b in mini_master.files().items() if p.endswith(".xlsx")}
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_was_read_decides(root: Path, what: str) -> None:
    page = root / PAGE
    page.write_text(page.read_text() + "\nSee [other](../../other.txt).\n")
    first = checked(root)
    CHANGES[what](root)
    plain = uncached(root)
    assert told(checked(root)) == told(plain)
    assert told(replayed(root)) == told(plain)
    if what not in ("config above", "baseline"):
        assert told(plain) != told(first)


def test_a_touched_file_is_the_same_file(root: Path) -> None:
    first = checked(root)
    os.utime(root / PAGE, (1, 1))
    assert told(replayed(root)) == told(first)


def test_the_same_time_and_size_do_not_hide_a_change(root: Path) -> None:
    checked(root)
    before = (root / PAGE).stat()
    text = (root / PAGE).read_text()
    (root / PAGE).write_text(text.replace("Reel", "Roal"))
    os.utime(root / PAGE, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (root / PAGE).stat().st_size == before.st_size
    assert "Roal" in checked(root).out


@pytest.mark.program("git")
def test_what_git_tells_of_the_past_decides(tmp_path: Path) -> None:
    repo = Repo.create(tmp_path / "corpus")
    write_corpus(repo.folder)
    repo.write({GONE: "# Technique T0009: Bygone Name\n"})
    repo.commit("Release")
    repo.write({PAGE: "# Incident I00001: Event\n\nThey did (T0009: Bygone Name).\n"})
    (repo.folder / GONE).unlink()

    def check(*arguments: str) -> Result:
        return checked(repo.folder, "--output-format", "concise", *arguments, **GIT)

    first = check()
    assert "it was “Bygone Name”" not in first.out
    assert told(check()) == told(first)
    repo.commit("Delete")
    second = check()
    assert "it was “Bygone Name” until 2025-01-01" in second.out
    assert told(second) == told(check("--no-cache"))
    number = len(kept(repo.folder))
    assert told(check()) == told(second)
    assert len(kept(repo.folder)) == number
    (repo.folder / ".git").rename(tmp_path / "away")
    assert told(check()) == told(check("--no-cache"))


@pytest.mark.program("git")
def test_a_shallow_clone_has_no_certain_past(tmp_path: Path) -> None:
    repo = Repo.create(tmp_path / "first")
    write_corpus(repo.folder)
    repo.write({PAGE: "# Incident I00001: Event\n\nThey did (T0009: Bygone Name).\n"})
    repo.commit("Release")
    repo.write({"more.txt": "More.\n"})
    repo.commit("More")
    repo.git("clone", "--quiet", "--depth=1", f"file://{repo.folder}", str(tmp_path / "corpus"))
    checked(tmp_path / "corpus", **GIT)
    assert kept(tmp_path / "corpus") == []


def test_a_run_that_asks_the_web_is_not_kept(root: Path) -> None:
    checked(root, "--select", "L306")
    assert kept(root) == []


@pytest.mark.parametrize(
    "options", [("--fix",), ("--staged",), ("--at", "HEAD"), ("--changed-since", "HEAD")]
)
@pytest.mark.program("git")
def test_a_run_that_asks_git_what_to_check_is_not_kept(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    repo = Repo.create(tmp_path / "corpus")
    write_corpus(repo.folder)
    repo.commit("Release")
    assert checked(repo.folder, *options, **GIT).status in (0, 1)
    assert kept(repo.folder) == []


def test_a_journal_of_an_interrupted_run_is_looked_at(root: Path) -> None:
    checked(root)
    (root / ".disarm-lint-journal").mkdir()
    for file in kept(root):
        file.unlink()
    assert told(checked(root)) == told(uncached(root))
    assert kept(root) == []


def test_an_error_is_not_kept(root: Path) -> None:
    (root / ".disarm-lint.yaml").write_text("selct: [N401]\n")
    assert checked(root).status == 2
    assert kept(root) == []


def damage(root: Path, data: bytes) -> None:
    for file in kept(root):
        file.write_bytes(data)


WRONG = [
    b"",
    b"x",
    b"null",
    b"[]",
    b"{}",
    b'{"witness":{"disk":[],"trees":{}},"status":0,"texts":[[7,"x"]]}',
    b'{"witness":{"disk":[],"trees":{}},"status":0,"texts":[["0","x"]]}',
    b'{"witness":{"disk":[["what","x",0,"y"]],"trees":{}},"status":0,"texts":[]}',
    b'{"witness":{"disk":[],"trees":{"/":[["what","x",0,"y"]]}},"status":0,"texts":[]}',
    b'{"witness":{"disk":[],"trees":{}},"status":"x","texts":[]}',
    b"[" * 100_000,
    b"\xff" * 99,
]


@pytest.mark.parametrize("data", WRONG, ids=range(len(WRONG)))
@pytest.mark.parametrize("sealed", [False, True], ids=["damaged", "of another make"])
def test_a_damaged_cache_changes_nothing(root: Path, data: bytes, sealed: bool) -> None:
    first = checked(root)
    (file,) = kept(root)
    if sealed:
        Store(file.parent, 64, 128_000_000).write(file.stem, data)
    else:
        file.write_bytes(data)
    assert told(checked(root)) == told(first)
    assert told(replayed(root)) == told(first)


def test_every_cut_and_every_flipped_byte_is_seen(tmp_path: Path) -> None:
    store = Store(tmp_path / "store", 4, 80_000)
    store.write("key", b'{"a": 1}')
    (file,) = store.folder.iterdir()
    whole = file.read_bytes()
    for number in range(len(whole)):
        file.write_bytes(whole[:number])
        assert store.read("key") is None
        file.write_bytes(whole[:number] + bytes([whole[number] ^ 1]) + whole[number + 1 :])
        assert store.read("key") is None
    file.write_bytes(whole)
    assert store.read("key") == b'{"a": 1}'


def test_a_store_is_bounded_and_the_longest_unused_goes_first(tmp_path: Path) -> None:
    store = Store(tmp_path / "store", 4, 1_000)
    store.write("long", b"x" * 126)
    assert store.read("long") is None
    for number in range(4):
        store.write(str(number), b"x")
        os.utime(store.folder / f"{number}.bin", (number, number))
    assert store.read("0") == b"x"
    store.write("4", b"x")
    names = {file.name for file in store.folder.iterdir()}
    assert names == {"0.bin", "2.bin", "3.bin", "4.bin"}
    for number in range(20):
        store.write(str(number), b"y" * 125)
    assert sum(file.stat().st_size for file in store.folder.iterdir()) <= 1_000


def test_a_folder_that_others_can_write_to_is_not_used(tmp_path: Path) -> None:
    store = Store(tmp_path / "store", 4, 1_000)
    store.write("key", b"x")
    store.folder.chmod(0o777)
    assert store.read("key") is None
    store.folder.chmod(0o700)
    assert store.read("key") == b"x"


def test_a_cache_that_cannot_be_written_changes_nothing(root: Path) -> None:
    plain = uncached(root)
    (root.parent / "cache").write_text("a file in its place")
    assert told(checked(root)) == told(plain)
    assert told(checked(root)) == told(plain)


def test_checks_beside_each_other_and_a_cache_that_goes_away(root: Path) -> None:
    plain = uncached(root)
    extra = {"XDG_CACHE_HOME": str(root.parent / "cache")}
    for turn in range(3):
        running = [
            subprocess.Popen(
                [sys.executable, "-m", "disarm_lint"],
                cwd=root,
                env=environment(**extra),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            for _ in range(3)
        ]
        while any(process.poll() is None for process in running):
            if turn == 1:
                shutil.rmtree(root.parent / "cache", ignore_errors=True)
            elif turn == 2:
                damage(root, b"noise")
        for process in running:
            out, err = process.communicate()
            assert (process.returncode, out, err) == told(plain)


def test_nothing_in_the_repository_counts(root: Path) -> None:
    first = checked(root)
    (file,) = kept(root)
    forged = file.read_bytes()
    for folder in (".disarm-lint-cache", ".cache/disarm-lint/outcomes", "disarm-lint/outcomes"):
        write_files(root, {f"{folder}/{file.name}": forged})
    done = checked(root, "--cache-dir", ".disarm-lint-cache")
    assert done.status == 2
    assert done.err == (
        "disarm-lint: --cache-dir: “.disarm-lint-cache” lies in the repository or folder that is "
        "checked, and what comes with a repository could hide findings; name a folder outside of "
        "it\n"
    )
    assert told(uncached(root)) == told(first)


def test_another_folder_can_be_named(root: Path) -> None:
    first = checked(root, "--cache-dir", "../mine")
    assert kept(root) == []
    assert len(list((root.parent / "mine/outcomes").iterdir())) == 1
    assert told(checked(root, "--cache-dir", "../mine")) == told(first)
    both = checked(root, "--cache-dir", "../mine", "--no-cache")
    assert (both.status, both.err) == (
        2,
        "disarm-lint: --cache-dir cannot be combined with --no-cache\n",
    )
    empty = checked(root, "--cache-dir", "")
    assert empty.err == "disarm-lint: --cache-dir names no folder (is the variable in it set?)\n"


@pytest.mark.skipif(os.name != "posix", reason="links and named pipes")
def test_a_cache_folder_is_not_where_a_link_of_the_repository_leads(root: Path) -> None:
    (root.parent / "elsewhere").mkdir()
    (root / "mine").symlink_to("../elsewhere")
    done = checked(root, "--cache-dir", "mine")
    assert done.err.startswith("disarm-lint: --cache-dir: “mine” lies in the repository or folder")
    assert list((root.parent / "elsewhere").iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="named pipes")
def test_a_named_pipe_among_what_is_kept_is_not_waited_for(tmp_path: Path) -> None:
    store = Store(tmp_path / "store", 8, 1 << 20)
    store.write("key", b"what is kept")
    assert store.read("key") == b"what is kept"
    file = tmp_path / "store/key.bin"
    file.unlink()
    os.mkfifo(file)
    assert store.read("key") is None


# Prints what was opened or listed below the corpus, and each variable that was read.
WATCH = """
import os, sys
top, seen, names = sys.argv.pop(1), set(), set()
class Watched(dict):
    def _note(self, name):
        names.add(name)
    def get(self, name, default=None):
        self._note(name); return dict.get(self, name, default)
    def __getitem__(self, name):
        self._note(name); return dict.__getitem__(self, name)
    def __contains__(self, name):
        self._note(name); return dict.__contains__(self, name)
def hook(event, args):
    if busy: return
    if event in ("open", "os.listdir", "os.scandir") and isinstance(args[0], (str, bytes)):
        path = os.path.join(os.getcwd(), os.fsdecode(args[0]))
        if path.startswith(top):
            seen.add(os.path.normpath(path))
busy = []
sys.addaudithook(hook)
from disarm_lint.cli.main import main
from disarm_lint.sources import filesystem
# A name in a folder that is held open says nothing of the folder.
below = filesystem._open_below
def open_below(boundary, path):
    seen.add(path); busy.append(path)
    try: return below(boundary, path)
    finally: busy.pop()
filesystem._open_below = open_below
os.environ = Watched(os.environ)
status = main(sys.argv[1:])
for path in sorted(seen): print("SAW", path, file=sys.stderr)
for name in sorted(names): print("VAR", name, file=sys.stderr)
sys.exit(status)
"""
# What the test's own machinery, or the search for the cache folder, may read.
OWN = {"DISARM_LINT_DEBUG", "XDG_CACHE_HOME", "TMPDIR", "TEMP", "TMP"}
# What libraries read: for the help of commands, which is not kept, or in vain.
THEIRS = {"ANDROID_DATA", "COLUMNS", "LANGUAGE", "LC_MESSAGES", "LINES", "RUAMEL_DEBUG"}


def test_all_that_a_run_reads_is_noted(tmp_path: Path) -> None:
    root = tmp_path / "corpus"
    write_files(root, mini_master.files())
    write_files(root, {"generated_files/techniques_ids.csv": "T0001,T0002\n"})
    write_files(root, {"docs/new.md": "# New\n", ".disarm-lint.yaml": "include: ['docs/*']\n"})
    write_files(root, {".disarm-lint-baseline.yaml": "schema_version: 2\nentries: []\n"})
    page = next(root.glob("generated_pages/**/T*.md"))
    page.write_text(page.read_text() + "\nSee [new](../../docs/new.md) (T0999: Gone).\n")
    extra = {"XDG_CACHE_HOME": str(tmp_path / "cache"), **GIT}
    done = run(str(root), cwd=root, code=WATCH, extra=extra)
    assert done.status == 1, done.err
    saw = {line[4:] for line in done.err.splitlines() if line.startswith("SAW ")}
    assert str(page) in saw
    (file,) = kept(root)
    store = Store(file.parent, 64, 128_000_000)
    witness = json.loads(store.read(file.stem) or b"")["witness"]
    noted = {path for what, path, *_ in witness["disk"] if what in ("read", "folders")}
    walked = set()
    for top, questions in witness["trees"].items():
        noted |= {os.path.normpath(f"{top}/{path}") for _, path, *_ in questions}
        walked |= {
            os.path.normpath(f"{top}/{path}") for what, path, *_ in questions if what == "walk"
        }
    folders = {path for path in saw - noted if Path(path).is_dir()}
    assert {path for path in saw - noted if not Path(path).is_dir()} == set()
    assert all(any(path.startswith(place) for place in walked) for path in folders)
    names = {line[4:] for line in done.err.splitlines() if line.startswith("VAR ")}
    assert "LC_ALL" in names
    ours = {name for name in names if not name.startswith("GIT_")}
    assert ours - {*VARIABLES, *OWN, *THEIRS} == set()
