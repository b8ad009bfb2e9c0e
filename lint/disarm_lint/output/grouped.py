"""The format for people who mend: a cause, what to do about it, and its places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.output.causes import by_cause
from disarm_lint.output.text import WIDTH, Writer, came_from, counted, help_for
from disarm_lint.output.visible import width, wrapped

if TYPE_CHECKING:
    from typing import TextIO

    from disarm_lint.output.causes import Cause
    from disarm_lint.output.report import Report, Shown
    from disarm_lint.output.style import Style
    from disarm_lint.output.visible import Charset

_MARGIN = 4


def render_grouped(
    report: Report,
    stream: TextIO,
    *,
    style: Style,
    charset: Charset,
    columns: int = WIDTH,
    statistics: bool = False,
    limit: int | None = None,
) -> None:
    """Write the causes to a stream, the gravest and most frequent first.

    At most `limit` findings are shown; a cause of which nothing would be shown
    is left out.
    """
    writer = Writer(stream, style, charset, columns)
    room = len(report.findings) if limit is None else limit
    for cause in by_cause(report.findings):
        if room <= 0:
            break
        _cause(writer, cause, cause.findings[:room], style, columns)
        room -= len(cause.findings)
    writer.left_out(report, limit)
    if statistics and report.findings:
        writer.statistics(report.summary.by_rule)
        writer.line()
    writer.summary(report)


def _cause(
    writer: Writer, cause: Cause, shown: tuple[Shown, ...], style: Style, columns: int
) -> None:
    first = cause.findings[0]
    finding = first.finding
    label = f"{finding.severity}[{finding.rule}]"
    number = counted(len(cause.findings), "finding", "findings")
    head, *rest = wrapped(
        writer.clean(f"{number}: {finding.message}"),
        columns,
        first=len(label) + 1,
        hanging=_MARGIN,
    )
    writer.line(f"{style.severity(label, finding.severity)} {style.paint(head, 'bold')}")
    for line in rest:
        writer.line(" " * _MARGIN + style.paint(line[_MARGIN:], "bold"))
    if finding.suggestion is not None:
        writer.remark(_MARGIN, "help", help_for(finding.suggestion))
    for other in cause.related:
        writer.related(_MARGIN, other)
    if first.since is not None:
        writer.remark(_MARGIN, "note", f"since {first.since}")
    for item in shown:
        _place(writer, item, first, columns)
    if len(shown) < len(cause.findings):
        writer.line(" " * _MARGIN + f"and {len(cause.findings) - len(shown):,} more")
    writer.line()


def _place(writer: Writer, item: Shown, first: Shown, columns: int) -> None:
    """Write a place, with what sets this finding apart from the first of its cause."""
    finding = item.finding
    where = writer.clean(item.place)
    own = []
    if item.cell is None and (origin := came_from(item)):
        where = f"{where} ({writer.clean(origin)})"
    if finding.message != first.finding.message:
        own.append(finding.message)
    if finding.suggestion != first.finding.suggestion and finding.suggestion is not None:
        own.append(help_for(finding.suggestion))
    if not own:
        writer.line(" " * _MARGIN + where)
        return
    taken = _MARGIN + width(where) + 1
    head, *rest = wrapped(
        writer.clean("; ".join(own)), columns, first=taken + 1, hanging=2 * _MARGIN
    )
    writer.line(f"{' ' * _MARGIN}{where}: {head}".rstrip())
    for line in rest:
        writer.line(line)
