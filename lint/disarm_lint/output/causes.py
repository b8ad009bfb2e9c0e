"""Findings by cause: what one kind of mend cures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from disarm_lint.model.finding import Severity
    from disarm_lint.output.report import Place, Shown


@dataclass(frozen=True, slots=True)
class Cause:
    """The findings of one cause, at least one, in their order."""

    findings: tuple[Shown, ...]

    @property
    def severity(self) -> Severity:
        """The worst severity of its findings."""
        return min((item.finding.severity for item in self.findings), key=lambda s: s.rank)

    @property
    def related(self) -> tuple[Place, ...]:
        """The other places of which all of its findings speak."""
        first, *others = self.findings
        return tuple(
            place for place in first.related if all(place in item.related for item in others)
        )


def by_cause(findings: Iterable[Shown]) -> list[Cause]:
    """Group findings: errors first, then the most frequent.

    A cause begins with the workbook cell where it can be mended, else with its worst finding.
    """
    groups: dict[str, list[Shown]] = {}
    for item in findings:
        groups.setdefault(item.finding.cause, []).append(item)
    causes = [
        Cause(tuple(sorted(group, key=lambda i: (i.cell is None, i.finding.severity.rank))))
        for group in groups.values()
    ]
    return sorted(
        causes,
        key=lambda c: (c.severity.rank, -len(c.findings), c.findings[0].finding.rule),
    )
