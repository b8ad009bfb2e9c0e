"""Repositories whose commits are a day apart."""

from __future__ import annotations

import subprocess

from support.cli import PAGES, Result, environment
from support.git import GIT, Repo

INCIDENT = "generated_pages/incidents/I00001.md"
SECOND = "generated_pages/techniques/T0002.md"
FOLDED = {f"generated_pages/{path}": text for path, text in PAGES.items()}


class Story(Repo):
    """A repository whose commits are a day apart."""

    day = 0

    def try_git(self, *arguments: str) -> Result:
        date = f"2024-03-{self.day:02}T12:00:00Z"
        dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        return Result(
            subprocess.run(
                ["git", *arguments],
                cwd=self.folder,
                env=environment(**{**GIT, **dates}),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=600,
            )
        )

    def next(self, message: str) -> str:
        self.day += 1
        return self.commit(message)
