"""A repository: where it is, and which commits it has."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from disarm_lint.git.process import Git, GitError, git_in, inherited

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    own = _at(git_in(place))
    told = inherited()
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
