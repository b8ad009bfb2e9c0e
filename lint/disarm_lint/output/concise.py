"""One line for each finding: `path:line:column: E N401 message`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.output.limit import left_out, most_severe
from disarm_lint.output.text import statistics_lines

if TYPE_CHECKING:
    from typing import TextIO

    from disarm_lint.output.report import Report
    from disarm_lint.output.style import Style
    from disarm_lint.output.visible import Charset


def render_concise(
    report: Report,
    stream: TextIO,
    *,
    style: Style,
    charset: Charset,
    statistics: bool = False,
    limit: int | None = None,
) -> None:
    """Write a line for each finding to a stream, for at most `limit` of them."""
    for item in most_severe(report.findings, limit):
        finding = item.finding
        where = item.place
        label = f"{finding.severity[0].upper()} {finding.rule}"
        stream.write(
            f"{style.paint(charset.line(where), 'bold')}: "
            f"{style.severity(label, finding.severity)} {charset.line(finding.message)}\n"
        )
    if sentence := left_out(report, limit):
        stream.write(f"{sentence}\n")
    if statistics and report.findings:
        ordered = sorted(report.summary.by_rule, key=lambda item: (-item.findings, item.rule))
        stream.write("\n" + "\n".join(statistics_lines(ordered)) + "\n")
