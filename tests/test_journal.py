"""Files that are written together: all are new or all are old, whenever the run ends."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook

import disarm_lint.sources.journal as module
from disarm_lint.sources.journal import (
    JOURNAL,
    BadJournal,
    Busy,
    ChangedMeanwhile,
    FileChange,
    Unwritable,
    finish_interrupted,
    is_interrupted,
    write_together,
)
from support.cli import environment, lint, write_corpus, write_files
from support.mini_master import DATA, files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# How often a run is killed at random; a nightly run may ask for hundreds.
KILLS = int(os.environ.get("DISARM_LINT_KILLS", "24"))

OLD: dict[str, bytes | None] = {
    "pages/a.md": b"old a\n",
    "pages/b.md": b"old b\n" * 5000,
    "data/m.xlsx": os.urandom(200_000),
    "pages/new/c.md": None,
    "pages/gone.md": b"old gone\n",
}
NEW: dict[str, bytes | None] = {
    "pages/a.md": b"new a\n",
    "pages/b.md": b"new b\n",
    "data/m.xlsx": os.urandom(300_000),
    "pages/new/c.md": b"new c\n",
    "pages/gone.md": None,
}


def change(old: dict[str, bytes | None], new: dict[str, bytes | None]) -> dict[str, FileChange]:
    return {path: FileChange(old[path], new[path]) for path in old}


def state(root: Path) -> dict[str, bytes | None]:
    """Return what the files of a root hold; the journal, and what else lies there, included."""
    found: dict[str, bytes | None] = dict.fromkeys(OLD)
    for path in root.rglob("*"):
        if path.is_file():
            found[path.relative_to(root).as_posix()] = path.read_bytes()
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    write_files(folder, {path: data for path, data in OLD.items() if data is not None})
    return folder


def test_all_files_are_written_and_keep_their_modes(root: Path) -> None:
    (root / "pages/a.md").chmod(0o640)
    write_together(root, change(OLD, NEW))
    assert state(root) == NEW
    assert (root / "pages/a.md").stat().st_mode & 0o777 == 0o640
    assert not is_interrupted(root)
    write_together(root, change(NEW, OLD))
    assert state(root) == OLD


def test_a_file_that_a_person_changed_stops_all(root: Path) -> None:
    (root / "pages/b.md").write_bytes(b"a person's\n")
    with pytest.raises(ChangedMeanwhile, match=r"pages/b\.md"):
        write_together(root, change(OLD, NEW))
    assert state(root) == {**OLD, "pages/b.md": b"a person's\n"}


def failing(monkeypatch: pytest.MonkeyPatch, number: int, act: Callable[[], object]) -> None:
    """Let something happen right before the file of a number is put in its place."""
    original = module._Journal.put_in_place
    count = iter(range(100))

    def put_in_place(self: Any, entry: Any) -> None:
        if next(count) == number:
            act()
        original(self, entry)

    monkeypatch.setattr(module._Journal, "put_in_place", put_in_place)


def contents(place: Path) -> dict[str, bytes]:
    """Return what a file, or each file below a folder, holds."""
    return {str(path): path.read_bytes() for path in (place, *place.rglob("*")) if path.is_file()}


def swap_for_link(place: Path, outside: Path) -> dict[str, bytes]:
    """Put a link in the place of a file or folder, which goes to where the link leads.

    Returns what lies there.
    """
    if place.exists():
        place.rename(outside)
    else:
        outside.write_bytes(b"theirs\n")
    place.symlink_to(outside)
    return contents(outside)


@pytest.mark.parametrize("swapped", ["pages", "pages/a.md", "pages/b.md", "pages/gone.md", "data"])
@pytest.mark.parametrize("number", range(-1, len(OLD)))
def test_nothing_is_written_through_a_link_that_comes_meanwhile(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, swapped: str, number: int
) -> None:
    """At any moment: before what is written is looked at again, or right before it is written."""
    outside, found = tmp_path / "outside", []

    def act() -> None:
        found.append(swap_for_link(root / swapped, outside))

    if number < 0:
        original = module._resolve

        def resolve(*arguments: Any) -> Any:
            wanted = original(*arguments)
            act()
            return wanted

        monkeypatch.setattr(module, "_resolve", resolve)
    else:
        failing(monkeypatch, number, act)
    with contextlib.suppress(ChangedMeanwhile, Unwritable):
        write_together(root, change(OLD, NEW))
    assert [contents(outside)] == found


@pytest.mark.parametrize("place", ["journal", "folder"])
def test_a_run_that_is_finished_writes_through_no_link(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    interrupted(root)
    outside = tmp_path / "outside"
    swapped = root / (JOURNAL if place == "journal" else "pages")
    original = module._Journal.check_staged

    def check_staged(self: Any, entries: Any) -> None:
        original(self, entries)
        swap_for_link(swapped, outside)
        (outside / "theirs").write_bytes(b"theirs\n")

    monkeypatch.setattr(module._Journal, "check_staged", check_staged)
    if place == "folder":
        before = {path.name: path.read_bytes() for path in swapped.iterdir() if path.is_file()}
        with pytest.raises(Unwritable, match="a link, or a file, took the place of its folder"):
            finish_interrupted(root)
        after = {path.name: path.read_bytes() for path in outside.iterdir() if path.is_file()}
        assert after == {**before, "theirs": b"theirs\n"}
    else:
        finish_interrupted(root)
        assert (outside / "theirs").read_bytes() == b"theirs\n"


def interrupt() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("number", range(len(OLD)))
def test_an_interrupt_takes_back_what_was_written(
    root: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    failing(monkeypatch, number, interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_together(root, change(OLD, NEW))
    assert state(root) == OLD


def test_what_a_person_changes_while_files_are_written_stays(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, 1, lambda: (root / "pages/gone.md").write_bytes(b"a person's\n"))
    with pytest.raises(ChangedMeanwhile, match=r"pages/gone\.md"):
        write_together(root, change(OLD, NEW))
    assert state(root) == {**OLD, "pages/gone.md": b"a person's\n"}


# A process that writes the new files, then the old ones, and so on. With a number it kills itself
# when Python asks the system for the thing of that number: while it writes the new files, while it
# finishes what another has left, or while it takes back what it wrote before an interrupt.
WRITER = """
import os, pickle, signal, sys
from pathlib import Path
import disarm_lint.sources.journal as module
from disarm_lint.sources.journal import FileChange, finish_interrupted, write_together
root = Path(sys.argv[1])
what = sys.argv[2]
old, new = pickle.loads(sys.stdin.buffer.read())
changes = {path: FileChange(old[path], new[path]) for path in old}
back = {path: FileChange(new[path], old[path]) for path in old}
left = [-1]
def count(event, arguments):
    # To open a folder or a file to read it leaves nothing behind.
    reads = event == "open" and not arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if left[0] >= 0 and not reads and event.startswith(("os.", "open", "shutil.", "fcntl.")):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(count)
def start():
    left[0] = int(sys.argv[3])
if what == "write":
    start()
    write_together(root, changes)
elif what == "finish":
    start()
    finish_interrupted(root)
elif what == "undo":
    original = module._Journal.put_in_place
    placed = []
    def put_in_place(journal, entry):
        original(journal, entry)
        placed.append(entry)
        if len(placed) == 4:
            start()
            raise KeyboardInterrupt
    module._Journal.put_in_place = put_in_place
    try:
        write_together(root, changes)
    except KeyboardInterrupt:
        pass
else:
    print("ready", flush=True)
    while True:
        write_together(root, changes)
        write_together(root, back)
"""


def start_writer(root: Path, *arguments: str) -> subprocess.Popen[bytes]:
    import pickle

    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(root), *arguments],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert writer.stdin is not None
    writer.stdin.write(pickle.dumps((OLD, NEW)))
    writer.stdin.close()
    return writer


def kill_at_every_step(root: Path, tmp_path: Path, what: str) -> list[bool]:
    """Kill a process at each of its steps in turn, and tell at which the files end as new ones."""
    ends = []
    for number in range(1000):
        here = tmp_path / what / str(number)
        shutil.copytree(root, here)
        if what == "finish":
            interrupted(here)
        with start_writer(here, what, str(number)) as writer:
            status = writer.wait(60)
        finish_interrupted(here)
        found = state(here)
        assert found in (OLD, NEW), number
        ends.append(found == NEW)
        shutil.rmtree(here)
        if status == 0:
            return ends
        assert status == -signal.SIGKILL
    raise AssertionError("it never came to its end")


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")


@needs_fork
def test_killed_at_every_step_the_files_are_all_old_or_all_new(root: Path, tmp_path: Path) -> None:
    ends = kill_at_every_step(root, tmp_path, "write")
    # Once the new state is reached, no later end brings the old one back.
    assert ends == sorted(ends)
    assert ends.count(False) > 10
    assert ends.count(True) > 10


@needs_fork
def test_killed_while_it_finishes_a_run_the_next_one_does(root: Path, tmp_path: Path) -> None:
    ends = kill_at_every_step(root, tmp_path, "finish")
    assert len(ends) > 10
    assert all(ends)


@needs_fork
def test_killed_while_it_takes_files_back_they_are_all_old_or_all_new(
    root: Path, tmp_path: Path
) -> None:
    ends = kill_at_every_step(root, tmp_path, "undo")
    assert len(ends) > 10
    assert ends[0]
    assert not ends[-1]


@needs_fork
def test_killed_at_a_random_moment_the_files_are_all_old_or_all_new(root: Path) -> None:
    chance = random.Random(KILLS)
    left_behind = 0
    for _ in range(KILLS):
        # The old state may be that of the last round's end.
        before = state(root)
        if before == NEW:
            write_together(root, change(NEW, OLD))
        with start_writer(root, "forever") as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
            time.sleep(chance.uniform(0, 0.05))
            writer.kill()
        left_behind += is_interrupted(root)
        finish_interrupted(root)
        assert state(root) in (OLD, NEW)
    assert left_behind


def test_two_runs_do_not_write_at_once(root: Path) -> None:
    pytest.importorskip("fcntl")
    (root / JOURNAL).mkdir()
    with pytest.raises(Busy):
        write_together(root, change(OLD, NEW))
    assert finish_interrupted(root) == ()
    assert state(root) == OLD
    write_together(root, change(OLD, NEW))
    assert state(root) == NEW


def interrupted(root: Path, number: int = 2) -> None:
    """Leave the journal of a run that was killed before it wrote the file of a number."""
    process = os.fork()
    if not process:
        original = module._Journal.put_in_place
        count = iter(range(100))

        def put_in_place(self: Any, entry: Any) -> None:
            if next(count) == number:
                os.kill(os.getpid(), signal.SIGKILL)
            original(self, entry)

        module._Journal.put_in_place = put_in_place  # type: ignore[method-assign]
        write_together(root, change(OLD, NEW))
        os._exit(0)
    os.waitpid(process, 0)
    assert is_interrupted(root)


@needs_fork
def test_an_interrupted_run_is_finished(root: Path) -> None:
    interrupted(root)
    assert state(root) not in (OLD, NEW)
    assert finish_interrupted(root) == tuple(sorted(OLD))
    assert state(root) == NEW
    assert finish_interrupted(root) == ()


@needs_fork
def test_one_that_git_has_taken_back_is_forgotten(root: Path) -> None:
    interrupted(root)
    for path, data in OLD.items():
        (root / path).unlink(missing_ok=True)
        if data is not None:
            (root / path).write_bytes(data)
    assert finish_interrupted(root) == ()
    assert state(root) == OLD


@needs_fork
def test_what_a_person_changed_since_is_not_undone(root: Path) -> None:
    interrupted(root)
    (root / "pages/b.md").write_bytes(b"a person's\n")
    before = state(root)
    with pytest.raises(BadJournal, match=r"^“pages/b\.md” has been changed since$"):
        finish_interrupted(root)
    assert state(root) == before


@needs_fork
def test_a_copy_of_a_journal_counts_for_nothing(root: Path, tmp_path: Path) -> None:
    interrupted(root)
    copy = tmp_path / "copy"
    shutil.copytree(root, copy)
    before = state(copy)
    with pytest.raises(BadJournal, match=r"^it was not written here, but copied$"):
        finish_interrupted(copy)
    assert state(copy) == before


def forge(root: Path, *entries: dict[str, Any], staged: bytes = b"theirs\n") -> Path:
    """Write a journal as a stranger would who even knows the number that its file will have."""
    folder = root / JOURNAL
    folder.mkdir()
    (folder / "0").write_bytes(staged)
    place = folder / "files.json"
    place.touch()
    data = {"version": 1, "number": place.stat().st_ino, "files": list(entries)}
    place.write_text(json.dumps(data), "utf-8")
    return folder


def entry(path: str, old: bytes | None = None, new: bytes | None = b"theirs\n") -> dict[str, Any]:
    digests = [None if data is None else sha256(data).hexdigest() for data in (old, new)]
    return {"path": path, "old": digests[0], "new": digests[1], "staged": "0"}


# One file that seems to be written already, so that the rest is to be.
DONE = entry("pages/a.md", b"what it never was", b"old a\n")


@pytest.mark.parametrize(
    "path",
    [
        "../outside.md",
        "/etc/outside.md",
        "pages/../../outside.md",
        "pages//d.md",
        "./d.md",
        "",
        ".git/hooks/pre-commit",
        ".GIT/hooks/pre-commit",
        ".g\u200cit/hooks/pre-commit",
        "git~1/hooks/pre-commit",
        ".git./hooks/pre-commit",
        "pages/.git/config",
        "node_modules/x.js",
        f"{JOURNAL}/0",
        "linked/d.md",
        "pages/link.md",
        "pages/\0.md",
    ],
)
@pytest.mark.parametrize("delete", [False, True])
def test_a_forged_journal_writes_and_deletes_nothing_elsewhere(
    root: Path, tmp_path: Path, path: str, delete: bool
) -> None:
    outside = tmp_path / "outside"
    write_files(outside, {"d.md": "ours\n"})
    (tmp_path / "outside.md").write_text("ours\n")
    (root / "linked").symlink_to(outside)
    (root / "pages/link.md").symlink_to(outside / "d.md")
    forged = entry(path, b"ours\n", None) if delete else entry(path, b"ours\n")
    forge(root, DONE, forged)
    before = state(tmp_path)
    with pytest.raises(BadJournal):
        finish_interrupted(root)
    assert state(tmp_path) == before


@pytest.mark.parametrize(
    ("forged", "message"),
    [
        ([DONE, entry("pages/b.md", b"what it never was")], "“pages/b.md” has been changed since"),
        ([DONE, entry("pages/b.md", OLD["pages/b.md"], b"other")], "it is damaged"),
        ([DONE, DONE], "it is damaged"),
        ([DONE, {**entry("d.md"), "staged": "../../d.md"}], "it is damaged"),
        ([DONE, {**entry("d.md"), "staged": "files.json"}], "it is damaged"),
        ([DONE, {**entry("d.md"), "staged": "7"}], "it is damaged"),
        ([DONE, {**entry("d.md"), "path": 7}], "it is damaged"),
        ([DONE, {**entry("d.md"), "more": 7}], "it is damaged"),
        ([DONE, {**entry("d.md"), "new": None}], "it is damaged"),
        ([DONE, "d.md"], "it is damaged"),
    ],
)
def test_a_forged_journal_undoes_nothing(root: Path, forged: Any, message: str) -> None:
    forge(root, *forged)
    before = state(root)
    with pytest.raises(BadJournal) as told:
        finish_interrupted(root)
    assert str(told.value) == message
    assert state(root) == before


@pytest.mark.parametrize("content", ["", "[" * 100_000, "{}", '{"version": 2}', "\udcff", "[]"])
def test_a_damaged_list_is_refused(root: Path, content: str) -> None:
    folder = forge(root)
    (folder / "files.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(BadJournal, match=r"^it is damaged$"):
        finish_interrupted(root)
    assert folder.is_dir()


def test_what_is_no_folder_of_ours_is_left_alone(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    write_files(outside, {"0": "ours\n", "files.json": "{}"})
    journal = root / JOURNAL
    journal.symlink_to(outside)
    with pytest.raises(BadJournal, match=r"^it is not a folder$"):
        finish_interrupted(root)
    with pytest.raises(Busy):
        write_together(root, change(OLD, NEW))
    journal.unlink()
    journal.mkdir()
    for name, make in (
        ("notes.txt", lambda place: place.write_text("mine")),
        ("0", lambda place: place.symlink_to(outside / "0")),
        ("files.json", lambda place: os.mkfifo(place)),
    ):
        make(journal / name)
        with pytest.raises(
            BadJournal, match=r"^it holds something that disarm-lint did not put there$"
        ):
            finish_interrupted(root)
        (journal / name).unlink()
    assert (outside / "0").read_text() == "ours\n"


def test_links_are_followed_below_the_root_alone(root: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.md").write_bytes(b"old\n")
    (root / "out.md").symlink_to(tmp_path / "outside.md")
    (root / "in.md").symlink_to(root / "pages/a.md")
    with pytest.raises(Unwritable) as told:
        write_together(root, {"out.md": FileChange(b"old\n", b"new\n")})
    assert told.value.reason == "it lies outside of the corpus, or is a link that leads there"
    write_together(root, {"in.md": FileChange(OLD["pages/a.md"], b"new\n")})
    assert (root / "in.md").is_symlink()
    assert (root / "pages/a.md").read_bytes() == b"new\n"
    with pytest.raises(Unwritable) as told:
        write_together(
            root,
            {"in.md": FileChange(b"new\n", b"1\n"), "pages/a.md": FileChange(b"new\n", b"2\n")},
        )
    assert told.value.reason == "another file of the corpus is a link to it"


@pytest.mark.skipif(os.name == "nt" or not os.geteuid(), reason="needs permissions that bind")
def test_a_folder_that_cannot_be_written_is_told(root: Path) -> None:
    root.chmod(0o500)
    try:
        with pytest.raises(Unwritable) as told:
            write_together(root, change(OLD, NEW))
        assert (told.value.path, told.value.reason) == (JOURNAL, "permission denied")
    finally:
        root.chmod(0o700)
    assert state(root) == OLD


def broken_master(root: Path) -> None:
    """Write a corpus of which a cell, and the pages that show it, have a wrong name."""
    write_files(root, files())
    book = load_workbook(root / DATA)
    cell = book["incidenttechniques"]["B2"]
    right = str(cell.value)
    wrong = right.replace("Asset", "Aset")
    cell.value = wrong
    book.save(root / DATA)
    for page in root.rglob("*.md"):
        page.write_text(page.read_text("utf-8").replace(right, wrong), "utf-8")


@needs_fork
def test_fix_that_is_killed_leaves_workbook_and_pages_in_agreement(tmp_path: Path) -> None:
    original, fixed = tmp_path / "original", tmp_path / "fixed"
    broken_master(original)
    shutil.copytree(original, fixed)
    start = time.monotonic()
    assert lint("fix", "--select", "N401", cwd=fixed).status == 0
    took = time.monotonic() - start
    old, new = state(original), state(fixed)
    assert old != new
    chance = random.Random(KILLS)
    for _ in range(max(2, KILLS // 8)):
        here = tmp_path / "here"
        shutil.copytree(original, here)
        with subprocess.Popen(
            [sys.executable, "-m", "disarm_lint", "fix", "--select", "N401"],
            cwd=here,
            env=environment(),
            stdout=subprocess.DEVNULL,
        ) as run:
            time.sleep(chance.uniform(took / 2, took))
            run.kill()
        finish_interrupted(here)
        assert state(here) in (old, new)
        shutil.rmtree(here)


@needs_fork
def test_the_next_start_finishes_and_check_tells(tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "corpus")
    page = root / "generated_pages/techniques/T0002.md"
    write_files(root, {path: data for path, data in OLD.items() if data is not None})
    interrupted(root)
    half = state(root)
    warning = (
        f"disarm-lint: a run that wrote files was interrupted (“{JOURNAL}”): some may be new and "
        "others old; `disarm-lint fix` finishes it\n"
    )
    assert lint("check", cwd=root).err == warning
    assert lint("fix", "--diff", cwd=root).err == warning
    assert state(root) == half
    done = lint("fix", cwd=root)
    assert done.status == 0
    assert done.err == ("disarm-lint: finished a run that was interrupted while it wrote 5 files\n")
    assert {path: state(root)[path] for path in NEW} == NEW
    assert "Reel Name" not in page.read_text("utf-8")
    assert not is_interrupted(root)


def test_a_journal_that_cannot_be_used_is_one_line(tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "corpus")
    forge(root, entry("../outside.md"))
    before = state(root)
    for command in (["fix"], ["check", "--fix"]):
        done = lint(*command, cwd=root)
        assert (done.status, done.out) == (2, "")
        assert done.err == (
            f"disarm-lint: “{JOURNAL}” was left by an interrupted run and cannot be used: it "
            "names “../outside.md”, where disarm-lint writes nothing; look through the files of "
            "the corpus, delete that folder, and run this again\n"
        )
    assert state(root) == before
