"""Nothing outside of the repository is read through a link: on disk, staged or at a commit."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from disarm_lint.sources.filesystem import DiskTree, Unreadable, is_git_folder
from support.cli import lint, write_corpus

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links")

SECRET = "TOKEN=hunter2 (T0001: Reel Name)"
OUT = "this file was not checked: it is a link that leads out of the repository"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = write_corpus(tmp_path / "repository")
    git(root, "init", "-q", "-b", "main")
    (tmp_path / "secret.md").write_text(SECRET)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inside.md").write_text(SECRET)
    return root


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def unreadable(root: Path, *arguments: str) -> dict[str, str]:
    done = lint("--select", "X901", "--output-format", "json", *arguments, cwd=root)
    assert done.err == ""
    assert "hunter2" not in done.out
    return {item["path"]: item["message"] for item in json.loads(done.out)["findings"]}


def stranger(root: Path, target: str, name: str = "generated_pages/techniques/link.md") -> str:
    (root / name).symlink_to(target)
    return name


@pytest.mark.parametrize("target", ["../../../secret.md", "/proc/self/environ", "/etc/passwd"])
def test_a_page_that_leads_out_is_told_and_not_read(repository: Path, target: str) -> None:
    name = stranger(repository, target)
    assert unreadable(repository) == {name: OUT}
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "x")
    assert unreadable(repository, "--at", "HEAD") == {name: OUT}
    (repository / "generated_pages/techniques/T0003.md").write_text("# Technique T0003: N\n")
    git(repository, "add", "-A")
    assert "hunter2" not in lint("check", "--staged", cwd=repository).out
    done = lint("audit", "--html", "-", cwd=repository)
    assert "hunter2" not in done.out
    assert "root:x:" not in done.out


@pytest.mark.parametrize("link", ["page", "folder", "settings", "pages"])
def test_the_folder_of_git_is_outside(repository: Path, link: str) -> None:
    git(repository, "config", "http.https://example.org/.extraheader", f"basic {SECRET}")
    name, target = {
        "page": ("generated_pages/techniques/link.md", "../../.git/config"),
        "folder": ("generated_pages/folder", "../.git"),
        "settings": (".disarm-lint.yaml", ".git/config"),
        "pages": ("generated_pages/techniques/link.md", "./../../shared/../.git//config"),
    }[link]
    (repository / "shared").mkdir()
    (repository / "shared/a.md").write_text("a")
    stranger(repository, target, name)
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "x")
    if link == "settings":
        done = lint("check", cwd=repository)
        assert done.status == 2
        assert "hunter2" not in done.out + done.err
        assert done.err.endswith("it is a link that leads out of the repository\n")
        return
    assert unreadable(repository) == {name: OUT}
    assert unreadable(repository, "--at", "HEAD") == {name: OUT}
    for command in (["fix", "--diff", "--unsafe-fixes"], ["urls"], ["audit", "--html", "-"]):
        assert "hunter2" not in lint(*command, cwd=repository).out


@pytest.mark.parametrize(
    ("name", "own"),
    [
        (".git", True),
        (".GIT", True),
        (".g\u200cit", True),
        ("git~1", True),
        (".git. ", True),
        (".git::$INDEX_ALLOCATION", True),
        (".github", False),
        (".gitignore", False),
        ("git", False),
        ("legit", False),
    ],
)
def test_which_names_are_those_of_the_folder_of_git(name: str, own: bool) -> None:
    assert is_git_folder(name) is own


def test_chains_and_folders_that_lead_out(repository: Path) -> None:
    stranger(repository, "second.md", "generated_pages/first.md")
    stranger(repository, str(repository.parent / "secret.md"), "generated_pages/second.md")
    stranger(repository, str(repository.parent / "folder"), "generated_pages/folder")
    stranger(repository, "/", "generated_pages/all")
    found = unreadable(repository)
    assert set(found) == {
        "generated_pages/all",
        "generated_pages/first.md",
        "generated_pages/folder",
        "generated_pages/second.md",
    }
    assert set(found.values()) == {OUT}


def test_links_inside_of_the_repository_are_followed(repository: Path) -> None:
    (repository / "shared").mkdir()
    (repository / "shared/T0009.md").write_text("# Technique T0009: Nine\n\n(T0001: Reel Name)\n")
    stranger(repository, "../../shared/T0009.md", "generated_pages/techniques/T0009.md")
    assert unreadable(repository) == {}
    done = lint("--select", "N401", "--output-format", "concise", cwd=repository)
    assert "generated_pages/techniques/T0009.md:3:9" in done.out


def test_without_a_repository_the_corpus_is_the_boundary(tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "corpus")
    (tmp_path / "secret.md").write_text(SECRET)
    name = stranger(root, "../../../secret.md")
    assert unreadable(root) == {name: OUT}


def test_folders_count_once_however_many_links_lead_to_them(repository: Path) -> None:
    place = repository / "generated_pages/techniques"
    for level in range(15):
        (place / f"level{level}").mkdir(parents=True)
        for name in ("one", "other"):
            (place / f"level{level}" / name).symlink_to(f"../level{level + 1}")
    (place / "level15").mkdir()
    (place / "level15/T0007.md").write_text("# Technique T0007: Seven\n\n(T0001: Reel Name)\n")
    done = lint("--select", "N401", "--output-format", "concise", cwd=repository)
    assert done.out.count("T0007.md") == 1
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "x")
    done = lint("--select", "N401", "--output-format", "concise", "--at", "HEAD", cwd=repository)
    assert done.out.count("T0007.md") == 1


def test_special_files_are_told_and_do_not_block(repository: Path) -> None:
    os.mkfifo(repository / "generated_pages/techniques/pipe.md")
    stranger(repository, "pipe.md", "generated_pages/techniques/to.md")
    assert unreadable(repository) == {
        f"generated_pages/techniques/{name}.md": (
            "this file was not checked: it is not a regular file"
        )
        for name in ("pipe", "to")
    }


@pytest.mark.parametrize("name", [".disarm-lint.yaml", ".disarm-lint-baseline.yaml"])
def test_settings_that_lead_out_are_refused(repository: Path, name: str) -> None:
    (repository.parent / "settings").write_text(SECRET)
    stranger(repository, "../settings", name)
    done = lint("check", cwd=repository)
    assert done.status == 2
    assert "hunter2" not in done.out + done.err
    assert done.err == (
        f"{name}: the file cannot be read: it is a link that leads out of the repository\n"
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot open a name in a folder")
@pytest.mark.parametrize("swapped", ["pages", "pages/inner", "pages/inner/a.md"])
def test_a_link_that_appears_after_the_look_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, swapped: str
) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    for place in (root, outside):
        (place / "pages" / "inner").mkdir(parents=True)
        (place / "pages" / "inner" / "a.md").write_text(f"in {place.name}")
    looked = DiskTree._resolve

    def swap(tree: DiskTree, path: str) -> str:
        found = looked(tree, path)
        (root / swapped).rename(tmp_path / "away")
        (root / swapped).symlink_to(outside / swapped)
        return found

    tree = DiskTree(root)
    assert tree.read("pages/inner/a.md", 99) == b"in root"
    monkeypatch.setattr(DiskTree, "_resolve", swap)
    with pytest.raises(Unreadable):
        tree.read("pages/inner/a.md", 99)


def test_a_folder_of_workbooks_that_leads_out_is_told(repository: Path) -> None:
    assert unreadable(repository) == {}
    name = stranger(repository, "../folder", "DISARM_MASTER_DATA")
    assert unreadable(repository) == {name: OUT}
