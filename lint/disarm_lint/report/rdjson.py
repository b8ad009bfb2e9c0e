"""The Diagnostic Format of reviewdog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from disarm_lint.model.finding import Repair, Severity
from disarm_lint.report.data import write_json
from disarm_lint.report.text import format_for_cell

if TYPE_CHECKING:
    from typing import TextIO

    from disarm_lint.model.text import PageSource, Span
    from disarm_lint.report.report import Report, ShownFinding

_SEVERITIES = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.INFO: "INFO"}
# Every so many code points of a long line, the bytes before them are counted once for all.
_STRIDE = 4096
_BOM = 3


def render_rdjson(report: Report, stream: TextIO) -> None:
    """Write a report as reviewdog's DiagnosticResult to a stream in UTF-8."""
    columns = ByteColumns()
    data = {
        "source": {"name": report.tool.name},
        "diagnostics": [_diagnostic(item, columns) for item in report.findings],
    }
    write_json(data, stream, unicode_only=True)


class ByteColumns:
    """Turns columns in code points into columns in bytes of UTF-8, both 1-based."""

    def __init__(self) -> None:
        self._lines: dict[tuple[int, int], tuple[str, list[int]]] = {}

    def column(self, source: PageSource, line: int, column: int) -> int:
        """Return the column in bytes of a column in code points."""
        text, before = self._line(source, line)
        first = min((column - 1) // _STRIDE, len(before) - 1)
        part = text[first * _STRIDE : column - 1]
        # A byte order mark is no column of ours, but bytes of the file.
        mark = _BOM if line == 1 and source.bom == "UTF-8" else 0
        return before[first] + len(part.encode("utf-8", "surrogatepass")) + 1 + mark

    def _line(self, source: PageSource, line: int) -> tuple[str, list[int]]:
        key = (id(source), line)
        if key not in self._lines:
            text = source.line(line)
            before = [0]
            for start in range(0, len(text), _STRIDE):
                part = text[start : start + _STRIDE]
                before.append(before[-1] + len(part.encode("utf-8", "surrogatepass")))
            self._lines[key] = (text, before)
        return self._lines[key]


def _diagnostic(item: ShownFinding, columns: ByteColumns) -> dict[str, Any]:
    finding, span = item.finding, item.span
    location: dict[str, Any] = {"path": item.path}
    diagnostic: dict[str, Any] = {
        "message": format_for_cell(item),
        "location": location,
        "severity": _SEVERITIES[finding.severity],
        "code": {"value": finding.rule},
    }
    if span is not None:
        location["range"] = _range(item.source, span, columns)
        # Without the text there are no columns, and a suggestion would replace the whole line.
        safe = finding.fix is not None and finding.fix.repair is Repair.SAFE
        if safe and finding.suggestion is not None and item.source is not None:
            diagnostic["suggestions"] = [
                {"range": location["range"], "text": finding.suggestion},
            ]
    return diagnostic


def _range(source: PageSource | None, span: Span, columns: ByteColumns) -> dict[str, Any]:
    if source is None:
        return {"start": {"line": span.line}, "end": {"line": span.end_line}}
    return {
        "start": {
            "line": span.line,
            "column": columns.column(source, span.line, span.column),
        },
        "end": {
            "line": span.end_line,
            "column": columns.column(source, span.end_line, span.end_column),
        },
    }
