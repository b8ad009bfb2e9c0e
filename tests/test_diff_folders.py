"""`disarm-lint diff` of two folders, such as downloaded releases: no git is needed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from disarm_schemas import validator
from support import mini_master
from support.cli import Result, lint, write_files
from support.git import Repo
from support.mini_master import DATA, FRAMEWORK
from support.workbooks import workbook


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Return a folder with two releases, in the later of which a technique has another name."""
    write_files(tmp_path / "old", mini_master.files())
    shutil.copytree(tmp_path / "old", tmp_path / "new")
    sheets = mini_master.framework()
    sheets["techniques"][2][1] = "Account Resource"
    write_files(tmp_path / "new", {FRAMEWORK: workbook(sheets)})
    return tmp_path


def test_two_folders_outside_of_any_repository(folders: Path) -> None:
    done = lint("diff", "old", "new", cwd=folders)
    assert (done.status, done.err) == (0, "")
    assert done.lines[:4] == [
        "old → new",
        "",
        "1 technique renamed",
        "  ~ T0146 “Account Asset” → “Account Resource”",
    ]
    assert "techniques: 1 row changed" in done.lines


def test_labels_and_markdown(folders: Path) -> None:
    done = lint("diff", "--output-format", "markdown", "1.5=old", "1.6=new", cwd=folders)
    assert done.status == 0, done.err
    assert done.lines[0] == "## `1.5` → `1.6`"


def test_json_names_the_folders(folders: Path) -> None:
    done = lint("diff", "--output-format", "json", "1.5=old", "new", cwd=folders)
    data = json.loads(done.out)
    validator("diff").validate(data)
    nothing = {"revision": None, "commit": None, "date": None}
    assert data["old"] == {**nothing, "folder": "old", "label": "1.5"}
    assert data["new"] == {**nothing, "folder": "new", "label": "new"}
    assert data["corpus"]["root"] == "new"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["old"], "name two folders to compare, as in `disarm-lint diff 1.5 1.6`"),
        (["old", "nowhere"], "there is neither a folder nor a commit “nowhere”: name two folders"),
        (["1=nowhere", "2=old"], "there is neither a folder nor a commit “nowhere”: name two"),
        (["old", "file"], "“file” is no folder: name two folders to compare, as in `disarm-lint"),
        (["old", ""], "there is neither a folder nor a commit “”: name two folders to compare"),
        (["old", "."], "there are several corpora, new and old; name one of them\n"),
        (["old", "new", "--", "old"], "diff compares two folders as they are; name no path after"),
        (["old", "empty"], "there is no corpus in “empty”"),
    ],
)
def test_what_cannot_be_compared_is_one_line(
    folders: Path, arguments: list[str], message: str
) -> None:
    (folders / "empty").mkdir()
    (folders / "file").touch()
    done = lint("diff", *arguments, cwd=folders)
    assert (done.status, len(done.err.splitlines())) == (2, 1)
    assert message in done.err


def test_a_name_of_a_commit_is_one(tmp_path: Path) -> None:
    repo = Repo.create(tmp_path / "repo")
    repo.write(mini_master.files())
    repo.commit("First")
    repo.git("tag", "old")
    for name in ("old", "new"):
        write_files(repo.folder / name, mini_master.files())
    done = lint("diff", "old", "HEAD", cwd=repo.folder)
    assert done.lines[0].startswith("Nothing changed between old (")
    assert lint("diff", "./old", "./new", cwd=repo.folder).lines == [
        "Nothing changed between ./old and ./new."
    ]


def body(done: Result) -> list[str]:
    return [line.strip() for line in done.lines if line.startswith("      ")]


@pytest.mark.parametrize("text", ["T0115\u00a0", "\u00a0T0115", "T0115 ", "T0115\n"])
def test_a_space_that_leaves_an_id_is_no_id_that_leaves(folders: Path, text: str) -> None:
    for name, written in (("old", text), ("new", "T0115")):
        sheets = mini_master.framework()
        sheets["techniques"][1][0] = written
        write_files(folders / name, {FRAMEWORK: workbook(sheets)})
    assert body(lint("diff", "old", "new", cwd=folders)) == ["disarm_id: only spaces differ"]
    assert body(lint("diff", "new", "old", cwd=folders)) == ["disarm_id: only spaces differ"]


def test_a_space_in_a_list_of_ids(folders: Path) -> None:
    for name, written in (("old", "T0115\u00a0,\u00a0T0146.001"), ("new", "T0115,T0146.001")):
        sheets = mini_master.data()
        sheets["incidenttechniques"][1][3] = written
        write_files(
            folders / name, {DATA: workbook(sheets), FRAMEWORK: workbook(mini_master.framework())}
        )
    assert body(lint("diff", "old", "new", cwd=folders)) == ["technique_ids: only spaces differ"]
