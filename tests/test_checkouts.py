"""What a checkout brings about is no finding, and paths for servers begin at its top."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from support import mini
from support.cli import Result, lint
from support.git import Repo

PAGE = f"{mini.PAGES}/incidents/I00001.md"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    files = mini.corpus()
    files[PAGE] = files[PAGE].replace("T0146: Account Asset,", "T0146: Accounts Asset,")
    repo = Repo.create(tmp_path / "repo")
    repo.write({f"corpus/{path}": text for path, text in files.items()})
    repo.commit()
    return repo


def convert(folder: Path) -> None:
    """Write files as git does where core.autocrlf is true."""
    for page in folder.rglob("*.md"):
        page.write_bytes(page.read_bytes().replace(b"\n", b"\r\n"))


def ends(repo: Repo, *arguments: str) -> list[str]:
    options = ("--select", "T505", "--output-format", "concise", *arguments)
    result = lint("check", *options, cwd=repo.folder)
    assert result.status in (0, 1), result.err
    return [line.split(":")[0] for line in result.lines if " T505 " in line]


def test_line_ends_of_a_checkout_on_windows_are_no_finding(repo: Repo) -> None:
    convert(repo.folder)
    assert ends(repo) == ends(repo, "--changed-since", "HEAD") == []


def test_line_ends_that_git_stores_are_a_finding(repo: Repo) -> None:
    convert(repo.folder)
    repo.git("add", "--all")
    assert len(ends(repo)) == len(mini.corpus())
    assert len(ends(repo, "--staged")) == len(mini.corpus())


def test_line_ends_of_a_file_that_git_does_not_know_are_a_finding(repo: Repo) -> None:
    page = repo.folder / "corpus" / mini.PAGES / "notes.md"
    page.write_bytes(b"# Notes\r\n\r\nText.\r\n")
    assert ends(repo) == [f"corpus/{mini.PAGES}/notes.md"]


def run_format(repo: Repo, name: str, within: str, **extra: str) -> Result:
    return lint("check", "--output-format", name, cwd=repo.folder / within, **extra)


@pytest.mark.parametrize("name", ["sarif", "github", "gitlab", "junit"])
def test_a_server_gets_the_same_from_every_folder(repo: Repo, name: str) -> None:
    top = run_format(repo, name, ".")
    assert f"corpus/{PAGE}" in top.out
    for within in ("corpus", "corpus/generated_pages", "corpus/generated_pages/incidents"):
        assert run_format(repo, name, within).out == top.out


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("github", "GITHUB_WORKSPACE"),
        ("sarif", "GITHUB_WORKSPACE"),
        ("gitlab", "CI_PROJECT_DIR"),
        ("junit", "CI_PROJECT_DIR"),
    ],
)
def test_the_folder_that_a_server_names_is_the_top(repo: Repo, name: str, variable: str) -> None:
    above = run_format(repo, name, "corpus", **{variable: str(repo.folder.parent)})
    assert f"repo/corpus/{PAGE}" in above.out
    # One that does not hold the current folder says nothing.
    other = run_format(repo, name, "corpus", **{variable: "/nowhere"})
    assert other.out == run_format(repo, name, ".").out


def test_formats_for_people_keep_the_paths_of_the_current_folder(repo: Repo) -> None:
    assert run_format(repo, "concise", "corpus").lines[0].startswith(f"{PAGE}:")
    assert json.loads(run_format(repo, "json", "corpus").out)["findings"][0]["path"] == PAGE


def test_reviewdog_adds_the_way_to_its_folder_itself(repo: Repo) -> None:
    data = json.loads(run_format(repo, "rdjson", "corpus").out)
    assert data["diagnostics"][0]["location"]["path"] == PAGE


def test_a_case_of_junit_has_its_file_and_line(repo: Repo) -> None:
    case = re.search(r"<testcase [^>]+>", run_format(repo, "junit", "corpus").out)
    assert case is not None
    assert f'file="corpus/{PAGE}" line="22"' in case[0]
