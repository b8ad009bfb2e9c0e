"""The format for people: source line, caret, help; at most 80 columns wide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.model.finding import Severity
from disarm_lint.output.snippet import snippet
from disarm_lint.output.visible import width, wrapped

if TYPE_CHECKING:
    from typing import TextIO

    from disarm_lint.output.report import Place, Report, Shown, Tally
    from disarm_lint.output.style import Style
    from disarm_lint.output.visible import Charset

WIDTH = 80
# Code points of a message, and of a suggestion, that are shown.
_LONGEST, _SUGGESTED = 800, 180
_HANGING = 4


def render_text(
    report: Report,
    stream: TextIO,
    *,
    style: Style,
    charset: Charset,
    columns: int = WIDTH,
    statistics: bool = False,
) -> None:
    """Write a report for people to a stream."""
    writer = _Writer(stream, style, charset, columns)
    for item in report.findings:
        writer.finding(item)
    if statistics and report.findings:
        writer.statistics(report.summary.by_rule)
        stream.write("\n")
    writer.summary(report)


def place(path: str, line: int | None, column: int | None) -> str:
    """Return `path:line:column`, or the path alone for a file as a whole."""
    return path if line is None else f"{path}:{line}:{column}"


def counted(number: int, one: str, many: str) -> str:
    """Return a number with its noun: `1 error`, `3,000 citations`."""
    return f"{number:,} {one if number == 1 else many}"


class _Writer:
    def __init__(self, stream: TextIO, style: Style, charset: Charset, columns: int) -> None:
        self._stream = stream
        self._style = style
        self._charset = charset
        self._columns = columns

    def _print(self, line: str = "") -> None:
        self._stream.write(f"{line}\n")

    def _clean(self, text: str) -> str:
        cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
        return self._charset.line(cut)

    def finding(self, item: Shown) -> None:
        finding, span, style = item.finding, item.span, self._style
        where = self._charset.line(
            place(item.path, span.line if span else None, span.column if span else None)
        )
        label = f"{finding.severity}[{finding.rule}]"
        taken = width(where) + 2 + len(label)
        first, *rest = wrapped(
            self._clean(finding.message), self._columns, first=taken + 1, hanging=_HANGING
        )
        head = f"{style.paint(where, 'bold')}: {style.severity(label, finding.severity)}"
        self._print(f"{head} {style.paint(first, 'bold')}" if first else head)
        for line in rest:
            self._print(" " * _HANGING + style.paint(line[_HANGING:], "bold"))
        margin = self._source(item)
        if finding.suggestion is not None:
            self._remark(margin, "help", _help(finding.suggestion))
        for other in item.related:
            self._related(margin, other)
        self._print()

    def _source(self, item: Shown) -> int:
        """Write the source line and its carets; return the width of the margin."""
        span = item.span
        if span is None or item.source is None:
            return _HANGING
        number = str(span.line)
        margin = max(_HANGING, len(number))
        bar = self._style.paint("|", "blue")
        shown = snippet(item.source, span, self._columns - margin - 3, self._charset)
        self._print(
            f"{self._style.paint(number.rjust(margin), 'blue')} {bar} {shown.line}".rstrip()
        )
        carets = self._style.severity("^" * (shown.end - shown.start), item.finding.severity)
        self._print(f"{' ' * margin} {bar} {' ' * shown.start}{carets}")
        return margin

    def _remark(self, margin: int, label: str, text: str) -> None:
        hanging = margin + 3 + len(label) + 2
        first, *rest = wrapped(self._clean(text), self._columns, first=hanging, hanging=hanging)
        sign = self._style.paint("=", "blue")
        self._print(f"{' ' * margin} {sign} {self._style.paint(label, 'bold')}: {first}".rstrip())
        for line in rest:
            self._print(line)

    def _related(self, margin: int, other: Place) -> None:
        span = other.span
        where = place(other.path, span.line if span else None, span.column if span else None)
        self._remark(margin, "note", f"{other.message}: {where}")

    def statistics(self, tallies: tuple[Tally, ...]) -> None:
        ordered = sorted(tallies, key=lambda item: (-item.findings, item.rule))
        for line in statistics_lines(ordered):
            self._print(line)

    def summary(self, report: Report) -> None:
        for line in wrapped(summary_line(report), self._columns):
            self._print(line)


def _help(suggestion: str) -> str:
    if not suggestion:
        return "delete it"
    if suggestion.isspace():
        return "write an ordinary blank" if suggestion == " " else "write ordinary white space"
    if len(suggestion) <= _SUGGESTED:
        return f"write “{suggestion}”"
    return f"write “{suggestion[:_SUGGESTED].rstrip()} …” (the json format has all of it)"


def statistics_lines(tallies: list[Tally]) -> list[str]:
    """Return a table of findings and causes for each rule."""
    count = max(8, *(len(f"{item.findings:,}") for item in tallies))
    lines = [f"{'findings':>{count}}  causes  severity  rule"]
    lines += [
        f"{item.findings:>{count},}  {item.causes:>6,}  {item.severity:<8}  {item.rule} {item.name}"
        for item in tallies
    ]
    return lines


_NOUNS = {
    Severity.ERROR: ("error", "errors"),
    Severity.WARNING: ("warning", "warnings"),
    Severity.INFO: ("info", "infos"),
}


def summary_line(report: Report) -> str:
    """Return the closing sentence."""
    summary = report.summary
    read = [counted(summary.files, "file", "files")]
    if summary.entities:
        read.append(counted(summary.entities, "entity", "entities"))
        read.append(counted(summary.citations, "citation", "citations"))
    where = ", ".join(read)
    tail = f"; {summary.suppressed:,} suppressed" if summary.suppressed else ""
    if report.partial and summary.entities:
        where = f"what you named (read for it: {where})"
    if not summary.findings:
        return f"All good: nothing to report in {where}{tail}."
    numbers = ", ".join(
        counted(number, *_NOUNS[severity]) for severity, number in summary.by_severity if number
    )
    return f"Found {numbers} ({counted(summary.causes, 'cause', 'causes')}) in {where}{tail}."
