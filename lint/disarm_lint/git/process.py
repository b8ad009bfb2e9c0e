"""The program git, run without a shell and in English."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

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
                f"'{_owned_by_another(complaint) or self.folder}'"
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


def inherited() -> Git | None:
    """Return git in the repository that the environment names; None where it names none."""
    if not _LOCAL & os.environ.keys():
        return None
    from pathlib import Path

    return Git(Path.cwd(), {**os.environ, **_FIXED})


def git_in(folder: Path) -> Git:
    """Return git in the repository around a folder, whatever the environment names."""
    kept = {key: value for key, value in os.environ.items() if key not in _LOCAL}
    return Git(folder, {**kept, **_FIXED})


def _owned_by_another(complaint: str) -> str | None:
    """Return the repository that git names in its complaint."""
    _, found, rest = complaint.partition("repository at '")
    return rest.partition("'\n")[0] or None if found else None
