"""The formats for programs: JSON (report.schema.json), whole or by the line, and CSV (RFC 4180).

Here too are the forms that every JSON shares: a finding, as finding.schema.json
says, and what became of entities, as entity-change.schema.json does.
"""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING, Any

from disarm_lint.report.report import ShownFinding, format_place, show_finding
from disarm_lint.report.roots import group_by_root
from disarm_lint.report.terminal import Charset

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from disarm_lint.corpus.release import EntityChange, ReleaseChanges
    from disarm_lint.model.finding import Finding, Fix
    from disarm_lint.model.text import CellSpan, Span
    from disarm_lint.report.report import Report, ShownPlace
    from disarm_lint.report.roots import RootCause


SCHEMA_VERSION = 2
# Code points of the text of a cell: a cell may be long, and many findings come from it.
LONGEST_SOURCE = 400

# What JSON lets stand and a terminal does not: controls, invisible characters, lone surrogates.
# A CI log takes `##[` and `##vso[` for the beginning of a command.
_UNSAFE = re.compile(
    "[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
_COMMAND = re.compile(r"(?<=#)#(?=\[|(?i:vso|teamcity)\[)")
_SURROGATE = re.compile("[\ud800-\udfff]")


def render_json(report: Report, stream: TextIO) -> None:
    """Write a report as JSON to a stream in UTF-8."""
    write_json(encode_report(report), stream)


def render_json_lines(report: Report, stream: TextIO) -> None:
    """Write a finding a line, each as JSON with the keys that it has in `findings` of a report."""
    for item in report.findings:
        write_json(encode_finding(item), stream, indent=None)


def write_json(
    data: object, stream: TextIO, *, indent: int | None = 2, unicode_only: bool = False
) -> None:
    """Write data as JSON and a line end to a stream in UTF-8; nothing in it moves a terminal.

    A path that is not UTF-8 on disk holds lone surrogates. They are escaped, as
    Python reads them back; with `unicode_only`, for readers that are stricter,
    U+FFFD stands for each.
    """
    text = json.dumps(data, ensure_ascii=False) if indent is None else _encode_json(data, indent)
    if unicode_only:
        text = _SURROGATE.sub("\ufffd", text)
    for pattern in (_UNSAFE, *((_COMMAND,) if "##" in text else ())):
        text = pattern.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    stream.write(text)
    stream.write("\n")


def _encode_json(data: object, indent: int) -> str:
    """Return data as `json.dumps` does; the standard library indents in Python alone, slowly."""
    import msgspec

    try:
        return msgspec.json.format(msgspec.json.encode(data), indent=indent).decode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(data, ensure_ascii=False, indent=indent)


def encode_report(report: Report) -> dict[str, Any]:
    """Return a report as plain data, in the order of the schema's keys."""
    summary = report.summary
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": report.tool.name, "version": report.tool.version},
        "corpus": _encode_corpus(report),
        "findings": [encode_finding(item) for item in report.findings],
        "root_causes": [_encode_root(root) for root in group_by_root(report.findings)],
        "summary": {
            "files": summary.files,
            "entities": summary.entities,
            "citations": summary.citations,
            "findings": summary.findings,
            "causes": summary.causes,
            "root_causes": summary.root_causes,
            "by_rule": {item.rule: item.findings for item in summary.by_rule},
            "by_severity": {str(severity): number for severity, number in summary.by_severity},
            "suppressed": summary.suppressed,
            "baselined": summary.baselined,
        },
    }


def _encode_root(root: RootCause) -> dict[str, Any]:
    return {
        "id": root.id,
        "title": root.title,
        "action": root.action,
        "rules": list(root.rules),
        "severity": str(root.severity),
        "harm": root.harm.name.lower(),
        "findings": len(root.findings),
        "causes": root.causes,
        "pages": list(root.pages),
        "cells": [
            {"path": path, "sheet": sheet, "ranges": list(ranges)}
            for path, sheet, ranges in root.cells
        ],
        "fix": str(root.repair),
    }


def _encode_corpus(report: Report) -> dict[str, Any]:
    roots = {corpus.root for corpus in report.corpora}
    profiles = {corpus.profile for corpus in report.corpora}
    return {
        "root": roots.pop() if len(roots) == 1 else None,
        "profile": profiles.pop() if len(profiles) == 1 else None,
        "master_data": _list_master_data(report),
    }


def encode_span(span: Span | None) -> dict[str, int | None]:
    """Return a span as plain data; lines and columns are 1-based, and null without a span."""
    return {
        "line": span.line if span else None,
        "column": span.column if span else None,
        "end_line": span.end_line if span else None,
        "end_column": span.end_column if span else None,
    }


def encode_cell(cell: CellSpan | None) -> dict[str, Any] | None:
    """Return a place in a cell as plain data; offsets are 0-based code points."""
    if cell is None:
        return None
    return {
        "sheet": cell.sheet,
        "ref": cell.ref,
        "offset": cell.offset,
        "end_offset": cell.end_offset,
    }


def _encode_source(item: ShownFinding) -> dict[str, Any] | None:
    source = item.finding.written_in
    if source is None:
        return None
    return {
        "path": item.origin or source.path,
        "sheet": source.cell.sheet,
        "ref": source.cell.ref,
        "offset": source.cell.offset,
        "text": source.text[:LONGEST_SOURCE],
    }


def _encode_led_from(item: ShownFinding) -> list[dict[str, Any]]:
    """Return, as a related place, the cell that led to a place and does not hold its words."""
    source = item.finding.source
    if source is None or source.exact:
        return []
    message = f"leads here from {source.cell.address}"
    return [{"path": item.origin or source.path, **encode_span(None), "message": message}]


def _encode_fix(
    fix: Fix | None, item: ShownFinding, path: Callable[[str], str]
) -> dict[str, Any] | None:
    if fix is None:
        return None
    own = item.finding.location.path
    return {
        "applicability": str(fix.repair),
        "edits": [
            {
                "path": item.path
                if edit.location.path == own
                else item.origin or path(edit.location.path),
                **encode_span(edit.location.span),
                "cell": encode_cell(edit.location.cell),
                "text": edit.replacement,
            }
            for edit in fix.edits
        ],
        "deletes": [item.path if one == own else path(one) for one in fix.deletes],
        "loses": fix.loses or None,
    }


def _encode_since(item: ShownFinding) -> dict[str, Any]:
    since = item.since
    if since is None:
        return {}
    if not since.commit:
        return {"since": None}
    return {"since": {"commit": since.commit, "date": since.date, "earlier": since.earlier}}


def _describe(other: ShownPlace) -> str:
    """Return what a related place says; one in a workbook has no line, so the cell is told."""
    return f"{other.message} ({other.cell.address})" if other.cell else other.message


def _list_master_data(report: Report) -> list[str] | None:
    read = [path for corpus in report.corpora for path in corpus.master_data or ()]
    return read or None


def encode_tool(version: str) -> dict[str, str]:
    """Return what wrote a file, as plain data."""
    return {"name": "disarm-lint", "version": version}


def encode_changes(changes: ReleaseChanges) -> dict[str, list[dict[str, Any]]]:
    """Return what became of entities as plain data, by what it was."""
    return {
        str(change): [_encode_change(item) for item in items] for change, items in changes.groups()
    }


def _encode_change(item: EntityChange) -> dict[str, Any]:
    state, succession = item.state, item.succession
    before, after = item.homes
    return {
        "id": item.id,
        "kind": state.kind,
        "name": state.name,
        "old_name": item.old_name,
        "difference": item.difference,
        "home": item.home or None,
        "old_homes": list(before),
        "new_homes": list(after),
        "successor": succession.successor,
        "evidence": str(succession.evidence) if succession.evidence is not None else None,
        "bearers": list(succession.bearers),
    }


def encode_finding(
    item: ShownFinding | Finding, path: Callable[[str], str] = str
) -> dict[str, Any]:
    """Return a finding as plain data, with every key of finding.schema.json in its order.

    `path` gives a path in the corpus as shown, where that is not known yet.
    """
    if not isinstance(item, ShownFinding):
        item = show_finding(item, path)
    finding = item.finding
    return {
        "rule": finding.rule,
        "name": finding.name,
        "severity": str(finding.severity),
        "confidence": str(finding.confidence),
        "path": item.path,
        **encode_span(item.span),
        "cell": encode_cell(finding.location.cell),
        "pointer": finding.pointer,
        "message": finding.message,
        "subject": finding.subject,
        "suggestion": finding.suggestion,
        "cause": finding.cause,
        "root_cause": finding.root_cause or None,
        "fingerprint": finding.fingerprint,
        "source": _encode_source(item),
        "related": [
            {"path": other.path, **encode_span(other.span), "message": _describe(other)}
            for other in item.related
        ]
        + _encode_led_from(item),
        "fix": _encode_fix(finding.fix, item, path),
        **_encode_since(item),
    }


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
        row = _flatten(item)
        writer.writerow([format_csv_field(row.get(column)) for column in COLUMNS])


def _flatten(item: ShownFinding) -> dict[str, Any]:
    data = encode_finding(item)
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
        part if _LINES.fullmatch(part) else _TEXT.show_line(part) for part in _LINES.split(value)
    )
    return f"'{safe}" if safe.startswith(_FORMULA) else safe
