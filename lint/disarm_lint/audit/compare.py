"""Corpora side by side: which causes were fixed, which are new, which stayed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from disarm_lint.audit.model import Audit, CauseEntry
    from disarm_lint.model.finding import Severity


@dataclass(frozen=True, slots=True)
class Column:
    """A corpus of a comparison: its label and its report."""

    label: str
    audit: Audit


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule with the number of findings in each corpus, in their order."""

    code: str
    name: str
    severity: Severity
    findings: tuple[int, ...]

    @property
    def change(self) -> int:
        """How many findings the last corpus has more than the first."""
        return self.findings[-1] - self.findings[0]


@dataclass(frozen=True, slots=True)
class Step:
    """What became of the causes from one corpus to the next."""

    before: str
    after: str
    fixed: tuple[CauseEntry, ...]
    new: tuple[CauseEntry, ...]
    stayed: tuple[tuple[CauseEntry, int], ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Corpora in the order in which they were named, the oldest first.

    `stayed` of a step holds causes of the later corpus with the number of
    places that they had in the earlier one.
    """

    columns: tuple[Column, ...]
    rules: tuple[RuleLine, ...]
    steps: tuple[Step, ...]


def compared(columns: Sequence[Column]) -> Comparison:
    """Compare corpora, each with the one before it."""
    tallies = [{t.rule: t for t in column.audit.report.summary.by_rule} for column in columns]
    every = {code: tally for tallied in tallies for code, tally in tallied.items()}
    rules = tuple(
        RuleLine(
            code,
            tally.name,
            tally.severity,
            tuple(tallied[code].findings if code in tallied else 0 for tallied in tallies),
        )
        for code, tally in sorted(every.items())
    )
    return Comparison(
        tuple(columns), rules, tuple(_step(one, other) for one, other in pairwise(columns))
    )


def _step(one: Column, other: Column) -> Step:
    before = {cause.key: cause for cause in one.audit.causes}
    after = {cause.key: cause for cause in other.audit.causes}
    return Step(
        one.label,
        other.label,
        fixed=tuple(cause for key, cause in before.items() if key not in after),
        new=tuple(cause for key, cause in after.items() if key not in before),
        stayed=tuple(
            (cause, len(before[key].entries)) for key, cause in after.items() if key in before
        ),
    )
