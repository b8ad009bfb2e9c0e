"""A hook looks at nothing twice: not at a commit that it linted, nor at files that nobody reads."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path

import pytest

from disarm_lint.sources.store import Store
from support.cli import PAGES, Result, write_corpus
from support.git import Repo

pytestmark = pytest.mark.program("git")

PAGE = "generated_pages/incidents/I00001.md"
NOTHING = "disarm-lint: nothing to check: no file that is linted has changed\n"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    repo = Repo.create(tmp_path / "repo")
    repo.extra["XDG_CACHE_HOME"] = str(tmp_path / "cache")
    write_corpus(repo.folder)
    (repo.folder / "README.md").write_text("About.\n")
    (repo.folder / "notes.txt").write_text("Notes.\n")
    repo.commit("Release")
    return repo


def repo_lint(repo: Repo, *arguments: str) -> Result:
    return repo.lint(*arguments, **repo.extra)


def stage(repo: Repo, path: str, text: str) -> None:
    file = repo.folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    repo.git("add", "-A")


def cache(repo: Repo) -> list[Path]:
    return sorted((repo.folder.parent / "cache/disarm-lint/commits").glob("*"))


def plant(file: Path, text: bytes = b"[]") -> None:
    """Keep another text in the place of an outcome, in the form in which it would be kept."""
    Store(file.parent, 32, 1 << 20).write(file.stem, text)


def outcome(done: Result) -> tuple[int, bytes, bytes]:
    return done.status, done.raw, done.raw_errors


def test_a_file_that_is_not_read_needs_no_check(repo: Repo) -> None:
    stage(repo, "README.md", "About it.\n")
    done = repo_lint(repo, "--staged")
    assert (done.status, done.out, done.err) == (0, "", NOTHING)
    done = repo_lint(repo, "--staged", "--output-format", "json")
    assert (done.status, done.err) == (0, NOTHING)
    assert json.loads(done.out)["findings"] == []


def untouched(repo: Repo) -> tuple[Result, bool]:
    """Return what a hook says, and whether it said so without loading a rule."""
    done = repo.lint("--staged", **repo.extra, PYTHONPROFILEIMPORTTIME="1")
    return done, "disarm_rules" not in done.err


def test_a_hook_asks_git_alone_once_it_knows_what_is_read(repo: Repo) -> None:
    for number in range(3):
        stage(repo, "README.md", f"About it, {number}.\n")
        done, quick = untouched(repo)
        assert (done.status, done.out, NOTHING in done.err) == (0, "", True)
        assert quick == bool(number)
        repo.commit("Edit")
    for path in ("generated_pages/techniques/T0002.md", "generated_pages/incidents/I00001.md"):
        stage(repo, path, "# Technique T0002: Another\n")
        assert NOTHING not in untouched(repo)[0].err
        repo.git("reset", "--hard", "-q")


def test_what_a_hook_knew_ends_with_the_names_of_files_and_the_configuration(repo: Repo) -> None:
    stage(repo, "README.md", "About it.\n")
    assert NOTHING in repo_lint(repo, "--staged").err
    repo.commit("Edit")
    stage(repo, ".disarm-lint.yaml", "include: ['*.txt']\n")
    repo.commit("Configure")
    stage(repo, "notes.txt", "Boats (T0001: Reel Name).\n")
    assert "N401" in repo_lint(repo, "--staged", "--output-format", "concise").out
    repo.git("reset", "--hard", "-q")
    stage(repo, "more.txt", "More.\n")
    repo.commit("Add")
    stage(repo, "more.txt", "Boats (T0001: Reel Name).\n")
    assert "N401" in repo_lint(repo, "--staged", "--output-format", "concise").out


@pytest.mark.parametrize("damage", [b"", b"noise", b"[[1, 2, 3]]"])
def test_what_a_hook_knew_may_be_damaged(repo: Repo, damage: bytes) -> None:
    stage(repo, "README.md", "About it.\n")
    whole = outcome(repo_lint(repo, "--staged"))
    folder = repo.folder.parent / "cache/disarm-lint/stages"
    (file,) = folder.iterdir()
    for data in (damage, b"disarm-lint cache 1\n" + sha256(damage).digest() + damage):
        file.write_bytes(data)
        assert outcome(repo_lint(repo, "--staged")) == whole


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("generated_pages/techniques/T0002.md", "# Technique T0002: Another\n"),
        # A link may lead there now, or no longer.
        ("docs/new.md", "New.\n"),
        (".disarm-lint.yaml", "select: [N401]\n"),
        ("pyproject.toml", "[tool.disarm-lint]\n"),
    ],
)
def test_what_may_count_is_checked(repo: Repo, path: str, text: str) -> None:
    stage(repo, path, text)
    assert NOTHING not in repo_lint(repo, "--staged").err


def test_a_file_that_the_configuration_includes_is_checked(repo: Repo) -> None:
    stage(repo, ".disarm-lint.yaml", "include: [README.md]\n")
    repo.commit("Configure")
    stage(repo, "README.md", "Boats (T0001: Reel Name).\n")
    done = repo_lint(repo, "--staged", "--output-format", "concise")
    assert done.status == 1
    assert "README.md:1:15: E N401" in done.out


def test_a_commit_is_linted_once(repo: Repo) -> None:
    stage(repo, PAGE, PAGES["incidents/I00001.md"] + "\nAlso (T0001: Rael Name).\n")
    first = repo_lint(repo, "--staged", "--output-format", "concise")
    assert first.status == 1
    assert [line for line in first.lines if "Rael" in line or "Reel" in line] == first.lines[:1]
    # The commit, and what is staged: the next commit.
    before = [file.read_bytes() for file in cache(repo)]
    assert len(before) == 2
    again = repo_lint(repo, "--staged", "--output-format", "concise")
    assert outcome(again) == outcome(first)
    assert [file.read_bytes() for file in cache(repo)] == before


def test_what_a_hook_has_linted_is_known_once_it_is_committed(repo: Repo) -> None:
    stage(repo, PAGE, PAGES["incidents/I00001.md"] + "\nAlso (T0001: Rael Name).\n")
    repo_lint(repo, "--staged")
    known = cache(repo)
    repo.commit("Edit")
    stage(repo, PAGE, PAGES["incidents/I00001.md"] + "\nAlso (T0002: Othar Name).\n")
    done = repo_lint(repo, "--staged", "--output-format", "concise")
    assert "Othar" in done.out
    assert "Reel" not in done.out
    assert len(cache(repo)) == len(known) + 1
    # A list without findings in its place: all that is found is new.
    for file in known:
        plant(file)
    assert "Reel" in repo_lint(repo, "--staged", "--output-format", "concise").out


def test_a_hook_that_sees_a_part_keeps_no_list_of_it(repo: Repo) -> None:
    stage(repo, PAGE, PAGES["incidents/I00001.md"] + "\nAlso (T0001: Rael Name).\n")
    repo_lint(repo, "--staged", PAGE)
    assert len(cache(repo)) == 1


def test_a_configuration_above_the_repository_is_not_in_its_commits(repo: Repo) -> None:
    (repo.folder.parent / ".disarm-lint.yaml").write_text("select: [N401]\n")
    stage(repo, PAGE, PAGES["incidents/I00001.md"] + "\nAlso (T0001: Rael Name).\n")
    assert repo_lint(repo, "--staged").status == 1
    assert cache(repo) == []


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[1]", b'["x"]', b'{"a": 1}', b"\xff" * 99, b"[" * 100_000],
    ids=["empty", "cut", "numbers", "words", "object", "noise", "deep"],
)
def test_a_damaged_cache_changes_nothing(repo: Repo, damage: bytes) -> None:
    stage(repo, PAGE, PAGES["incidents/I00001.md"] + "\nAlso (T0001: Rael Name).\n")
    first = repo_lint(repo, "--staged")
    for write in (plant, Path.write_bytes):
        for kept in cache(repo):
            write(kept, damage)
        assert outcome(repo_lint(repo, "--staged")) == outcome(first)
        assert all(json.loads(kept.read_bytes()[52:]) for kept in cache(repo))


@pytest.mark.parametrize("bits", [0o770, 0o707])
def test_a_folder_that_others_may_write_to_does_not_count(repo: Repo, bits: int) -> None:
    stage(repo, PAGE, PAGES["incidents/I00001.md"] + "\nAlso (T0001: Rael Name).\n")
    first = repo_lint(repo, "--staged")
    for kept in cache(repo):
        plant(kept)
    assert "Reel" in repo_lint(repo, "--staged", "--output-format", "concise").out
    cache(repo)[0].parent.chmod(bits)
    assert outcome(repo_lint(repo, "--staged")) == outcome(first)


def test_what_was_found_on_another_day_does_not_count(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage(repo, PAGE, PAGES["incidents/I00001.md"] + "\nAlso (T0001: Rael Name).\n")
    repo_lint(repo, "--staged")
    known = {file.name for file in cache(repo)}
    clock = repo.folder.parent / "clock"
    clock.mkdir()
    (clock / "sitecustomize.py").write_text(
        "import datetime\n"
        "class date(datetime.date):\n"
        "    today = classmethod(lambda own: own(2031, 1, 1))\n"
        "datetime.date = date\n"
    )
    path = os.pathsep.join([str(clock), *filter(None, [os.environ.get("PYTHONPATH")])])
    repo.extra["PYTHONPATH"] = path
    repo_lint(repo, "--staged")
    assert len({file.name for file in cache(repo)} - known) == 2


def test_a_cache_that_cannot_be_written_changes_nothing(repo: Repo) -> None:
    stage(repo, PAGE, PAGES["incidents/I00001.md"] + "\nAlso (T0001: Rael Name).\n")
    (repo.folder.parent / "cache").write_text("a file in its place")
    first = repo_lint(repo, "--staged")
    assert first.status == 1
    assert outcome(repo_lint(repo, "--staged")) == outcome(first)


def test_no_list_in_the_repository_counts(repo: Repo) -> None:
    stage(repo, PAGE, PAGES["incidents/I00001.md"] + "\nAlso (T0001: Rael Name).\n")
    first = repo_lint(repo, "--staged")
    for kept in cache(repo):
        stage(repo, f"disarm-lint/{kept.name}", "[]")
        stage(repo, f".disarm-lint-cache/{kept.name}", "[]")
        for folder in (repo.folder, repo.folder / ".git"):
            (folder / "disarm-lint" / "commits").mkdir(parents=True, exist_ok=True)
            (folder / "disarm-lint" / "commits" / kept.name).write_text("[]")
        kept.unlink()
    again = repo_lint(repo, "--staged")
    assert (again.status, again.out) == (first.status, first.out)


def test_a_cache_that_lies_in_the_repository_is_not_used(repo: Repo) -> None:
    stage(repo, PAGE, PAGES["incidents/I00001.md"] + "\nAlso (T0001: Rael Name).\n")
    first = repo_lint(repo, "--staged")
    folder = repo.folder / ".cache/disarm-lint/commits"
    folder.mkdir(parents=True)
    # What CI servers do: the cache lies in the checkout, and a stranger may have filled it.
    names = [kept.name for kept in cache(repo)]
    repo.extra["XDG_CACHE_HOME"] = str(repo.folder / ".cache")
    for name in names:
        (folder / name).write_text("[]")
    assert outcome(repo_lint(repo, "--staged")) == outcome(first)
    assert [(folder / name).read_text() for name in names] == ["[]"] * len(names)


def test_other_options_are_other_outcomes(repo: Repo) -> None:
    stage(repo, PAGE, PAGES["incidents/I00001.md"] + "\nAlso (T0001: Rael Name).\n")
    repo_lint(repo, "--staged")
    repo_lint(repo, "--staged", "--select", "N401")
    repo_lint(repo, "--staged", "--include-orphans")
    assert len(cache(repo)) == 6


def test_no_more_than_some_commits_are_remembered(repo: Repo) -> None:
    stage(repo, PAGE, PAGES["incidents/I00001.md"] + "\nAlso (T0001: Rael Name).\n")
    repo_lint(repo, "--staged")
    both = cache(repo)
    for number in range(60):
        both[0].with_name(f"{number:032x}.bin").write_bytes(b"[]")
    for kept in both:
        kept.unlink()
    repo_lint(repo, "--staged")
    assert len(cache(repo)) == 32
    assert set(both) <= set(cache(repo))
