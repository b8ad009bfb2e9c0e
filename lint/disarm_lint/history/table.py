"""The table of releases, or of commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.model.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from disarm_lint.history.build import Step
    from disarm_lint.output.visible import Charset

_HEAD = (
    "date", "commit", "files", "entities", "findings", "errors", "warnings", "infos", "causes",
    "new", "fixed", "tags",
)  # fmt: skip
_WORDS = ("date", "commit", "tags")


def steps_table(steps: Sequence[Step], charset: Charset) -> Iterator[str]:
    """Yield the lines of a table with a row for each step, and before them the head."""
    rows = [_HEAD, *(_row(step, charset) for step in steps)]
    columns = range(len(_HEAD) if any(row[-1] for row in rows[1:]) else len(_HEAD) - 1)
    widths = [max(len(row[number]) for row in rows) for number in columns]
    for row in rows:
        cells = (
            f"{row[n]:<{widths[n]}}" if _HEAD[n] in _WORDS else f"{row[n]:>{widths[n]}}"
            for n in columns
        )
        yield "  ".join(cells).rstrip()


def _row(step: Step, charset: Charset) -> tuple[str, ...]:
    commit, state = step.commit, step.state
    numbers = (
        state.files,
        len(state.entities),
        state.total,
        *(state.by_severity.get(str(severity), 0) for severity in Severity),
        len(state.causes),
        sum(step.changes.new.values()),
        sum(step.changes.fixed.values()),
    )
    tags = charset.line(", ".join(commit.tags))
    return (commit.day, commit.short, *(f"{number:,}" for number in numbers), tags)
