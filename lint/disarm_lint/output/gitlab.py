"""The Code Quality report of GitLab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from disarm_lint.model.finding import Severity
from disarm_lint.output.keys import keys
from disarm_lint.output.machine import write_json

if TYPE_CHECKING:
    from typing import TextIO

    from disarm_lint.output.keys import Key
    from disarm_lint.output.report import Report, Shown

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def render_gitlab(report: Report, stream: TextIO) -> None:
    """Write a report as a GitLab Code Quality report to a stream in UTF-8."""
    found = zip(report.findings, keys(report.findings), strict=True)
    write_json([_issue(item, key) for item, key in found], stream, unicode_only=True)


def _issue(item: Shown, key: Key) -> dict[str, Any]:
    finding, span = item.finding, item.span
    return {
        "description": finding.message if item.cell is None else f"{item.place}: {finding.message}",
        "check_name": f"{finding.rule} {finding.name}",
        "fingerprint": key.hexadecimal,
        "severity": _SEVERITIES[finding.severity],
        "location": {
            "path": item.path.removeprefix("./"),
            "lines": {
                "begin": span.line if span else 1,
                "end": span.end_line if span else 1,
            },
        },
    }
