"""What git could not give back is not written or deleted without being asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.cli import lint, write_corpus
from support.git import Repo, wrapped_git
from support.mini import PAGES
from support.mini_master import files

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.program("git")

PAGE = "generated_pages/incidents/I00001.md"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    repo = Repo.create(tmp_path / "repo")
    write_corpus(repo.folder)
    repo.commit()
    return repo


def snapshot(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in root.rglob("*.md")}


@pytest.mark.parametrize(
    "command",
    [("fix",), ("check", "--fix"), ("rename", "T0002", "Another Name", "--write")],
    ids=" ".join,
)
def test_a_repository_that_git_does_not_read_is_not_edited(
    repo: Repo, tmp_path: Path, command: tuple[str, ...]
) -> None:
    before = snapshot(repo.folder)
    refusing = wrapped_git(tmp_path / "git", "export GIT_TEST_ASSUME_DIFFERENT_OWNER=1")
    done = repo.lint(*command, PATH=refusing)
    assert (done.status, done.out) == (2, "")
    assert done.err == (
        "disarm-lint: whether files have uncommitted changes cannot be told: git refuses to read "
        f"the repository around “{repo.folder}”, since it belongs to another user; if you trust "
        f"it, run: git config --global --add safe.directory '{repo.folder}'; --allow-dirty edits "
        "them without asking git\n"
    )
    assert snapshot(repo.folder) == before
    assert repo.lint(*command, "--allow-dirty", PATH=refusing).status != 2
    assert snapshot(repo.folder) != before


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("core.worktree=/", "says that its working tree is “/” (core.worktree), where there is no"),
        ("core.bare=true", "says that it is a bare repository; --allow-dirty edits them"),
    ],
)
def test_a_repository_that_says_it_is_elsewhere_is_not_edited(
    repo: Repo, setting: str, said: str
) -> None:
    page = repo.folder / PAGE
    page.write_text(f"{page.read_text('utf-8')}\nMine.\n", "utf-8")
    repo.git("config", *setting.split("="))
    before = snapshot(repo.folder)
    done = repo.lint("fix")
    assert done.status == 2
    assert said in done.err
    assert len(done.err.splitlines()) == 1
    assert snapshot(repo.folder) == before


def test_without_git_a_repository_is_not_edited_and_another_folder_is(
    repo: Repo, tmp_path: Path
) -> None:
    (tmp_path / "nothing").mkdir()
    done = repo.lint("fix", PATH=str(tmp_path / "nothing"))
    assert done.status == 2
    assert "the program git is needed for this, and it is not on the PATH" in done.err
    plain = write_corpus(tmp_path / "plain")
    assert lint("fix", cwd=plain, PATH=str(tmp_path / "nothing")).status == 0


def test_a_folder_that_is_called_as_git_s_is_no_repository(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus")
    (corpus / ".git").mkdir()
    assert lint("fix", cwd=corpus).status == 0


def test_a_page_of_a_submodule_is_compared_with_its_own_repository(tmp_path: Path) -> None:
    inner = Repo.create(tmp_path / "inner")
    write_corpus(inner.folder)
    inner.commit()
    outer = Repo.create(tmp_path / "outer")
    outer.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.folder), "sub"
    )  # fmt: skip
    outer.commit()
    page = outer.folder / "sub" / PAGE
    page.write_text(f"{page.read_text('utf-8')}\nMine.\n", "utf-8")
    before = snapshot(outer.folder)
    for within, named in ((".", "sub"), ("sub", ".")):
        done = outer.lint("fix", named, within=within)
        assert done.status == 2, done.out
        assert f"{PAGE}” has uncommitted changes; commit them first" in done.err
    assert snapshot(outer.folder) == before
    assert outer.lint("fix", "sub", "--allow-dirty").status == 0


def test_an_orphan_that_no_commit_holds_is_not_deleted(tmp_path: Path) -> None:
    repo = Repo.create(tmp_path)
    repo.write(files())
    assert repo.lint("render", "--allow-dirty").status == 0
    repo.commit()
    page = f"{PAGES}/techniques/T0146.md"
    orphan = repo.folder / PAGES / "techniques/T0301.md"
    orphan.write_text(
        (repo.folder / page).read_text("utf-8").replace("T0146: Account Asset", "T0301: Short"),
        "utf-8",
    )
    done = repo.lint("render", "--prune")
    assert done.status == 2
    assert done.err == (
        f"disarm-lint: “{PAGES}/techniques/T0301.md” has uncommitted changes; commit them first, "
        "or use --allow-dirty to edit all the same\n"
    )
    assert orphan.exists()
    assert repo.lint("render", "--prune", "--check").status == 1
    assert "Deleted 1 page" in repo.lint("render", "--prune", "--allow-dirty").out
    assert not orphan.exists()
