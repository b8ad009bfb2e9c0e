"""CSV (RFC 4180): a row for each finding, for spreadsheets."""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING, Any

from disarm_lint.report.data import finding_as_data
from disarm_lint.report.report import format_place
from disarm_lint.report.terminal import Charset

if TYPE_CHECKING:
    from typing import TextIO

    from disarm_lint.report.report import Report, ShownFinding

COLUMNS = (
    "rule",
    "name",
    "severity",
    "confidence",
    "path",
    "line",
    "column",
    "end_line",
    "end_column",
    "cell_sheet",
    "cell_ref",
    "cell_offset",
    "cell_end_offset",
    "pointer",
    "message",
    "subject",
    "suggestion",
    "cause",
    "root_cause",
    "fingerprint",
    "source_path",
    "source_sheet",
    "source_ref",
    "source_offset",
    "source_text",
    "related",
    "fix_applicability",
    "fix_edits",
)
_NESTED = ("cell", "source", "fix")
# With these a spreadsheet takes a text for a formula, or for a command to another program.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_LINES = re.compile("([\t\r\n])")
_TEXT = Charset()


def render_csv(report: Report, stream: TextIO) -> None:
    """Write a report as CSV to a stream in UTF-8, with a byte order mark and a header.

    Without the mark Excel takes the text for another encoding.
    A text that a spreadsheet would take for a formula gets an apostrophe in
    front; controls other than tabs and line ends are shown by their number.
    """
    stream.write("\ufeff")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for item in report.findings:
        row = _flat(item)
        writer.writerow([format_csv_field(row.get(column)) for column in COLUMNS])


def _flat(item: ShownFinding) -> dict[str, Any]:
    data = finding_as_data(item)
    for key in _NESTED:
        for name, value in (data.pop(key) or {}).items():
            data[f"{key}_{name}"] = value
    data["related"] = "\n".join(
        f"{format_place(other.path, other.span, other.cell)}: {other.message}"
        for other in item.related
    )
    if data.get("fix_edits") is not None:
        data["fix_edits"] = json.dumps(data["fix_edits"], ensure_ascii=False)
    return data


def format_csv_field(value: object) -> object:
    """Return a value as CSV holds it: a text harmless, with an apostrophe before a formula."""
    if not isinstance(value, str):
        return value
    safe = "".join(
        part if _LINES.fullmatch(part) else _TEXT.line(part) for part in _LINES.split(value)
    )
    return f"'{safe}" if safe.startswith(_FORMULA) else safe
