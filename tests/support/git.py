"""Real git repositories in temporary folders."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from support.cli import Result, environment, lint, write_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# Nothing of the tester's own settings, and always the same names and dates.
GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_DATE": "2025-01-01T00:00:00Z",
    "GIT_COMMITTER_DATE": "2025-01-01T00:00:00Z",
    "LC_ALL": "C",
}


def wrapped_git(folder: Path, line: str) -> str:
    """Return a PATH with a git that runs a line of shell before it starts."""
    folder.mkdir()
    script = folder / "git"
    script.write_text(f'#!/bin/sh\n{line}\nexec {shutil.which("git")} "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


class Repo:
    """A repository with a working tree."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.extra: dict[str, str] = {}

    @classmethod
    def create(cls, folder: Path) -> Repo:
        folder.mkdir(parents=True, exist_ok=True)
        repo = cls(folder)
        repo.git("init", "--quiet", "--initial-branch=main")
        for key, value in (
            ("user.name", "A Tester"),
            ("user.email", "tester@example.org"),
            ("commit.gpgsign", "false"),
            ("core.autocrlf", "false"),
        ):
            repo.git("config", key, value)
        return repo

    def try_git(self, *arguments: str) -> Result:
        return Result(
            subprocess.run(
                ["git", *arguments],
                cwd=self.folder,
                env=environment(**GIT, **self.extra),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=600,
            )
        )

    def git(self, *arguments: str) -> str:
        done = self.try_git(*arguments)
        assert done.status == 0, done.err + done.out
        return done.out.strip()

    def write(self, files: Mapping[str, str | bytes]) -> None:
        write_files(self.folder, files)

    def replace(self, path: str, old: str, new: str) -> None:
        file = self.folder / path
        text = file.read_text("utf-8")
        assert old in text
        file.write_bytes(text.replace(old, new).encode("utf-8"))

    def commit(self, message: str = "Change pages") -> str:
        """Commit all that there is, without hooks, and return the commit's name."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--no-verify", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def lint(self, *arguments: str, within: str = ".", **extra: str) -> Result:
        environment = {**{key: GIT[key] for key in GIT if key.startswith("GIT_CONFIG")}, **extra}
        return lint(*arguments, cwd=self.folder / within, **environment)

    def told(self, *arguments: str, within: str = ".", **extra: str) -> list[str]:
        """Return the findings as `path:line:column: E N401`, with the exit status checked."""
        done = self.lint("--output-format", "concise", *arguments, within=within, **extra)
        found = [line.split(" ", 3) for line in done.lines]
        errors = any(words[1] == "E" for words in found)
        assert done.status == int(errors), done.err
        return [" ".join(words[:3]).replace(": ", " ") for words in found]
