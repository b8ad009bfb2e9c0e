"""Showing some of the findings, and saying how many there are besides."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from disarm_lint.output.report import Report, Shown


def by_severity(findings: Sequence[Shown]) -> list[Shown]:
    """Return findings, errors first; those of one severity keep their order."""
    return sorted(findings, key=lambda item: item.finding.severity.rank)


def most_severe(findings: Sequence[Shown], limit: int | None) -> Sequence[Shown]:
    """Return the `limit` most severe findings (None: all), in the order in which they stand."""
    if limit is None or len(findings) <= limit:
        return findings
    ranked = sorted(range(len(findings)), key=lambda n: findings[n].finding.severity.rank)
    return [findings[n] for n in sorted(ranked[:limit])]


def left_out(report: Report, limit: int | None) -> str:
    """Return a sentence about the findings beyond `limit`, or nothing."""
    more = 0 if limit is None else len(report.findings) - limit
    if more <= 0:
        return ""
    noun = "finding is" if more == 1 else "findings are"
    return f"{more:,} more {noun} not shown (--max-findings {limit})."
