"""Since when findings are there: what `--blame` asks the history."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from disarm_lint.cli.errors import Failure
from disarm_lint.cli.targets import shown_path
from disarm_lint.output.report import NOT_COMMITTED, Since

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from disarm_lint.cli.lint import Linted, Opened
    from disarm_lint.history.build import History
    from disarm_lint.rule import LoadedRule


def history_of(
    opened: Opened,
    rules: Sequence[LoadedRule],
    current: Path,
    *,
    config: bool,
    select: tuple[str, ...] | None,
    ignore: tuple[str, ...] | None,
    include_orphans: bool,
    progress: Callable[[int, int], None],
) -> History:
    """Return the history of a corpus; it costs a run for each commit that touched it.

    `config` says that the configuration was named on the command line, and so
    holds for all commits. Raises Failure where the corpus is in no git
    repository.
    """
    from disarm_lint.git.process import GitError
    from disarm_lint.git.repository import find_repository
    from disarm_lint.history.build import read_history
    from disarm_lint.history.walk import Request

    root = opened.target.root
    try:
        repository = find_repository(root)
        if root != repository.top and repository.top not in root.parents:
            where = shown_path(root, current)
            raise Failure(f"--blame: the corpus “{where}” begins above its git repository")
        request = Request(
            repository=repository,
            root=root,
            rules=rules,
            given=opened.loaded if config else None,
            select=select,
            ignore=ignore,
            include_orphans=include_orphans,
            shown=partial(shown_path, current=current),
        )
        folder = root.relative_to(repository.top).as_posix()
        return read_history(request, "" if folder == "." else folder, progress=progress)
    except GitError as error:
        raise Failure(f"--blame: {error}") from None


def blamed(linted: Linted, history: History) -> Linted:
    """Return findings with the commit since which their cause is there."""
    from disarm_lint.history.blame import since

    known = {
        cause: Since(introduced.commit.day, introduced.commit.short, introduced.earlier)
        for cause, introduced in since(
            history, {shown.finding.cause for shown in linted.findings}
        ).items()
    }
    return replace(
        linted,
        findings=tuple(
            replace(shown, since=known.get(shown.finding.cause, NOT_COMMITTED))
            for shown in linted.findings
        ),
    )
