"""`--at`, `--changed-since` and `--staged` on real repositories."""

from __future__ import annotations

import json
import sys
import zlib
from typing import TYPE_CHECKING

import pytest

from disarm_lint.cli.main import main
from support.cli import lint
from support.git import GIT, Repo, wrapped_git
from support.mini import PAGES, corpus

if TYPE_CHECKING:
    from pathlib import Path

INCIDENT = f"{PAGES}/incidents/I00001.md"
TECHNIQUE = f"{PAGES}/techniques/T0115.md"
# A citation that is wrong, and one that is not until T0115 gets another name.
OLD = "They began (T0146.001: Fre Account Asset)."
RIGHT = "They went on (T0115: Post Content)."


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Return a repository whose first commit has one finding, N401 on the incident."""
    repo = Repo.create(tmp_path / "repo")
    repo.write(corpus())
    repo.replace(INCIDENT, "What happened.", f"What happened. {OLD} {RIGHT}")
    repo.commit("First")
    return repo


def rename(repo: Repo, name: str = "Publish Content") -> None:
    """Rename T0115 wherever the generator writes its name, and not where texts cite it."""
    for path in (TECHNIQUE, f"{PAGES}/tactics/TA09.md", f"{PAGES}/techniques_index.md"):
        repo.replace(path, "Post Content", name)


N_OLD = f"{INCIDENT}:3:54 E N401"
N_NEW = f"{INCIDENT}:3:95 E N401"


def test_the_repository_of_these_tests(repo: Repo) -> None:
    assert repo.told() == [N_OLD]
    rename(repo)
    assert repo.told() == [N_OLD, N_NEW]


def test_at_lints_a_commit_without_checking_it_out(repo: Repo) -> None:
    rename(repo)
    repo.commit("Rename")
    (repo.folder / INCIDENT).unlink()
    assert repo.told("--at", "HEAD~1") == [N_OLD]
    assert repo.told("--at", "HEAD") == [N_OLD, N_NEW]
    assert repo.told("--at", "main^{/Rename}", INCIDENT) == [N_OLD, N_NEW]
    assert repo.told("--at", "HEAD", "repo", within="..") == [f"repo/{N_OLD}", f"repo/{N_NEW}"]
    assert repo.git("status", "--porcelain") == f"D {INCIDENT}"


def test_at_says_the_same_as_a_checkout_in_every_format(repo: Repo) -> None:
    rename(repo)
    repo.commit()
    for options in (["--output-format", "json"], ["--output-format", "text"]):
        assert repo.lint(*options, "--at", "HEAD").raw == repo.lint(*options).raw


def test_at_uses_the_configuration_of_the_commit(repo: Repo, tmp_path: Path) -> None:
    repo.write({".disarm-lint.yaml": "ignore: [N401]\n"})
    repo.commit()
    repo.write({".disarm-lint.yaml": "nonsense: 1\n"})
    assert repo.told("--at", "HEAD") == []
    assert repo.told("--at", "HEAD~1") == [N_OLD]
    other = tmp_path / "other.yaml"
    other.write_text("severity: {N401: info}\n", "utf-8")
    assert repo.told("--at", "HEAD~1", "--config", str(other)) == [N_OLD.replace(" E ", " I ")]


def test_at_reads_a_profile_that_the_commit_names(repo: Repo) -> None:
    from disarm_lint.config.profile import load_builtin_profile

    assert load_builtin_profile("disarm-1")
    repo.write({".disarm-lint.yaml": "profile: own.yaml\n", "own.yaml": "name: broken\n"})
    repo.commit()
    (repo.folder / "own.yaml").unlink()
    done = repo.lint("--at", "HEAD")
    assert done.status == 2
    assert done.err.startswith("own.yaml:1:1: ")


def test_a_corpus_in_a_subfolder(tmp_path: Path) -> None:
    repo = Repo.create(tmp_path / "repo")
    repo.write({f"data/red/{path}": text for path, text in corpus().items()})
    repo.write({"README.rst": "Not a page: (T0146: Nonsense)\n"})
    repo.replace(f"data/red/{INCIDENT}", "What happened.", OLD)
    repo.commit()
    found = f"{INCIDENT}:3:39"
    (repo.folder / "data/red/generated_pages").rename(repo.folder / "data/red/elsewhere")
    for within, path, shown in (
        (".", [], "data/red/"),
        ("data", ["red"], "red/"),
        ("data/red", [], ""),
        ("data/red/elsewhere", [f"../{PAGES}"], "../"),
    ):
        assert repo.told("--at", "HEAD", *path, within=within) == [f"{shown}{found} E N401"]


def test_a_linked_worktree_and_a_bare_clone(repo: Repo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    linked = Repo(tmp_path / "linked")
    assert linked.told("--at", "main") == [N_OLD]
    rename(linked)
    assert linked.told("--changed-since", "HEAD") == [N_NEW]
    repo.git("clone", "--quiet", "--bare", str(repo.folder), str(tmp_path / "bare.git"))
    bare = Repo(tmp_path / "bare.git")
    assert bare.told("--at", "main") == [N_OLD]
    assert bare.told("--at", "main", PAGES, within="refs/..") == [N_OLD]
    for options in (["--staged"], ["--changed-since", "main"]):
        done = bare.lint(*options)
        assert (done.status, "is a bare repository" in done.err) == (2, True)


def test_changed_since_shows_what_a_change_breaks_elsewhere(repo: Repo) -> None:
    assert repo.told("--changed-since", "HEAD") == []
    rename(repo)
    assert repo.told("--changed-since", "HEAD") == [N_NEW]
    repo.commit()
    assert repo.told("--changed-since", "HEAD~1") == [N_NEW]
    assert repo.told("--changed-since", "HEAD~1", "--at", "HEAD") == [N_NEW]
    assert repo.told("--changed-since", "HEAD", "--at", "HEAD~1") == []
    assert repo.told("--changed-since", "HEAD~1", INCIDENT) == [N_NEW]
    assert repo.told("--changed-since", "HEAD~1", TECHNIQUE) == [N_NEW]
    assert repo.told("--changed-since", "HEAD~1", f"{PAGES}/tactics/TA15.md") == []


def test_changed_since_sees_a_page_that_is_not_added_yet_and_one_that_is_gone(repo: Repo) -> None:
    repo.write({f"{PAGES}/incidents/I00002.md": "# Incident I00002: New\n\n(T9999: No)\n"})
    assert f"{PAGES}/incidents/I00002.md:3:2 E R201" in repo.told("--changed-since", "HEAD")
    (repo.folder / f"{PAGES}/incidents/I00002.md").unlink()
    (repo.folder / TECHNIQUE).unlink()
    told = repo.told("--changed-since", "HEAD")
    assert [line.partition(":")[0] for line in told].count(f"{PAGES}/tactics/TA09.md") == 1
    assert N_OLD not in told


def test_moving_an_old_finding_is_no_change(repo: Repo) -> None:
    repo.replace(INCIDENT, "* **Summary", "\n\n* **Summary")
    repo.replace(INCIDENT, "What happened.", "What has happened.")
    assert repo.told("--changed-since", "HEAD") == []
    repo.replace(INCIDENT, OLD, f"{OLD} {OLD}")
    assert len(repo.told("--changed-since", "HEAD")) == 1


def test_three_dots_mean_the_merge_base(repo: Repo) -> None:
    repo.git("switch", "--quiet", "--create", "topic")
    repo.write({"note.txt": "x"})
    repo.commit("On the topic")
    repo.git("switch", "--quiet", "main")
    repo.replace(INCIDENT, "Fre Account", "Free Account")
    repo.commit("Fix")
    repo.git("switch", "--quiet", "topic")
    assert repo.told("--changed-since", "main") == [N_OLD]
    assert repo.told("--changed-since", "main...") == []
    assert repo.told("--changed-since", "main...", "--at", "topic") == []


def test_each_side_has_its_own_configuration(repo: Repo) -> None:
    repo.write({".disarm-lint.yaml": "ignore: [N401]\n"})
    repo.commit()
    repo.write({".disarm-lint.yaml": "select: [N401]\n"})
    assert repo.told("--changed-since", "HEAD") == [N_OLD]
    assert repo.told("--changed-since", "HEAD~1") == []


def test_a_configuration_that_was_broken_can_be_mended(repo: Repo) -> None:
    repo.write({".disarm-lint.yaml": "nonsense: 1\n"})
    repo.commit()
    repo.write({".disarm-lint.yaml": "select: [N]\n"})
    repo.git("add", "--all")
    done = repo.lint("--staged")
    assert (done.status, done.out) == (0, done.out)
    assert "the configuration in HEAD cannot be used" in done.err
    assert len(done.err.splitlines()) == 1


def test_a_baseline_is_that_of_the_commit_and_its_findings_are_not_counted(repo: Repo) -> None:
    first = repo.git("rev-parse", "HEAD")
    assert repo.lint("baseline", "create").status == 0
    repo.commit("Accept")
    rename(repo)
    repo.git("add", "--all")
    assert repo.told() == [N_NEW]
    done = repo.lint("--staged")
    assert (done.status, "older" in done.out + done.err) == (1, False)
    assert repo.told("--at", first) == [N_OLD]
    assert repo.told("--at", "HEAD") == []
    assert repo.told("--at", "HEAD", "--no-baseline") == [N_OLD]
    assert repo.told("--staged", "--no-baseline") == [N_NEW]
    repo.git("reset", "--quiet", "--hard")
    assert repo.told("--staged") == []
    repo.replace(INCIDENT, "Fre Account", "Free Account")
    repo.git("add", "--all")
    assert [line.rpartition(" ")[2] for line in repo.told("--staged")] == ["X902"]


def test_a_corpus_that_was_not_there_is_all_new(tmp_path: Path) -> None:
    repo = Repo.create(tmp_path / "repo")
    repo.write({"README.md": "# Nothing\n"})
    repo.commit()
    repo.write(corpus())
    repo.replace(INCIDENT, "What happened.", OLD)
    assert repo.told("--changed-since", "HEAD") == [f"{INCIDENT}:3:39 E N401"]


def test_the_closing_lines(repo: Repo) -> None:
    rename(repo)
    text = repo.lint("--changed-since", "HEAD")
    assert text.lines[-3].startswith("Found 1 error (1 cause) in ")
    assert text.lines[-2] == "1 fixable with `disarm-lint fix --unsafe-fixes`."
    assert text.lines[-1] == "1 older finding is not shown; run `disarm-lint check` for all."
    assert text.err == ""
    data = repo.lint("--changed-since", "HEAD", "--output-format", "json")
    assert [f["rule"] for f in json.loads(data.out)["findings"]] == ["N401"]
    assert data.err == (
        "disarm-lint: 1 older finding is not shown; run `disarm-lint check` for all.\n"
    )
    repo.commit()
    text = repo.lint("--changed-since", "HEAD", "--at", "HEAD")
    assert text.lines[0].startswith("Nothing new to report in ")
    assert "run `disarm-lint check --at HEAD` for all." in " ".join(text.lines)


def test_a_shallow_clone(repo: Repo, tmp_path: Path) -> None:
    rename(repo)
    repo.commit()
    repo.git("clone", "--quiet", "--depth=1", f"file://{repo.folder}", str(tmp_path / "shallow"))
    shallow = Repo(tmp_path / "shallow")
    for since in ("HEAD~1", "origin/topic", "origin/topic..."):
        done = shallow.lint("--changed-since", since)
        assert (done.status, done.out) == (2, "")
        assert "fetch-depth: 0" in done.err
        assert len(done.err.splitlines()) == 1
    assert shallow.told("--changed-since", "HEAD") == []


def test_errors_are_one_line_that_says_what_to_do(repo: Repo, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    for arguments, within, words in (
        (["--at", "nope"], ".", "there is no commit “nope” in this repository"),
        (["--at=--help"], ".", "there is no commit “--help” in this repository"),
        (["--changed-since", "main..HEAD"], ".", "--changed-since A --at B"),
        (["--changed-since", "main...HEAD"], ".", "--changed-since A --at B"),
        (["--staged", "--at", "HEAD"], ".", "--staged cannot be combined with --at"),
        (["--at", "HEAD", "nowhere"], ".", "there is no file or folder “nowhere” in HEAD"),
        (["--at", "HEAD"], "../outside", "is in no git repository"),
        (["--at", "HEAD", "../outside"], ".", "is in no git repository"),
        (["--at", "HEAD", ".", "../outside"], ".", "does not lie in the git repository"),
        (["--staged"], ".git", "is a folder of git's own"),
    ):
        done = repo.lint(*arguments, within=within)
        assert done.status == 2, arguments
        assert words in done.err
        assert len(done.err.splitlines()) == 1
        assert done.out == ""


def test_a_commit_without_a_corpus(repo: Repo) -> None:
    repo.git("rm", "--quiet", "-r", PAGES)
    repo.commit()
    done = repo.lint("--at", "HEAD")
    assert done.status == 2
    assert "there is no corpus in or around “repo” in HEAD." in done.err


def test_a_repository_without_commits(tmp_path: Path) -> None:
    repo = Repo.create(tmp_path / "repo")
    repo.write(corpus())
    done = repo.lint("--changed-since", "HEAD")
    assert (done.status, "the repository has none yet" in done.err) == (2, True)


def test_a_repository_of_another_user(repo: Repo, tmp_path: Path) -> None:
    path = wrapped_git(tmp_path / "distrusting", "export GIT_TEST_ASSUME_DIFFERENT_OWNER=1")
    done = repo.lint("--at", "HEAD", PATH=path)
    assert done.status == 2
    assert f"git config --global --add safe.directory '{repo.folder}'" in done.err
    assert len(done.err.splitlines()) == 1


def test_without_git(repo: Repo, tmp_path: Path) -> None:
    done = lint("--at", "HEAD", cwd=repo.folder, PATH=str(tmp_path), **GIT)
    assert done.status == 2
    assert done.err == (
        "disarm-lint: the program git is needed for this, and it is not on the PATH\n"
    )
    assert lint(cwd=repo.folder, PATH=str(tmp_path), **GIT).status == 1


def test_staged_lints_what_will_be_committed(repo: Repo) -> None:
    rename(repo)
    repo.git("add", "--all")
    repo.replace(INCIDENT, "(T0115: Post Content)", "(T0115: Publish Content)")
    assert repo.told() == [N_OLD]
    assert repo.told("--staged") == [N_NEW]
    repo.git("add", "--all")
    assert repo.told("--staged") == []


def test_staged_leaves_out_what_is_not_staged(repo: Repo) -> None:
    rename(repo)
    repo.write({"README.md": "# Read me\n"})
    repo.git("add", "README.md")
    assert repo.told("--staged") == []


def test_with_nothing_staged_all_is_checked(repo: Repo) -> None:
    rename(repo)
    done = repo.lint("--staged", "--output-format", "concise")
    assert (done.status, len(done.lines)) == (1, 2)
    assert done.err == "disarm-lint: nothing is staged, so the whole corpus is checked\n"


def test_at_the_first_commit_all_is_new(tmp_path: Path) -> None:
    repo = Repo.create(tmp_path / "repo")
    repo.write(corpus())
    repo.replace(INCIDENT, "What happened.", OLD)
    repo.git("add", "--all")
    assert repo.told("--staged") == [f"{INCIDENT}:3:39 E N401"]


def test_a_conflict_is_to_be_resolved_first(repo: Repo) -> None:
    repo.git("switch", "--quiet", "--create", "topic")
    repo.replace(INCIDENT, "What happened.", "What happened here.")
    repo.commit()
    repo.git("switch", "--quiet", "main")
    repo.replace(INCIDENT, "What happened.", "What happened there.")
    repo.commit()
    assert repo.try_git("merge", "topic").status == 1
    done = repo.lint("--staged")
    assert (done.status, "has a merge conflict" in done.err) == (2, True)
    repo.git("checkout", "--ours", INCIDENT)
    repo.git("add", INCIDENT)
    repo.replace(INCIDENT, "there", "elsewhere")
    repo.git("add", INCIDENT)
    assert repo.told("--staged") == []


def test_a_merge_is_compared_with_both_sides(repo: Repo) -> None:
    repo.git("switch", "--quiet", "--create", "topic")
    repo.replace(f"{PAGES}/techniques/T0146.md", "What Account", "(T9999: No). What Account")
    repo.commit()
    repo.git("switch", "--quiet", "main")
    rename(repo)
    repo.commit()
    repo.git("merge", "--quiet", "--no-commit", "--no-ff", "topic")
    assert repo.told("--staged") == []
    repo.replace(f"{PAGES}/tactics/TA15.md", "What Establish", "(T9998: No). What Establish")
    repo.git("add", "--all")
    assert [line.partition(":")[0] for line in repo.told("--staged")] == [
        f"{PAGES}/tactics/TA15.md"
    ]


def test_pre_commit_may_name_the_commits(repo: Repo) -> None:
    first = repo.git("rev-parse", "HEAD")
    rename(repo)
    last = repo.commit()
    repo.write({"README.md": "# Read me\n"})
    repo.commit()
    refs = {"PRE_COMMIT_FROM_REF": first, "PRE_COMMIT_TO_REF": last}
    assert repo.told("--staged", **refs) == [N_NEW]


@pytest.fixture
def hooked(repo: Repo) -> Repo:
    """Return the repository with a hook that runs before each commit."""
    hook = repo.folder / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        "#!/bin/sh\n"
        f"exec '{sys.executable}' -m disarm_lint check --staged --output-format concise >&2\n",
        "utf-8",
    )
    hook.chmod(0o755)
    return repo


def test_in_a_hook(hooked: Repo) -> None:
    rename(hooked)
    for arguments in (["-a"], ["-i", *corpus()], ["-o", *corpus()]):
        done = hooked.try_git("commit", "-m", "Rename", *arguments)
        assert done.status == 1, arguments
        assert f"{INCIDENT}:3:95: E N401" in done.err
        assert f"{INCIDENT}:3:54:" not in done.err
        hooked.git("reset", "--quiet")
    # Of the change, only a part that breaks nothing.
    hooked.write({"README.md": "# Read me\n"})
    hooked.git("add", "README.md")
    hooked.git("commit", "-m", "Add", "-o", "README.md")


def test_in_a_hook_a_commit_without_a_change_passes(hooked: Repo) -> None:
    hooked.git("commit", "--allow-empty", "-m", "Nothing")
    hooked.git("commit", "--amend", "--allow-empty", "-m", "Nothing else")


def test_in_a_hook_of_a_linked_worktree(hooked: Repo, tmp_path: Path) -> None:
    hooked.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "-b", "topic")
    linked = Repo(tmp_path / "linked")
    rename(linked)
    done = linked.try_git("commit", "-a", "-m", "Rename")
    assert done.status == 1
    assert f"{INCIDENT}:3:95: E N401" in done.err
    linked.replace(INCIDENT, "(T0115: Post Content)", "(T0115: Publish Content)")
    linked.git("commit", "-a", "-m", "Rename")


def test_a_hook_of_one_repository_may_check_another(repo: Repo, tmp_path: Path) -> None:
    other = Repo.create(tmp_path / "other")
    other.write({"x.txt": "x"})
    other.commit()
    rename(repo)
    extra = {
        "GIT_DIR": str(other.folder / ".git"),
        "GIT_INDEX_FILE": str(other.folder / ".git/index"),
    }
    assert other.told("--changed-since", "HEAD", "../repo", **extra) == [f"../repo/{N_NEW}"]
    repo.git("add", "--all")
    assert other.told("--staged", "../repo", **extra) == [f"../repo/{N_NEW}"]


@pytest.mark.parametrize("command", [("check", "--at"), ("check", "--changed-since"), ("diff",)])
def test_a_commit_to_be_left_out_is_no_commit(
    repo: Repo,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
) -> None:
    monkeypatch.chdir(repo.folder)
    assert main([*command, "^HEAD"]) == 2
    assert capsys.readouterr().err.startswith("disarm-lint: there is no commit “^HEAD” in this")


@pytest.mark.parametrize("how", ["replaced", "forged"])
def test_a_blob_is_what_its_name_says(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    """Else what is kept of a forged commit would hide findings of the true one."""
    blob = repo.git("rev-parse", f"HEAD:{INCIDENT}")
    if how == "replaced":
        (repo.folder / "other").write_text("Nothing.", "utf-8")
        repo.git("replace", blob, repo.git("hash-object", "-w", "other"))
    else:
        loose = repo.folder / ".git/objects" / blob[:2] / blob[2:]
        loose.chmod(0o644)
        loose.write_bytes(zlib.compress(b"blob 8\0Nothing."))
    assert repo.git("cat-file", "blob", blob) == "Nothing."
    monkeypatch.chdir(repo.folder)
    assert main(["check", "--at", "HEAD", "--output-format", "concise"]) == 1
    told = capsys.readouterr().out
    if how == "replaced":
        assert "3:54: E N401" in told
    else:
        assert "X901 this file was not checked: git has another content than its name" in told
