"""`check --blame` and `audit --blame`: since which commit a cause is there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from support import mini
from support.cli import lint
from support.git import Repo

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "generated_pages/techniques/T0115.md"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Return a sound corpus, then a commit with a mistake, then one without another."""
    repo = Repo.create(tmp_path / "corpus")
    repo.write(mini.corpus())
    repo.commit()
    repo.replace(PAGE, "What Post Content is.", "As in T0146: Account Assets.")
    repo.commit("A mistake")
    repo.write({"README.md": "No page."})
    repo.commit("Something else")
    return repo


def test_text_and_grouped_tell_the_commit(repo: Repo) -> None:
    commit = repo.git("rev-parse", "--short=7", "HEAD~1")
    for format_ in ("text", "grouped"):
        done = repo.lint("check", "--blame", "--output-format", format_)
        assert done.status == 1, done.err
        assert f"     = note: since 2025-01-01 ({commit})" in done.lines


def test_json_tells_the_commit_and_null_where_there_is_none(repo: Repo) -> None:
    commit = repo.git("rev-parse", "--short=7", "HEAD~1")
    repo.replace(PAGE, "T0146: Account Assets.", "T0146: Account Assets. T0146.001: Free Accounts.")
    found = json.loads(repo.lint("check", "--blame", "--output-format", "json").out)["findings"]
    by_name = {item["subject"]: item["since"] for item in found}
    assert by_name == {
        "T0146": {"commit": commit, "date": "2025-01-01", "earlier": False},
        "T0146.001": None,
    }
    plain = json.loads(repo.lint("check", "--output-format", "json").out)["findings"]
    assert all("since" not in item for item in plain)


def test_cause_of_the_first_commit_was_there_before_what_git_knows_in_a_shallow_clone(
    repo: Repo, tmp_path: Path
) -> None:
    repo.git("clone", "--quiet", "--depth", "1", repo.folder.as_uri(), str(tmp_path / "shallow"))
    done = lint("check", "--blame", cwd=tmp_path / "shallow")
    assert "     = note: since before 2025-01-01 (" in done.out


def test_without_a_repository(tmp_path: Path) -> None:
    (tmp_path / "generated_pages/techniques").mkdir(parents=True)
    (tmp_path / PAGE).write_text("# Technique T0115: A Name\n\nSee T0999.\n", encoding="utf-8")
    done = lint("check", "--blame", cwd=tmp_path)
    assert (done.status, done.out) == (2, "")
    assert done.err == f"disarm-lint: --blame: “{tmp_path}” is in no git repository\n"


def test_audit_shows_the_age_and_the_releases(repo: Repo) -> None:
    commit = repo.git("rev-parse", "--short=7", "HEAD~1")
    done = repo.lint("audit", "--blame", "--html", "-")
    assert done.status == 0, done.err
    assert f"2025-01-01 ({commit})" in done.out
    assert "Findings over releases" in done.out
