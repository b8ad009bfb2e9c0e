"""A commit as a tree of files: as a checkout of it would be."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from disarm_lint.sources.commit import GitTree, TreeSnapshot, list_commit, list_index
from disarm_lint.sources.filesystem import DiskTree, Unreadable
from disarm_lint.sources.git import Blobs, GitError, find_repository
from support.git import GIT, Repo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from disarm_lint.sources.filesystem import Tree

LIMIT = 1_000_000


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in [key for key in os.environ if key.startswith("GIT_")]:
        monkeypatch.delenv(key)
    for key, value in GIT.items():
        monkeypatch.setenv(key, value)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo.create(tmp_path / "repo")


@contextmanager
def tree_of(repo: Repo, prefix: str = "", revision: str = "HEAD") -> Iterator[GitTree]:
    repository = find_repository(repo.folder)
    with Blobs(repository.git) as blobs:
        listing = list_commit(repository.git, repository.commit(revision))
        yield GitTree(TreeSnapshot(listing, blobs), prefix)


def seen(tree: Tree) -> list[tuple[str, str]]:
    """Return the files below a tree with their contents, and what is unreadable, with why."""
    found = []
    for item in tree.walk(""):
        if isinstance(item, Unreadable):
            found.append((item.path, item.reason))
            continue
        try:
            found.append((item, tree.read(item, LIMIT).decode("utf-8", "replace")))
        except Unreadable as problem:
            found.append((problem.path, problem.reason))
    return found


def test_a_commit_is_as_its_checkout(repo: Repo) -> None:
    repo.write({"a/b/c.md": "one", "a/z.md": "two", "b.md": "", "a.md": "\x00\r\n", ".md": "x"})
    repo.commit()
    with tree_of(repo) as tree:
        assert seen(tree) == seen(DiskTree(repo.folder))
        for folder in ("", ".", "a", "a/b", "a/b/c.md", "c"):
            names = DiskTree(repo.folder).names(folder)
            if folder in ("", "."):
                names = (names or frozenset()) - {".git"}
            assert tree.names(folder) == names


def test_names_with_odd_characters(repo: Repo) -> None:
    names = ["tab\there.md", "line\nbreak.md", 'a "quote".md', "naïve 漢字.md", "-dash.md"]
    odd = os.fsdecode(b"not utf-8 \xff.md")
    repo.write({name: name for name in names})
    (repo.folder / odd).write_bytes(b"odd")
    repo.commit()
    with tree_of(repo) as tree:
        assert sorted(tree.names("") or ()) == sorted([*names, odd])
        assert tree.read(odd, LIMIT) == b"odd"
        assert [tree.read(name, LIMIT).decode() for name in names] == names


def test_a_tree_may_start_in_a_folder(repo: Repo) -> None:
    repo.write({"outer.md": "o", "data/pages/x.md": "x", "data/pages2/y.md": "y"})
    repo.commit()
    with tree_of(repo, "data/pages") as tree:
        assert seen(tree) == [("x.md", "x")]
        assert tree.names("..") is None
        with pytest.raises(Unreadable):
            tree.read("../../outer.md", LIMIT)


def test_later_changes_are_not_seen(repo: Repo) -> None:
    repo.write({"a.md": "one"})
    first = repo.commit()
    repo.write({"a.md": "two", "b.md": "new"})
    repo.commit()
    with tree_of(repo, revision=first) as tree:
        assert seen(tree) == [("a.md", "one")]


def test_a_file_over_the_limit_is_unreadable_and_the_next_is_read(repo: Repo) -> None:
    repo.write({"big.md": b"x" * 3_000_001, "small.md": "small"})
    repo.commit()
    with tree_of(repo) as tree:
        with pytest.raises(Unreadable) as caught:
            tree.read("big.md", LIMIT)
        assert caught.value.reason == "it has 3 MB; the limit is 1 MB"
        assert tree.read("small.md", LIMIT) == b"small"
        with pytest.raises(Unreadable):
            tree.read("absent.md", LIMIT)
        with pytest.raises(Unreadable):
            tree.read("", LIMIT)


def test_links_lead_within_the_commit_as_on_disk(repo: Repo) -> None:
    repo.write({"pages/a.md": "a", "other/b.md": "b"})
    (repo.folder / "pages/link.md").symlink_to("a.md")
    (repo.folder / "pages/up.md").symlink_to("../other/b.md")
    (repo.folder / "pages/folder").symlink_to("../other")
    (repo.folder / "pages/nothing.md").symlink_to("absent.md")
    (repo.folder / "pages/loop.md").symlink_to("loop.md")
    (repo.folder / "other/back").symlink_to("../pages")
    repo.commit()
    with tree_of(repo, "pages") as tree:
        assert seen(tree) == seen(DiskTree(repo.folder / "pages"))
        assert tree.names("folder") == frozenset({"b.md", "back"})


def test_a_link_never_leads_to_the_disk(repo: Repo, tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("secret")
    (repo.folder / "absolute.md").symlink_to(secret)
    (repo.folder / "relative.md").symlink_to("../secret.md")
    (repo.folder / "folder").symlink_to("..")
    repo.commit()
    with tree_of(repo) as tree:
        reason = "it is a link that leads out of the repository"
        assert seen(tree) == [(path, reason) for path in ("absolute.md", "folder", "relative.md")]


def test_a_submodule_is_an_empty_folder(repo: Repo, tmp_path: Path) -> None:
    inner = Repo.create(tmp_path / "inner")
    inner.write({"x.md": "x"})
    commit = inner.commit()
    repo.write({"a.md": "a"})
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{commit},module")
    repo.git("add", "a.md")
    repo.git("commit", "--quiet", "-m", "Add")
    with tree_of(repo) as tree:
        assert seen(tree) == [("a.md", "a")]
        assert tree.names("module") == frozenset()
        with pytest.raises(Unreadable):
            tree.read("module", LIMIT)


def test_a_content_that_git_has_lost(repo: Repo) -> None:
    repo.write({"a.md": "lost", "b.md": "kept"})
    repo.commit()
    name = repo.git("rev-parse", "HEAD:a.md")
    (repo.folder / ".git/objects" / name[:2] / name[2:]).unlink()
    with tree_of(repo) as tree:
        assert seen(tree) == [("a.md", "git does not have its content"), ("b.md", "kept")]


def test_the_process_ends(repo: Repo) -> None:
    repo.write({"a.md": "a"})
    repo.commit()
    repository = find_repository(repo.folder)
    blobs = Blobs(repository.git)
    listing = list_commit(repository.git, repository.commit("HEAD"))
    blobs.read("a.md", listing["a.md"].name, LIMIT)
    process = blobs._process
    assert process is not None
    assert process.poll() is None
    blobs.close()
    assert process.poll() is not None
    blobs.close()


def test_git_that_stops_is_an_error(repo: Repo) -> None:
    repo.write({"a.md": "a"})
    repo.commit()
    with tree_of(repo) as tree:
        tree.read("a.md", LIMIT)
        process = tree.snapshot.blobs._process
        assert process is not None
        process.kill()
        process.wait()
        with pytest.raises(GitError, match="git fsck"):
            tree.read("a.md", LIMIT)


def test_the_index_is_what_will_be_committed(repo: Repo) -> None:
    repo.write({"kept.md": "k", "gone.md": "g", "changed.md": "before"})
    repo.commit()
    repo.write({"changed.md": "staged", "new.md": "new", "empty.md": "", "meant.md": "meant"})
    repo.git("rm", "--quiet", "gone.md")
    repo.git("add", "changed.md", "new.md", "empty.md")
    repo.git("add", "--intent-to-add", "meant.md")
    repo.write({"changed.md": "not staged", "untracked.md": "u"})
    repository = find_repository(repo.folder)
    with Blobs(repository.git) as blobs:
        tree = GitTree(TreeSnapshot(list_index(repository.git), blobs))
        assert seen(tree) == [
            ("changed.md", "staged"),
            ("empty.md", ""),
            ("kept.md", "k"),
            ("new.md", "new"),
        ]


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_index_without_what_is_only_intended_to_be_added(tmp_path: Path, form: str) -> None:
    repo = Repo(tmp_path)
    repo.git("init", "--quiet", f"--object-format={form}")
    repo.write({"empty.md": "", "meant.md": "", "full.md": "full"})
    repo.git("add", "empty.md", "full.md")
    repo.git("add", "--intent-to-add", "meant.md")
    other = repo.git("hash-object", "full.md")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{other},module")
    listing = list_index(find_repository(repo.folder).git)
    assert sorted(listing) == ["empty.md", "full.md", "module"]
    # Nor is it asked for where it may be: a file that is gone from the disk is still staged.
    (repo.folder / "empty.md").unlink()
    assert list_index(find_repository(repo.folder).git) == listing


@pytest.mark.parametrize(
    "revision",
    ["", "--all", "-n1", "--output=x", "nope", "HEAD:a.md", "HEAD^{tree}", "a\0b", "x\ny"],
)
def test_what_is_no_commit(repo: Repo, revision: str) -> None:
    repo.write({"a.md": "a"})
    repo.commit()
    with pytest.raises(GitError, match="there is no commit"):
        find_repository(repo.folder).commit(revision)
    assert not (repo.folder / "x").exists()


def test_no_option_can_be_smuggled_in_by_a_branch(repo: Repo) -> None:
    repo.write({"a.md": "a"})
    commit = repo.commit()
    repo.git("update-ref", "refs/heads/--help", commit)
    repository = find_repository(repo.folder)
    assert repository.commit("heads/--help") == commit
    with pytest.raises(GitError):
        repository.commit("--help")


def _read_all(repo: Repo) -> None:
    list_index(find_repository(repo.folder).git)
    with tree_of(repo) as tree:
        tree.read("a.md", LIMIT)


@pytest.mark.skipif(os.name != "posix", reason="named pipes")
@pytest.mark.parametrize("place", ["HEAD", "index", "packed-refs", "include", "commit", "blob"])
def test_a_named_pipe_in_a_repository_is_not_waited_for(
    repo: Repo, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write({"a.md": "alpha"})
    repo.commit("one")
    names = {"commit": "HEAD", "blob": "HEAD:a.md"}
    pipe = repo.folder / ".git" / place
    if place in names:
        name = repo.git("rev-parse", names[place]).strip()
        pipe = repo.folder / ".git/objects" / name[:2] / name[2:]
    elif place == "include":
        repo.git("config", "include.path", str(pipe))
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    monkeypatch.setattr("disarm_lint.sources.git._PATIENCE", 0.5)
    monkeypatch.setattr("disarm_lint.sources.git._LONG", 0.5)
    monkeypatch.setattr("disarm_lint.sources.git._ASKING", 0.5)
    monkeypatch.setattr("disarm_lint.sources.git._STEP", 0.1)
    begun = time.monotonic()
    with pytest.raises(GitError, match=r"too long|stopped answering|there is no commit"):
        _read_all(repo)
    assert time.monotonic() - begun < 30
