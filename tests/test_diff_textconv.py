"""`disarm-lint textconv` as git uses it."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

import pytest

from support.cli import lint
from support.git import Repo
from support.workbooks import workbook

if TYPE_CHECKING:
    from pathlib import Path

ROWS: list[list[object]] = [
    ["disarm_id", "name", "tactic_id", "summary"],
    ["T0115", "Post Content", "TA09", "To post."],
    ["T0146", "Account", "TA15", "What an account is.\nAnd what not."],
]


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Return a repository with a workbook, in which git is told to use textconv."""
    repo = Repo.create(tmp_path / "repo")
    command = f"{shlex.quote(sys.executable)} -m disarm_lint textconv"
    repo.git("config", "diff.disarm-lint.textconv", command)
    repo.write({".gitattributes": "*.xlsx diff=disarm-lint\n"})
    repo.write({"DATA.xlsx": workbook({"techniques": ROWS})})
    repo.commit("First")
    return repo


def hunks(text: str) -> list[str]:
    """Return the lines of a difference that begin with a sign."""
    lines = text.splitlines()
    return [x for x in lines if x.startswith(("+", "-")) and not x.startswith(("+++", "---"))]


def renamed(name: str = "Account Asset") -> bytes:
    header, post, (entity_id, _, *rest) = ROWS
    return workbook({"techniques": [header, [entity_id, name, *rest], post]})


def test_git_diff_shows_cells(repo: Repo) -> None:
    repo.write({"DATA.xlsx": renamed()})
    told = repo.git("diff")
    assert hunks(told) == ["-name: Account", "+name: Account Asset"]
    assert " [techniques] T0146\n" in told


def test_git_log_shows_cells(repo: Repo) -> None:
    repo.write({"DATA.xlsx": renamed()})
    repo.commit("Rename")
    told = repo.git("log", "-p", "-1", "--format=%s")
    assert told.startswith("Rename\n")
    assert hunks(told) == ["-name: Account", "+name: Account Asset"]
    first = repo.git("log", "-p", "--format=", "--", "DATA.xlsx")
    assert "+summary: What an account is.\n+    And what not.\n" in first


def test_sorting_a_sheet_is_no_difference(repo: Repo) -> None:
    repo.write({"DATA.xlsx": renamed("Account")})
    assert repo.git("status", "--porcelain") == "M DATA.xlsx"
    assert hunks(repo.git("diff")) == []


def test_a_damaged_workbook_does_not_stop_git(repo: Repo) -> None:
    repo.write({"DATA.xlsx": b"PK rubbish"})
    told = hunks(repo.git("diff"))
    assert "-name: Account" in told
    assert told[-2].startswith("+workbook cannot be read: it is cut off or damaged")
    assert told[-1].startswith("+sha256: ")


def test_the_text_is_the_same_in_every_locale(tmp_path: Path) -> None:
    (tmp_path / "any.xlsx").write_bytes(workbook({"S": [["id", "name"], ["1", "Zoë “x”"]]}))
    for extra in ({}, {"LC_ALL": "C", "PYTHONIOENCODING": ""}):
        done = lint("textconv", "any.xlsx", cwd=tmp_path, **extra)
        assert (done.status, done.err) == (0, "")
        assert done.out == "[S] columns: id, name\n\n[S] 1\nname: Zoë “x”\n\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.xlsx"], "disarm-lint: “nowhere.xlsx” cannot be read: no such file or directory"),
        (["."], "disarm-lint: “.” cannot be read: is a directory"),
        ([""], "disarm-lint: the path is empty"),
        ([], "disarm-lint: the following arguments are required: FILE"),
    ],
)
def test_errors_are_one_line(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = lint("textconv", *arguments, cwd=tmp_path)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(said)
    assert done.err.count("\n") == 1
