"""No program that a repository names runs, and no setting of a user changes what is told."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from disarm_lint.cli.main import COMMANDS as EVERY
from disarm_lint.cli.main import main
from disarm_lint.sources import isolation
from disarm_lint.sources.git import find_repository
from disarm_lint.sources.isolation import SETTINGS, build_command, build_environment
from support import mini_master
from support.git import Repo, wrapped_git
from support.mini import MARKER, PAGES, corpus
from support.published import ROOT
from support.tripwires import ATTRIBUTES, PROGRAMS, Tripwires, configuration, known_to_git

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [
    pytest.mark.program("git"),
    pytest.mark.skipif(os.name == "nt", reason="the tripwires are shell scripts"),
]

INCIDENT = f"{PAGES}/incidents/I00001.md"
GONE = f"{PAGES}/techniques/T0999.md"
BOOK = mini_master.DATA
LIST = "../changes.csv"
# Those that ask git, each as one that looks at a commit before the last one; and one that does not.
COMMANDS = (
    ("check",),
    ("check", "--staged"),
    ("check", "--changed-since", "first"),
    ("check", "--changed-since", "first..."),
    ("check", "--at", "first"),
    ("check", "--at", "HEAD", "--changed-since", "first"),
    ("check", "--blame"),
    ("diff", "first"),
    ("diff", "first", "HEAD"),
    ("history",),
    ("history", "--json"),
    ("history", "--html", "-"),
    ("audit", "--html", "-"),
    ("audit", "--blame", "--html", "-"),
    ("audit", "--at", "first", "--html", "-"),
    ("textconv", BOOK),
    ("urls",),
    ("fix", "--changes", LIST),
    ("rename", "T0146", "Account Things"),
    ("render", "--diff"),
)
# Those that ask nothing of git, and those that write, in an order in which each can do something.
OTHERS = (
    ("config", "show"),
    ("config", "schema"),
    ("rules",),
    ("explain", "N401"),
    ("fix", "--diff"),
    ("baseline", "create", "--force", "--baseline", "../accepted.yaml"),
    ("baseline", "update", "--baseline", "../accepted.yaml"),
    ("baseline", "show", "--baseline", "../accepted.yaml"),
    ("apply", "--diff", LIST),
    ("apply", LIST),
    ("fix",),
    ("fix", "--allow-dirty", "--unsafe-fixes"),
    ("rename", "--write", "--allow-dirty", "T0146", "Account Things"),
    ("render", "--allow-dirty"),
    ("render", "--prune", "--allow-dirty"),
)
SIGNATURES = {
    "openpgp": "PGP SIGNATURE",
    "ssh": "SSH SIGNATURE",
    "x509": "SIGNED MESSAGE",
}


@dataclass(frozen=True)
class Answer:
    status: int
    out: bytes
    err: bytes


class Runner:
    """Runs the linter in this process, which is quicker, in a repository."""

    def __init__(
        self, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[bytes], repo: Repo
    ) -> None:
        self._patch, self._capture = patch, capture
        for key in [key for key in os.environ if key.startswith("GIT_")]:
            patch.delenv(key)
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.setenv("SOURCE_DATE_EPOCH", "1739188800")
        self.enter(repo)

    def enter(self, repo: Repo) -> None:
        """Run in another repository from now on."""
        self.repo = repo
        self._patch.chdir(repo.folder)

    def lint(self, *arguments: str, **extra: str) -> Answer:
        with self._patch.context() as patch:
            for key, value in extra.items():
                patch.setenv(key, value)
            status = main(arguments)
        told = self._capture.readouterr()
        return Answer(status, told.out, told.err)


def sign(repo: Repo, form: str) -> None:
    """Give the last commit a signature, which need not be a good one to be verified."""
    head, _, message = repo.git("cat-file", "commit", "HEAD").partition("\n\n")
    label = SIGNATURES[form]
    lines = (f"-----BEGIN {label}-----", " iQEzBAABCAAdFiEE", f" -----END {label}-----")
    raw = [head, f"gpgsig {lines[0]}", *lines[1:], "", message, ""]
    (repo.folder / ".git/signed").write_text("\n".join(raw), encoding="utf-8")
    commit = repo.git("hash-object", "-t", "commit", "-w", ".git/signed")
    repo.git("update-ref", "HEAD", commit)


def story(folder: Path) -> Repo:
    """Return a repository with signed commits, of which one deleted a page that is still cited."""
    repo = Repo.create(folder)
    repo.write(corpus())
    master = mini_master.data()
    # What `fix` takes out of the workbook, and `apply` of a list.
    master["incidents"][1][3] = "What happened. "
    files = mini_master.files(masters=master)
    repo.write({path: files[path] for path in (BOOK, mini_master.FRAMEWORK)})
    page = (folder / f"{PAGES}/techniques/T0115.md").read_text("utf-8")
    repo.write({GONE: page.replace("T0115", "T0999").replace("Post Content", "An Old Name")})
    # Below the marker, where a page says what no workbook does.
    repo.replace(INCIDENT, MARKER, f"{MARKER}\n\nA note. (T0999: An Old Name)")
    repo.commit("First")
    sign(repo, "openpgp")
    repo.git("tag", "first")
    (folder / GONE).unlink()
    repo.commit("Delete a page")
    sign(repo, "ssh")
    repo.replace(INCIDENT, "A note.", "A note (T0146: Account Assets).")
    repo.commit("A mistake")
    sign(repo, "x509")
    # What is only intended to be added, a change that is staged, and one that is not.
    repo.write({"empty.md": "", "intended.md": ""})
    repo.git("add", "empty.md")
    repo.git("add", "--intent-to-add", "intended.md")
    repo.replace(INCIDENT, "T0146: Account Assets", "T0146: Account Assetts")
    repo.git("add", INCIDENT)
    repo.replace(INCIDENT, "T0146: Account Assetts", "T0146: Account Asets")
    return repo


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return story(tmp_path_factory.mktemp("template") / "corpus").folder


@pytest.fixture
def runner(
    template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> Runner:
    repo = Repo(tmp_path / "corpus")
    shutil.copytree(template, repo.folder, symlinks=True)
    # To git, each file may have changed since the index was written, so it compares contents
    # where it looks at the working tree; what is compared goes through the filters.
    repo.try_git("update-index", "-q", "--refresh")
    os.utime(repo.folder / ".git/index", (1, 1))
    return Runner(monkeypatch, capsysbinary, repo)


@pytest.fixture
def wires(tmp_path: Path) -> Tripwires:
    return Tripwires(tmp_path / "wires")


def append(file: Path, text: str) -> None:
    file.parent.mkdir(exist_ok=True)
    with file.open("a", encoding="utf-8") as stream:
        stream.write(text)


def in_repository(repo: Repo, text: str) -> None:
    append(repo.folder / ".git/config", text)


def included(repo: Repo, text: str) -> None:
    """Include a file that lies in the working tree, where a pull request can put it."""
    append(repo.folder / "settings", text)
    append(repo.folder / ".git/config", "[include]\n\tpath = ../settings\n")


def of_worktree(repo: Repo, text: str) -> None:
    append(repo.folder / ".git/config", "[extensions]\n\tworktreeConfig = true\n")
    append(repo.folder / ".git/config.worktree", text)


PLACES = pytest.mark.parametrize("place", [in_repository, included, of_worktree])


def arm(repo: Repo, wires: Tripwires, place: Callable[[Repo, str], None]) -> None:
    place(repo, wires.settings())
    append(repo.folder / ".git/info/attributes", ATTRIBUTES)
    append(repo.folder / ".gitattributes", ATTRIBUTES)
    wires.hooks(repo.folder / ".git/hooks")


@PLACES
def test_no_program_of_a_repository_runs(
    runner: Runner, wires: Tripwires, place: Callable[[Repo, str], None]
) -> None:
    arm(runner.repo, wires, place)
    ran, failed = {}, {}
    for command in (*COMMANDS, *OTHERS):
        answer = runner.lint(*command)
        if names := wires.ran():
            ran[command] = names
        if answer.status not in (0, 1):
            failed[command] = answer.err
    assert (ran, failed) == ({}, {})


def test_every_command_is_run() -> None:
    assert {command[0] for command in (*COMMANDS, *OTHERS)} == set(EVERY)


def test_every_program_that_git_knows_has_a_tripwire() -> None:
    """A new key of git is added to PROGRAMS, and to SETTINGS where it can be."""
    assert known_to_git() - {key.lower() for key in PROGRAMS} == set()


def test_without_the_settings_and_the_environment_programs_run(
    runner: Runner, wires: Tripwires, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands come upon programs: only what git is started with keeps them from running."""
    arm(runner.repo, wires, in_repository)
    monkeypatch.setattr(isolation, "SETTINGS", {})
    runner.lint("check", "--staged")
    assert "core.fsmonitor" in wires.ran()
    monkeypatch.setattr(isolation, "_FIXED", {"LC_ALL": "C"})
    make_partial(runner.repo, wires, "ext")
    runner.lint("diff", "first")
    assert "remote.trip.url" in wires.ran()


def test_the_tripwires_trip(runner: Runner, wires: Tripwires) -> None:
    """Plain git, with the same settings, runs those that a linter could come upon."""
    arm(runner.repo, wires, in_repository)
    # A filter that fails comes before the driver of a comparison.
    unfiltered = ("-c", "filter.trip.process=", "-c", "filter.trip.smudge=cat")
    for command, expected in (
        (("log",), {"gpg.ssh.program", "gpg.x509.program"}),
        (("status",), {"core.fsmonitor", "filter.trip.process"}),
        ((*unfiltered, "show", "--ext-diff"), {"diff.trip.command"}),
        ((*unfiltered, "show", "--no-ext-diff"), {"diff.trip.textconv"}),
        (("ls-remote", "ext::" + wires.program("trip")), {"trip"}),
        (("ls-remote", "git@trip.example:x"), {"core.sshCommand"}),
        (("ls-remote", "git://trip.example/x"), {"core.gitProxy"}),
        (("trip",), {"alias.trip"}),
    ):
        runner.repo.try_git(*command)
        assert expected <= wires.ran(), command


def test_each_setting_that_needs_no_name_is_overridden(runner: Runner, wires: Tripwires) -> None:
    arm(runner.repo, wires, in_repository)
    git = find_repository(runner.repo.folder).git
    for key, value in SETTINGS.items():
        assert git.ask("config", "--get", key).decode().rstrip("\n") == value
    # The environment overrides core.gitProxy; those of the others belong to commands that
    # cannot be started.
    others = {"core.gitProxy", "diff.tool", "diff.guitool", "gc.recentObjectsHook", "help.browser"}
    sections = {"alias", "imap", "init", "instaweb", "man", "merge", "pager", "sendemail", "web"}
    named = {key for key in PROGRAMS if ".trip." in key or "://" in key}
    left = set(PROGRAMS) - named - others - set(SETTINGS)
    assert {key for key in left if key.partition(".")[0] not in sections} == set()


def test_commands_outside_the_list_are_not_started() -> None:
    for command in ("log", "show", "diff", "diff-files", "status", "fetch", "checkout", "trip"):
        with pytest.raises(ValueError, match=f"`git {command}` is not in the list"):
            build_command("git", command)


def test_one_module_starts_programs() -> None:
    root = ROOT
    starting = [
        file.relative_to(root).as_posix()
        for folder in ("lint", "rules", "schemas")
        for file in sorted((root / folder).rglob("*.py"))
        if re.search(
            r"\b(Popen|subprocess\.\w+|os\.(system|exec\w+|spawn\w+|popen|startfile))\(",
            file.read_text("utf-8"),
        )
    ]
    assert starting == ["lint/disarm_lint/sources/git.py"]


def test_a_git_in_the_current_folder_does_not_run(runner: Runner, wires: Tripwires) -> None:
    shutil.copy(wires.program("git"), runner.repo.folder / "git")
    answer = runner.lint("check", "--at", "HEAD", PATH=f".{os.pathsep}{os.environ['PATH']}")
    assert (answer.status, wires.ran()) == (1, set()), answer.err


def test_nothing_of_the_caller_is_left_but_the_place_and_the_trust() -> None:
    caller = {
        "HOME": "/home/someone",
        "GIT_CONFIG_GLOBAL": "/home/someone/.config/git/config",
        "GIT_DIR": "/srv/repo/.git",
        "GIT_INDEX_FILE": ".git/index.lock",
        "GIT_EXTERNAL_DIFF": "/bin/trip",
        "GIT_SSH_COMMAND": "/bin/trip",
        "GIT_TRACE": "1",
        "GIT_ALLOW_PROTOCOL": "ext",
        "GIT_NO_LAZY_FETCH": "0",
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "core.fsmonitor",
        "GIT_CONFIG_VALUE_0": "/bin/trip",
        "GIT_CONFIG_KEY_1": "Safe.Directory",
        "GIT_CONFIG_VALUE_1": "/srv/repo",
        "GIT_CONFIG_PARAMETERS": "'core.fsmonitor'='/bin/trip' 'safe.directory'='/srv/it'\\''s'",
        "PATH": os.pathsep.join(("", ".", "/usr/bin", "bin")),
    }
    fixed = {
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_ASKPASS": "",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_EDITOR": "false",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_PAGER": "cat",
        "GIT_PROXY_COMMAND": "",
        "GIT_SEQUENCE_EDITOR": "false",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
        "HOME": "/home/someone",
        "PATH": "/usr/bin",
        "GIT_CONFIG_GLOBAL": "/home/someone/.config/git/config",
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "/srv/repo",
        "GIT_CONFIG_KEY_1": "safe.directory",
        "GIT_CONFIG_VALUE_1": "/srv/it's",
    }
    assert build_environment(caller, located=False) == fixed
    located = {"GIT_DIR": "/srv/repo/.git", "GIT_INDEX_FILE": ".git/index.lock"}
    assert build_environment(caller, located=True) == {**fixed, **located}


# A remote of each kind that makes git start a program, and what starts there.
REMOTES = {
    "ext": ({"remote.trip.url": "ext::{trip}", "protocol.ext.allow": "always"}, "trip"),
    "ssh": ({"remote.trip.url": "git@trip.example:x"}, "core.sshCommand"),
    "path": ({"remote.trip.url": "{top}", "remote.trip.uploadpack": "{trip}"}, "trip"),
    "rewritten": (
        {"remote.trip.url": "https://trip.example/x", "url.ext::{trip} .insteadOf": "https://"},
        "trip",
    ),
}


def make_partial(repo: Repo, wires: Tripwires, kind: str) -> None:
    """Make a repository a partial clone that lacks the page that was deleted."""
    lost = repo.git("rev-parse", f"first:{GONE}")
    (repo.folder / ".git/objects" / lost[:2] / lost[2:]).unlink()
    settings = {
        "core.repositoryformatversion": "1",
        "core.sshCommand": wires.program("core.sshCommand"),
        "extensions.partialClone": "trip",
        "protocol.allow": "always",
        "remote.trip.promisor": "true",
    }
    trip = wires.program("trip")
    for key, value in REMOTES[kind][0].items():
        settings[key.replace("{trip}", trip)] = value.format(trip=trip, top=repo.folder)
    append(repo.folder / ".git/config", configuration(settings.items()))


@pytest.mark.parametrize("version", ["newer", "older"])
@pytest.mark.parametrize("kind", REMOTES)
def test_nothing_is_fetched_for_a_partial_clone(
    runner: Runner, wires: Tripwires, tmp_path: Path, kind: str, version: str
) -> None:
    make_partial(runner.repo, wires, kind)
    path = os.environ["PATH"]
    if version == "older":
        path = wrapped_git(tmp_path / "older", "unset GIT_NO_LAZY_FETCH")
    for command in COMMANDS:
        answer = runner.lint(*command, PATH=path)
        assert not wires.ran(), command
        if "first" in command or "first..." in command or {"history", "--blame"} & set(command):
            blamed = "--blame: " if "--blame" in command else ""
            assert (answer.status, answer.out) == (2, b""), command
            assert answer.err.decode() == (
                f"disarm-lint: {blamed}this clone is partial and lacks the content of “{GONE}”, "
                "and disarm-lint fetches nothing; fetch everything: `git fetch --refetch "
                "--no-filter`, or in a GitHub workflow remove `filter` (and `sparse-checkout`, "
                "which implies it) from actions/checkout\n"
            )
        else:
            assert answer.status in (0, 1), answer.err
    runner.repo.try_git("cat-file", "-p", f"first:{GONE}")
    assert wires.ran() == {REMOTES[kind][1]}


@pytest.mark.parametrize("kept", ["blob:none", "tree:0"])
def test_the_way_out_of_a_partial_clone(
    runner: Runner, tmp_path: Path, template: Path, kept: str
) -> None:
    template_repo = Repo(template)
    template_repo.git("config", "uploadpack.allowFilter", "true")
    clone = Repo(tmp_path / "clone")
    template_repo.git("clone", "--quiet", f"--filter={kept}", template.as_uri(), str(clone.folder))
    runner.enter(clone)
    lacking = "the content of “generated_pages/" if kept == "blob:none" else "folders of its"
    for command in (("check", "--at", "first"), ("history",), ("diff", "first")):
        answer = runner.lint(*command)
        assert (answer.status, answer.out) == (2, b"")
        said = answer.err.decode()
        assert said.startswith(f"disarm-lint: this clone is partial and lacks {lacking}")
        assert "`git fetch --refetch --no-filter`" in said
    past = "it was “An Old Name” until 2025-01-01"
    for known in (False, True):
        answer = runner.lint("check", "--output-format", "concise")
        assert (answer.status, past in answer.out.decode()) == (1, known)
        clone.git("fetch", "--quiet", "--refetch", "--no-filter")
    assert runner.lint("check", "--at", "first").status == 1


# What people set for themselves, each of which changes what `git log`, `show` or `diff` print.
ORDINARY = {
    "color.ui": "always",
    "column.ui": "always",
    "core.abbrev": "12",
    "core.fsmonitor": "true",
    "core.quotePath": "true",
    "core.untrackedCache": "true",
    "diff.algorithm": "histogram",
    "diff.ignoreSubmodules": "none",
    "diff.mnemonicPrefix": "true",
    "diff.noprefix": "true",
    "diff.orderFile": "/dev/null",
    "diff.relative": "true",
    "diff.renames": "copies",
    "diff.submodule": "log",
    "fetch.showForcedUpdates": "false",
    "format.pretty": "fuller",
    "i18n.commitEncoding": "ISO-8859-1",
    "i18n.logOutputEncoding": "UTF-16",
    "log.abbrevCommit": "true",
    "log.date": "relative",
    "log.decorate": "full",
    "log.diffMerges": "first-parent",
    "log.follow": "true",
    "log.showRoot": "false",
    "log.showSignature": "true",
    "pretty.oneline": "format:%an",
    "status.renames": "false",
    "tag.sort": "-taggerdate",
    "versionsort.suffix": "-rc",
}


@pytest.mark.parametrize("place", ["the user's", "the repository's"])
def test_settings_of_an_ordinary_user_change_nothing(
    runner: Runner, tmp_path: Path, place: str
) -> None:
    gpg = tmp_path / "gpg"
    gpg.write_text("#!/bin/sh\necho 'gpg: Signature made now' >&2\n", "utf-8")
    gpg.chmod(0o755)
    plain = [runner.lint(*command) for command in COMMANDS]
    programs = {f"gpg.{form}.program": str(gpg) for form in SIGNATURES}
    text = configuration({**ORDINARY, **programs}.items())
    extra = {}
    if place == "the user's":
        (tmp_path / "gitconfig").write_text(text, "utf-8")
        extra["GIT_CONFIG_GLOBAL"] = str(tmp_path / "gitconfig")
    else:
        append(runner.repo.folder / ".git/config", text)
    for command, expected in zip(COMMANDS, plain, strict=True):
        assert runner.lint(*command, **extra) == expected, command
    told = runner.lint("diff", "first", **extra).out.decode()
    assert "first (" in told
    assert ", 2025-01-01)" in told


@pytest.mark.parametrize("where", ["global", "system", "GIT_CONFIG_COUNT", "git -c"])
def test_the_trust_of_the_user_and_the_system_counts(
    runner: Runner, tmp_path: Path, where: str
) -> None:
    trusting = tmp_path / "trusting"
    trusting.write_text(configuration([("safe.directory", str(runner.repo.folder))]), "utf-8")
    ways = {
        "global": {"GIT_CONFIG_GLOBAL": str(trusting)},
        "system": {"GIT_CONFIG_SYSTEM": str(trusting), "GIT_CONFIG_NOSYSTEM": "0"},
        "GIT_CONFIG_COUNT": {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
        },
        "git -c": {"GIT_CONFIG_PARAMETERS": "'safe.directory'='*'"},
    }
    path = wrapped_git(tmp_path / "distrusting", "export GIT_TEST_ASSUME_DIFFERENT_OWNER=1")
    refused = runner.lint("check", "--at", "HEAD", PATH=path)
    assert refused.status == 2
    assert refused.err.decode().startswith("disarm-lint: git refuses to read the repository")
    answer = runner.lint("check", "--at", "HEAD", PATH=path, **ways[where])
    assert answer.status == 1, answer.err


def test_a_repository_does_not_trust_itself(runner: Runner, tmp_path: Path) -> None:
    append(runner.repo.folder / ".git/config", configuration([("safe.directory", "*")]))
    path = wrapped_git(tmp_path / "distrusting", "export GIT_TEST_ASSUME_DIFFERENT_OWNER=1")
    assert runner.lint("check", "--at", "HEAD", PATH=path).status == 2


def test_linked_worktree_and_index_of_a_hook(
    runner: Runner, wires: Tripwires, tmp_path: Path
) -> None:
    repo = runner.repo
    linked = Repo(tmp_path / "linked")
    repo.git("worktree", "add", "--quiet", "--detach", str(linked.folder), "HEAD")
    linked.replace(INCIDENT, "T0146: Account Assets", "T0146: Acount Asset")
    index = linked.folder.parent / "index-of-the-hook"
    linked.extra["GIT_INDEX_FILE"] = str(index)
    linked.git("read-tree", "HEAD")
    linked.git("add", INCIDENT)
    arm(repo, wires, in_repository)
    runner.enter(linked)
    place = {"GIT_DIR": f"{repo.folder}/.git/worktrees/linked", "GIT_INDEX_FILE": str(index)}
    answer = runner.lint("check", "--staged", "--output-format", "concise", **place)
    assert answer.status == 1, answer.err
    assert "(has “Acount” instead of “Account”)" in answer.out.decode()
    assert wires.ran() == set()
