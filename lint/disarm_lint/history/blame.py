"""Since when causes are there, for those who ask about findings of today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.history.build import read_history
from disarm_lint.history.lives import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from disarm_lint.history.build import History
    from disarm_lint.history.commits import Commit
    from disarm_lint.history.walk import Request


@dataclass(frozen=True, slots=True)
class Introduced:
    """The commit since which a cause is there; `earlier`: it was there before what git holds."""

    commit: Commit
    earlier: bool = False

    def __str__(self) -> str:
        """Return words as in `since 2024-11-22 (c724a3f)`."""
        word = "since before" if self.earlier else "since"
        return f"{word} {self.commit.day} ({self.commit.short})"


def blame(
    request: Request,
    folder: str,
    causes: Iterable[str],
    *,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> dict[str, Introduced]:
    """Return since when causes are there; those that no commit has are left out.

    A cause that came back is there since it last did. For the rest see
    `read_history`, which does the work: it lints every commit.
    """
    return since(read_history(request, folder, progress=progress), causes)


def since(history: History, causes: Iterable[str]) -> dict[str, Introduced]:
    """Return since when causes are there; those that the last commit does not have are left out."""
    wanted = set(causes)
    commits = {step.commit.name: step.commit for step in (*history.base, *history.commits)}
    return {
        life.example.cause: Introduced(commits[life.since[1]], life.since[0] is Event.BEFORE)
        for life in history.causes
        if life.open and life.example.cause in wanted
    }
