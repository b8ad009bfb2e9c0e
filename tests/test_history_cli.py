"""`disarm-lint history` on small repositories."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from disarm_schemas import validator
from support.cli import lint
from support.git import Repo
from support.history import FOLDED, INCIDENT, SECOND, Story

pytestmark = pytest.mark.program("git")


@pytest.fixture
def repo(tmp_path: Path) -> Story:
    repo = Story.create(tmp_path / "corpus")
    assert isinstance(repo, Story)
    return repo


@pytest.fixture
def story(repo: Story) -> Story:
    """Three commits: the pages, one name fixed in the second, a new page in the third."""
    repo.write(FOLDED)
    repo.next("Begin")
    repo.replace(SECOND, "Reel Name", "Real Name")
    repo.next("Fix T0002")
    repo.write({"generated_pages/techniques/T0003.md": "# Technique T0003: Third\n"})
    repo.replace(SECOND, "T0002: Other Name", "T0002: Another Name")
    repo.next("Add <b>T0003</b> \x1b[31m")
    return repo


def told(repo: Repo, *arguments: str) -> dict[str, Any]:
    done = repo.lint("history", "--json", *arguments)
    assert done.status == 0, done.err
    data: dict[str, Any] = json.loads(done.out)
    validator("history").validate(data)
    return data


def cause(data: dict[str, Any], message: str) -> dict[str, Any]:
    (found,) = (item for item in data["causes"] if item["example"]["message"].startswith(message))
    assert isinstance(found, dict)
    return found


def subjects(data: dict[str, Any], key: str = "releases") -> list[str]:
    return [step["subject"] for step in data[key]]


def test_commits_and_what_they_changed(story: Story) -> None:
    data = told(story, "--select", "N401")
    assert subjects(data) == ["Begin", "Fix T0002", "Add <b>T0003</b> \x1b[31m"]
    first, second, third = data["releases"]
    assert first["date"] == "2024-03-01T12:00:00Z" or first["date"].startswith("2024-03-01T12")
    assert (first["new"]["by_rule"], first["findings"]) == ({"N401": 3}, 3)
    assert second["fixed"]["by_rule"] == {"N401": 1}
    # The same wrong text still stands on the incident's page: one cause less is not one fixed.
    assert second["fixed"]["causes"] == []
    changes = third["entity_changes"]
    assert [(e["id"], e["kind"], e["name"]) for e in changes["added"]] == [
        ("T0003", "technique", "Third")
    ]
    assert [(e["id"], e["old_name"], e["name"], e["difference"]) for e in changes["renamed"]] == [
        ("T0002", "Other Name", "Another Name", "has “Other” instead of “Another”")
    ]
    wrong = cause(data, "T0001 is called “Real Name”")
    assert wrong["introduced"]["commit"] == first["commit"]
    assert wrong["example"]["path"] == INCIDENT
    assert (wrong["open"], wrong["findings"], wrong["fixed"]) == (True, 1, None)


def test_a_commit_that_leaves_the_corpus_alone_is_not_told(story: Story) -> None:
    story.write({"code/generate.py": "pass\n"})
    story.next("Code")
    story.write({"code/generate.py": "print()\n"})
    story.next("More code")
    data = told(story)
    assert len(data["commits"]) == 3
    assert data["range"]["walked"] == 5


def test_a_file_elsewhere_that_a_link_leads_to_counts(story: Story) -> None:
    story.write(
        {"generated_pages/techniques/T0003.md": "# Technique T0003: Third\n\n[a](../../b.txt)\n"}
    )
    story.next("Link")
    story.write({"b.txt": "There\n"})
    story.next("Target")
    data = told(story, "--select", "L301")
    assert subjects(data)[-2:] == ["Link", "Target"]
    assert cause(data, "the link leads nowhere")["fixed"]["commit"] == data["commits"][-1]["commit"]


def test_tags_are_releases(story: Story) -> None:
    story.git("tag", "v1", "HEAD~2")
    story.git("tag", "--annotate", "-m", "Second", "v2", "HEAD")
    story.write({"README.md": "Read\n"})
    story.next("Readme")
    story.git("tag", "v2.1")
    data = told(story)
    assert [step["tags"] for step in data["releases"]] == [["v1"], ["v2", "v2.1"]]
    last = data["releases"][1]
    assert last["before"] == [data["releases"][0]["commit"]]
    assert [entity["id"] for entity in last["entity_changes"]["added"]] == ["T0003"]
    text = story.lint("history").out
    assert "The tagged ones are shown, and the last" in text
    assert "2024-03-03  " in text
    assert "v2, v2.1" in text


def test_since_tells_what_came_after_and_knows_what_was_there(story: Story) -> None:
    data = told(story, "--since", "HEAD~1", "--select", "N401")
    assert subjects(data) == ["Add <b>T0003</b> \x1b[31m"]
    assert [item["short"] for item in data["range"]["base"]] == [
        story.git("rev-parse", "--short=7", "HEAD~1")
    ]
    old = cause(data, "T0001 is called “Real Name”")
    assert old["introduced"]["earlier"] is True
    # The name of T0002 has changed, and what is wrong with its citation is the same text.
    assert data["releases"][0]["new"]["causes"] == []
    assert cause(data, "T0002 is called “Another")["introduced"]["earlier"] is True
    nothing = story.lint("history", "--since", "HEAD")
    short = story.git("rev-parse", "--short=7", "HEAD")
    assert nothing.lines == [f"No commit touched the corpus in . since 2024-03-03 ({short})."]


def test_a_branch_is_told_by_its_merge(story: Story) -> None:
    story.git("checkout", "--quiet", "-b", "side", "HEAD~1")
    story.write(
        {"generated_pages/techniques/T0004.md": "# Technique T0004: Fourth\n\n(T0001: Rael Name)\n"}
    )
    side = story.next("Side")
    story.git("checkout", "--quiet", "main")
    story.day = 20
    story.git("merge", "--quiet", "--no-ff", "--no-verify", "-m", "Merge side", "side")
    data = told(story, "--select", "N401")
    assert subjects(data) == [
        *subjects(data, "commits")[:2],
        "Add <b>T0003</b> \x1b[31m",
        "Merge side",
    ]
    merge = data["commits"][-1]
    assert (merge["merge"], merge["new"]["findings"]) == (True, 0)
    assert merge["entity_changes"]["added"] == []
    assert [entity["id"] for entity in data["releases"][-1]["entity_changes"]["added"]] == ["T0004"]
    found = [item for item in data["causes"] if item["example"]["path"].endswith("T0004.md")]
    assert [item["introduced"]["commit"] for item in found] == [side]
    text = story.lint("history", "--commits").out
    assert "of a merge, what no parent has is new" in text
    assert "  Side\n" in text


def test_each_commit_has_its_own_configuration(story: Story) -> None:
    story.write({".disarm-lint.yaml": "ignore: [N401]\n"})
    story.next("Ignore")
    story.write({".disarm-lint.yaml": "ignored: [N401]\n"})
    story.next("A slip")
    story.write({".disarm-lint.yaml": "ignore: [N401]\n\n"})
    story.next("Fixed")
    done = story.lint("history", "--json")
    steps = json.loads(done.out)["commits"]
    assert ["N401" in step["by_rule"] for step in steps] == [True, True, True, False, True, False]
    assert (
        "cannot be used, so it was linted without one: .disarm-lint.yaml:1:1: unknown key “ignored”"
        in done.err
    )
    story.write({"own.yaml": "select: [T505]\n"})
    assert told(story, "--config", "own.yaml")["summary"]["causes"] == 0
    story.write({".disarm-lint.yaml": "ignored: [N401]\n"})
    story.next("The slip again")
    done = story.lint("history")
    assert done.status == 2
    assert done.err.startswith(".disarm-lint.yaml:1:1: unknown key “ignored”")


def test_text_is_harmless_and_names_places(story: Story) -> None:
    done = story.lint("history", "--select", "N401")
    assert done.status == 0
    assert "\x1b" not in done.out
    assert "<b>T0003</b> <U+001B>[31m" in done.out
    assert f"    N401 {INCIDENT}:3:18: T0001 is called “Real Name”" in done.out
    assert "  renamed: 1 (T0002 “Other Name” → “Another Name”)" in done.lines
    short = story.git("rev-parse", "--short=7", "HEAD~2")
    assert f"    1 finding, since 2024-03-01 ({short})" in done.lines


def test_a_corpus_in_a_folder_of_the_repository(repo: Story) -> None:
    repo.write({"other.txt": "x\n"})
    repo.next("Before")
    repo.write({f"framework/{path}": text for path, text in FOLDED.items()})
    repo.next("Begin")
    repo.write({"other.txt": "y\n"})
    repo.next("Elsewhere")
    data = told(repo, "framework")
    assert subjects(data) == ["Begin"]
    assert data["range"]["walked"] == 1
    assert data["corpus"] == {"root": "framework", "profile": "disarm-1"}
    assert {c["example"]["path"].partition("/")[0] for c in data["causes"]} == {"framework"}


def test_a_shallow_clone_says_so(story: Story, tmp_path: Path) -> None:
    clone = Repo(tmp_path / "clone")
    story.git("clone", "--quiet", "--depth=2", f"file://{story.folder}", str(clone.folder))
    done = clone.lint("history", "--json")
    assert "this clone is shallow" in done.err
    data = json.loads(done.out)
    assert cause(data, "T0001 is called “Real Name”")["introduced"]["earlier"] is True


def test_output_file(story: Story) -> None:
    done = story.lint("history", "--json", "--output-file", "out.json")
    assert (done.status, done.out) == (0, "")
    assert json.loads((story.folder / "out.json").read_text("utf-8"))["summary"]["commits"] == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--since", "nowhere"], "there is no commit “nowhere” in this repository"),
        (["absent"], "there is no file or folder “absent”"),
        ([""], "the path is empty"),
        (["--config", "absent.yaml"], "there is no configuration file “absent.yaml”"),
        (["--select", "N999"], "--select: no rule is called “N999”"),
        (["--output-file", ""], "--output-file names no file"),
        (["--jsn"], "unrecognized arguments: --jsn"),
    ],
)
def test_errors_are_one_line(story: Story, arguments: list[str], said: str) -> None:
    done = story.lint("history", *arguments)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert done.err.startswith(f"disarm-lint: {said}")


def test_no_repository_no_commit_no_corpus_no_git(tmp_path: Path, repo: Story) -> None:
    done = lint("history", cwd=tmp_path)
    assert done.status == 2
    assert "is in no git repository" in done.err
    done = repo.lint("history")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert "the repository has none yet" in done.err
    repo.write({"README.md": "x\n"})
    repo.next("Begin")
    done = repo.lint("history")
    assert done.status == 2
    assert done.err.startswith("disarm-lint: no commit holds a corpus in “.”: a corpus is a folder")
    done = repo.lint("history", PATH=os.fspath(tmp_path))
    assert done.status == 2
    assert "the program git is needed for this" in done.err
