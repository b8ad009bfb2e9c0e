"""The hook, as pre-commit installs and runs it: from this checkout, with pip, on real commits."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.cli import Result
from support.git import GIT, Repo
from support.mini import PAGES, corpus
from support.published import ROOT

INCIDENT = f"{PAGES}/incidents/I00001.md"
TECHNIQUE = f"{PAGES}/techniques/T0115.md"
INDEX = f"{PAGES}/techniques_index.md"
NOT_COPIED = shutil.ignore_patterns(".*cache*", "__pycache__", ".ci-venv", ".venv", ".git")

pytestmark = pytest.mark.slow


def environment(home: Path) -> dict[str, str]:
    """Return the tester's environment, for pip's sake, without what concerns git or pre-commit."""
    foreign = ("GIT_", "PRE_COMMIT", "PYTHONPATH", "COV_", "PYTEST")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
    return {**kept, **GIT, "PRE_COMMIT_HOME": str(home), "PRE_COMMIT_COLOR": "never"}


def pre_commit(repo: Repo, home: Path, *arguments: str) -> Result:
    return Result(
        subprocess.run(
            [sys.executable, "-m", "pre_commit", *arguments],
            cwd=repo.folder,
            env=environment(home),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=900,
        )
    )


@pytest.fixture(scope="module")
def _with_index(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skip where pip can get nothing, since the hook's environment is built with it."""
    pytest.importorskip("pre_commit", reason="pre-commit is not installed")
    target = tmp_path_factory.mktemp("download")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--retries=1",
         "--dest", str(target), "hatchling"],
        env=environment(target),
        capture_output=True,
        check=False,
        timeout=300,
    )  # fmt: skip
    if done.returncode:
        pytest.skip("pip cannot reach a package index, and the hook's environment needs one")


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """Return this checkout with what is not committed yet, as a repository with one commit."""
    folder = tmp_path_factory.mktemp("tool") / "disarm-lint"
    listed = Repo(ROOT).try_git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if listed.status == 0:
        for name in filter(None, listed.out.split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
    else:
        shutil.copytree(ROOT, folder, ignore=NOT_COPIED)
    repo = Repo.create(folder)
    repo.commit("All")
    return repo


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where pre-commit keeps the environment that the tests of this module share."""
    return tmp_path_factory.mktemp("home")


def sound(folder: Path) -> Repo:
    repo = Repo.create(folder)
    repo.write(corpus())
    return repo


def cite_and_rename(repo: Repo) -> None:
    """Rename T0115 where the generator writes its name; the incident cites the old one."""
    for path in (TECHNIQUE, f"{PAGES}/tactics/TA09.md", INDEX):
        repo.replace(path, "Post Content", "Publish Content")


@pytest.mark.usefixtures("_with_index")
def test_try_repo(tmp_path: Path, tool: Repo) -> None:
    repo = sound(tmp_path / "repo")
    repo.replace(INCIDENT, "What happened.", "What happened. (T0115: Post Content)")
    repo.commit()
    cite_and_rename(repo)
    repo.git("add", "--all")
    done = pre_commit(repo, tmp_path / "home", "try-repo", str(tool.folder), "disarm-lint")
    assert done.status == 1, done.out + done.err
    assert f"{INCIDENT}:3:39: error[N401]" in done.out
    assert "Passed" not in done.out


@pytest.fixture
def repo(tmp_path: Path, tool: Repo, home: Path, _with_index: None) -> Repo:
    """Return a repository with the hook installed and an old finding on the incident."""
    repo = sound(tmp_path / "repo")
    repo.extra = {"PRE_COMMIT_HOME": str(home), "PRE_COMMIT_COLOR": "never"}
    configure(repo, tool)
    repo.replace(INCIDENT, "What happened.", "(T0115: Post Content, T0146.001: Fre Account Asset)")
    repo.commit("First")
    done = pre_commit(repo, home, "install", "--install-hooks")
    assert done.status == 0, done.out + done.err
    return repo


def configure(repo: Repo, tool: Repo, more: str = "") -> None:
    repo.write(
        {
            ".pre-commit-config.yaml": (
                f"repos:\n- repo: {tool.folder}\n  rev: {tool.git('rev-parse', 'HEAD')}\n"
                f"  hooks:\n  - id: disarm-lint\n{more}"
            )
        }
    )


def blocked(repo: Repo, *arguments: str) -> str:
    """Try to commit what is staged; return what the hook says."""
    before = repo.git("rev-parse", "HEAD")
    done = repo.try_git("commit", "-m", "Change", *arguments)
    assert done.status == 1, done.out + done.err
    assert repo.git("rev-parse", "HEAD") == before
    return done.out + done.err


def passes(repo: Repo, *arguments: str) -> None:
    done = repo.try_git("commit", "-m", "Change", *arguments)
    assert done.status == 0, done.out + done.err
    assert "Passed" in done.out + done.err


def test_a_rename_is_blocked_for_the_citations_that_it_leaves_behind(repo: Repo) -> None:
    cite_and_rename(repo)
    said = blocked(repo, "-a")
    assert f"{INCIDENT}:3:24: error[N401] T0115 is called" in said
    assert said.count("error[") == 1
    assert "1 older finding is not shown; run `disarm-lint check` for all." in said
    repo.replace(INCIDENT, "T0115: Post Content", "T0115: Publish Content")
    passes(repo, "-a")


def test_a_commit_of_a_deletion_alone_is_blocked(repo: Repo) -> None:
    repo.git("rm", "--quiet", TECHNIQUE)
    said = blocked(repo)
    assert f"{PAGES}/tactics/TA09.md:" in said
    assert f"{INDEX}:11:" in said
    assert "Fre Account Asset" not in said


def test_an_old_finding_does_not_block(repo: Repo) -> None:
    repo.replace(INCIDENT, "Utopia", "Utopia, Erewhon")
    passes(repo, "-a")
    passes(repo, "--allow-empty")


@pytest.mark.parametrize(
    ("path", "text", "ok"),
    [
        ("README.md", "# Read me (T0146: Nonsense)\n", True),
        (f"{PAGES}/techniques/with a space.md", "# Technique T0999: X\n", False),
        (f"{PAGES}/techniques/.md", "# Technique T0999: X\n", False),
        (f"{PAGES}/techniques/T0999.MD", "# Technique T0999: X\n", False),
        (".disarm-lint.yaml", "rules: 1\n", False),
        (".disarm-lint.yaml", "retired: {T0115: T0146}\n", True),
    ],
)
def test_files_of_all_names_are_looked_at(repo: Repo, path: str, text: str, ok: bool) -> None:
    repo.write({path: text})
    repo.git("add", "--all")
    if ok:
        passes(repo)
    else:
        assert path.rpartition("/")[2] in blocked(repo)


def test_a_page_that_is_not_staged_does_not_count(repo: Repo) -> None:
    repo.write({f"{PAGES}/techniques/T0999.md": "# Technique T0999: X\n", "README.md": "# R\n"})
    repo.replace(INCIDENT, "(T0115: ", "(T9999: No, T0115: ")
    repo.git("add", "README.md")
    passes(repo)


def test_all_files_are_all_findings(repo: Repo, home: Path) -> None:
    done = pre_commit(repo, home, "run", "--all-files")
    assert done.status == 1
    assert f"{INCIDENT}:3:49: error[N401]" in done.out
    assert "nothing is staged, so the whole corpus is checked" in done.out
    repo.replace(INCIDENT, "Fre Account Asset", "Free Account Asset")
    done = pre_commit(repo, home, "run", "--all-files")
    assert done.status == 0, done.out


def test_a_range_of_commits(repo: Repo, home: Path) -> None:
    cite_and_rename(repo)
    repo.commit()
    repo.replace(INCIDENT, "(T0115: ", "(T9999: No, T0115: ")
    done = pre_commit(repo, home, "run", "--from-ref=HEAD~1", "--to-ref=HEAD")
    assert done.status == 1
    assert done.out.count("error[") == 1
    assert f"{INCIDENT}:3:24: error[N401] T0115 is called" in done.out


def test_every_finding_can_be_made_to_count(repo: Repo, tool: Repo) -> None:
    configure(repo, tool, "    args: []\n")
    assert f"{INCIDENT}:3:49: error[N401]" in blocked(repo, "-a")


def test_the_manifest_holds_no_patterns(tool: Repo, tmp_path: Path) -> None:
    pytest.importorskip("pre_commit", reason="pre-commit is not installed")
    manifest = tool.folder / ".pre-commit-hooks.yaml"
    done = pre_commit(tool, tmp_path, "validate-manifest", str(manifest))
    assert done.status == 0, done.out
    reader = pytest.importorskip("pre_commit.clientlib")
    (hook,) = (hook for hook in reader.load_manifest(manifest) if hook["id"] == "disarm-lint")
    assert (hook["files"], hook["exclude"], hook["types"]) == ("", "^$", ["file"])
    assert hook["always_run"]
    assert hook["require_serial"]
    assert not hook["pass_filenames"]
