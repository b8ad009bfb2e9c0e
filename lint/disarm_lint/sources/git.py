"""Calling git, and finding the repository around a folder."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# What tells git which repository it is in; a hook has it from the git that runs it.
_LOCAL = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    }
)
_FIXED = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}


class GitError(Exception):
    """Git cannot answer; the message is one line that says what to do."""


@dataclass(frozen=True)
class Git:
    """Git in a folder."""

    folder: Path
    environment: Mapping[str, str]

    def try_ask(self, *arguments: str, patience: float | None = None) -> tuple[int, bytes, str]:
        """Return the exit status, what git wrote to stdout, and what it complained of.

        Raises GitError where git is not there, refuses the repository, or
        takes more than `patience` seconds.
        """
        try:
            done = subprocess.run(
                self.command(*arguments),
                cwd=self.folder,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=patience,
            )
        except subprocess.TimeoutExpired:
            raise GitError(f"`git {arguments[0]}` took too long") from None
        except OSError as error:
            raise GitError(f"git cannot be run: {(error.strerror or 'unknown').lower()}") from None
        complaint = done.stderr.decode("utf-8", "replace").strip()
        if done.returncode and "dubious ownership" in complaint:
            raise GitError(
                f"git refuses to read the repository around “{self.folder}”, since it belongs to "
                "another user; if you trust it, run: git config --global --add safe.directory "
                f"'{_is_owned_by_another(complaint) or self.folder}'"
            )
        return done.returncode, done.stdout, complaint

    def ask(self, *arguments: str, patience: float | None = None) -> bytes:
        """Return what git writes to stdout; raise GitError where it fails."""
        status, out, complaint = self.try_ask(*arguments, patience=patience)
        if status:
            said = complaint.splitlines()[0] if complaint else f"exit status {status}"
            raise GitError(f"`git {arguments[0]}` failed: {said.removeprefix('fatal: ')}")
        return out

    def command(self, *arguments: str) -> list[str]:
        """Return a command as a list; raise GitError where there is no git."""
        program = shutil.which("git", path=self.environment.get("PATH"))
        if program is None:
            raise GitError("the program git is needed for this, and it is not on the PATH")
        # No program that the repository's configuration names is to run for a reader.
        return [program, "-c", "core.fsmonitor=false", *arguments]


def open_inherited() -> Git | None:
    """Return git in the repository that the environment names; None where it names none."""
    if not _LOCAL & os.environ.keys():
        return None
    from pathlib import Path

    return Git(Path.cwd(), {**os.environ, **_FIXED})


def open_git(folder: Path) -> Git:
    """Return git in the repository around a folder, whatever the environment names."""
    kept = {key: value for key, value in os.environ.items() if key not in _LOCAL}
    return Git(folder, {**kept, **_FIXED})


def _is_owned_by_another(complaint: str) -> str | None:
    """Return the repository that git names in its complaint."""
    _, found, rest = complaint.partition("repository at '")
    return rest.partition("'\n")[0] or None if found else None


_SHOWN = 80


@dataclass(frozen=True)
class Repository:
    """A repository; `top` is the folder of its working tree, or itself where it is bare."""

    git: Git
    top: Path
    bare: bool = False

    def commit(self, revision: str) -> str:
        """Return the name of the commit that a revision names; raise GitError where none is."""
        found = self._find(revision)
        if found is not None:
            return found
        shown = revision if len(revision) <= _SHOWN else f"{revision[:_SHOWN]}…"
        if ".." in revision:
            raise GitError(
                f"“{shown}” names more than one commit; write --changed-since A --at B, "
                "or --changed-since A... for what came after A and B parted"
            )
        if self.head() is None:
            raise GitError(f"there is no commit “{shown}”: the repository has none yet")
        raise GitError(f"there is no commit “{shown}” in {self._deepen()}")

    def _find(self, revision: str) -> str | None:
        # What begins with a dash would be an option; git has no such names either.
        if not revision or revision.startswith("-") or not revision.isprintable():
            return None
        status, out, _ = self.git.try_ask(
            "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"
        )
        return out.decode("ascii", "replace").strip() or None if status == 0 else None

    def merge_base(self, one: str, other: str) -> str:
        """Return the last common ancestor of two commits; raise GitError where there is none."""
        first, second = self.commit(one), self.commit(other)
        status, out, _ = self.git.try_ask("merge-base", first, second)
        if status or not out:
            raise GitError(f"“{one}” and “{other}” have no common ancestor in {self._deepen()}")
        return out.decode("ascii", "replace").split()[0]

    def head(self) -> str | None:
        """Return the commit that is checked out; None before the first one."""
        return self._find("HEAD")

    def merging(self) -> Iterator[str]:
        """Yield the commits that are being merged into the one that is checked out."""
        found = self._find("MERGE_HEAD")
        if found is not None:
            yield found

    def _deepen(self) -> str:
        """Return words for this repository, and what to do about a commit that it lacks."""
        if self.git.try_ask("rev-parse", "--is-shallow-repository")[1].strip() == b"true":
            return (
                "this clone, which is shallow; fetch the whole history: `git fetch --unshallow`, "
                "or in a GitHub workflow `fetch-depth: 0` for actions/checkout"
            )
        return "this repository; is it spelt rightly, and has it been fetched (`git fetch`)?"


def find_repository(folder: Path) -> Repository:
    """Return the repository around a folder, which need not exist; raise GitError for none.

    The index and the repository that a hook is told of are those that count,
    if the folder lies in that repository.
    """
    place = next((p for p in (folder, *folder.parents) if p.is_dir()), Path(folder.anchor))
    own = _at(open_git(place))
    told = open_inherited()
    if told is not None:
        hooked = _at(told)
        if hooked is not None and (hooked.top == own.top if own else _below(place, hooked.top)):
            return hooked
    if own is None:
        raise GitError(f"“{folder}” is in no git repository")
    return own


def _below(place: Path, top: Path) -> bool:
    return place == top or top in place.parents


def _at(git: Git) -> Repository | None:
    status, out, complaint = git.try_ask(
        "rev-parse", "--is-bare-repository", "--is-inside-git-dir", "--absolute-git-dir"
    )
    if status:
        if "not a git repository" in complaint:
            return None
        said = complaint.splitlines()[0] if complaint else f"exit status {status}"
        raise GitError(f"git cannot read the repository: {said.removeprefix('fatal: ')}")
    bare, inside, folder = os.fsdecode(out).rstrip("\n").split("\n", 2)
    if bare == "true":
        top = Path(folder).resolve()
    elif inside == "true":
        raise GitError(f"“{git.folder}” is a folder of git's own; name the folder of the pages")
    else:
        top = Path(os.fsdecode(git.ask("rev-parse", "--show-toplevel")).rstrip("\n")).resolve()
    # Paths in the index are those from the top, and so is a relative GIT_INDEX_FILE.
    environment = dict(git.environment)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"):
        if name in environment:
            environment[name] = os.path.abspath(git.folder / environment[name])  # noqa: PTH100
    return Repository(replace(git, folder=top, environment=environment), top, bare == "true")
