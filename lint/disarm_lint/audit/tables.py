"""Findings and causes as tables: CSV files, and a workbook."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from disarm_lint.audit.workbook import (
    MOST_ROWS,
    build_font,
    copy_look,
    cut_to_cell,
    fill_severity,
    fit_row,
    format_table,
    put,
    put_cell,
    save_workbook,
    set_up_print,
    show_controls,
    write_header,
)
from disarm_lint.model.finding import Severity
from disarm_lint.report.data import format_csv_field

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TextIO

    from openpyxl import Workbook
    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

    from disarm_lint.audit.model import Audit, AuditEntry, CauseEntry, MarkedSnippet, RootEntry

_Row = tuple[str | int | None, ...]

CAUSE_COLUMNS = (
    "number",
    "severity",
    "rule",
    "name",
    "findings",
    "files",
    "message",
    "wrong",
    "suggestion",
    "text",
    "cells",
    "places",
    "since",
    "cause",
)
_SEVERITY = "Severity"
_CAUSES = (
    ("Cause", 7),
    (_SEVERITY, 10),
    ("Rule", 7),
    ("Name", 20),
    ("Findings", 10),
    ("Files", 7),
    ("Message", 50),
    ("What to do", 34),
    ("Text", 50),
    ("Cells to fix", 56),
    ("Places", 66),
    ("Since", 24),
)
_ROOTS = (
    ("Root cause", 11),
    (_SEVERITY, 10),
    ("Harm", 24),
    ("Rules", 16),
    ("Findings", 10),
    ("Causes", 9),
    ("Pages", 8),
    ("What happened", 60),
    ("What to do", 50),
    ("Cells to fix", 60),
    ("Fix", 44),
)
_FINDINGS = (
    ("Finding", 8),
    ("Cause", 7),
    (_SEVERITY, 10),
    ("Rule", 7),
    ("Name", 20),
    ("File", 42),
    ("Place", 24),
    ("Message", 50),
    ("What to do", 34),
    ("Text", 50),
    ("Cell to fix", 38),
    ("About", 14),
    ("Kind", 14),
)
_RULES = (
    ("Rule", 9),
    ("Name", 26),
    (_SEVERITY, 11),
    ("Findings", 10),
    ("Causes", 9),
    ("Files", 8),
    ("What is found", 70),
)
# How many places of a cause are in its cell; the sheet of findings has all.
_PLACES = 3
# Columns that hold a number, by title.
_NUMBERS = frozenset({"Cause", "Root cause", "Finding", "Findings", "Causes", "Files", "Pages"})


def render_causes(causes: Iterable[CauseEntry], stream: TextIO) -> None:
    """Write causes as CSV to a stream in UTF-8, with a header, as `render_csv` writes findings."""
    stream.write("\ufeff")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(CAUSE_COLUMNS)
    for cause in causes:
        first = cause.entries[0].shown.finding
        row = (
            cause.number,
            str(cause.severity),
            cause.rule,
            cause.name,
            len(cause.entries),
            cause.pages,
            first.message,
            cause.snippet.marked if cause.snippet else None,
            first.suggestion,
            _mark_text(cause.snippet),
            "\n".join(cause.cells),
            "\n".join(_format_place(entry) for entry in cause.entries),
            str(cause.since) if cause.since else None,
            cause.key,
        )
        writer.writerow([format_csv_field(value) for value in row])


def report_workbook(audit: Audit) -> bytes:
    """Return a workbook with the sheets Summary, Root causes, Causes and Findings; needs openpyxl.

    It contains no time, so that equal findings give equal bytes. Texts stay texts, even
    those that a spreadsheet would take for a formula.
    """
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.creator = "disarm-lint"
    book.properties.title = show_controls(audit.title)[:200]
    _add_summary(book, audit)
    _add_table(
        book, "Root causes", _ROOTS, [_make_root_row(root) for root in audit.roots[:MOST_ROWS]]
    )
    _add_table(
        book, "Causes", _CAUSES, [_make_cause_row(cause) for cause in audit.causes[:MOST_ROWS]]
    )
    _add_table(
        book,
        "Findings",
        _FINDINGS,
        [_make_finding_row(entry) for entry in audit.entries[:MOST_ROWS]],
    )
    return save_workbook(book, created=False)


def _make_root_row(root: RootEntry) -> _Row:
    return (
        root.number,
        str(root.severity),
        root.harm,
        root.rules,
        root.findings,
        root.causes,
        root.pages,
        root.title,
        root.action,
        _list_first(root.cells),
        root.fixed_by,
    )


def _make_cause_row(cause: CauseEntry) -> _Row:
    return (
        cause.number,
        str(cause.severity),
        cause.rule,
        cause.name,
        len(cause.entries),
        cause.pages,
        cause.message,
        cause.help,
        _mark_text(cause.snippet),
        _list_first(cause.cells),
        _list_first([_format_place(entry) for entry in cause.entries]),
        str(cause.since) if cause.since else "",
    )


def _make_finding_row(entry: AuditEntry) -> _Row:
    finding = entry.shown.finding
    in_cell = finding.location.cell is not None
    return (
        entry.number,
        entry.cause,
        str(finding.severity),
        finding.rule,
        finding.name,
        entry.where,
        entry.at,
        entry.message,
        entry.help,
        _mark_text(entry.snippet),
        f"{entry.where.rpartition('/')[2]}, {entry.at}" if in_cell else entry.cell,
        finding.subject,
        entry.kind,
    )


def _mark_text(snippet: MarkedSnippet | None) -> str:
    """Return a text with ⟦ and ⟧ around its wrong words, if it has any."""
    if snippet is None:
        return ""
    return f"{snippet.before}⟦{snippet.marked}⟧{snippet.after}"


def _format_place(entry: AuditEntry) -> str:
    return f"{entry.where}:{entry.at}" if entry.at else entry.where


def _list_first(texts: Sequence[str]) -> str:
    more = [f"… and {len(texts) - _PLACES:,} more"] if len(texts) > _PLACES else []
    return "\n".join([cut_to_cell(text, 2_000) for text in texts[:_PLACES]] + more)


def _add_table(
    book: Workbook, name: str, columns: Sequence[tuple[str, float]], rows: Sequence[_Row]
) -> None:
    from openpyxl.styles import Alignment

    sheet = book.create_sheet(name)
    titles = [title for title, _ in columns]
    widths = [width for _, width in columns]
    write_header(sheet, 1, titles)
    wrapped = Alignment(vertical="top", wrap_text=True)
    plain = Alignment(vertical="top", horizontal="center")
    looks: dict[tuple[bool, str, bool], Cell] = {}
    for number, row in enumerate(rows, 2):
        for column, (title, value) in enumerate(zip(titles, row, strict=True), 1):
            cell = put_cell(sheet, number, column)
            put(cell, value)
            colour = str(value) if title == _SEVERITY else ""
            look = (title in _NUMBERS, colour, bool(cell.quotePrefix))
            if look in looks:
                copy_look(looks[look], cell)
                continue
            if colour:
                fill_severity(cell, Severity(colour))
            cell.alignment = plain if title in _NUMBERS else wrapped
            looks[look] = cell
        fit_row(sheet, number, row, widths)
    format_table(sheet, 1, widths, len(rows) + 1)


def _write_row(sheet: Worksheet, number: int, titles: Sequence[str], row: _Row) -> None:
    for column, (title, value) in enumerate(zip(titles, row, strict=True), 1):
        cell = put_cell(sheet, number, column)
        put(cell, value)
        if title == _SEVERITY:
            fill_severity(cell, Severity(str(value)))


def _add_summary(book: Workbook, audit: Audit) -> None:
    from openpyxl.styles import Alignment

    sheet = book.create_sheet("Summary")
    put(put_cell(sheet, 1, 1), f"Audit of {audit.title}")
    put_cell(sheet, 1, 1).font = build_font(bold=True, size=16)
    row = 3
    for title, value in _list_facts(audit):
        put(put_cell(sheet, row, 1), title)
        put_cell(sheet, row, 1).font = build_font(bold=True)
        put(put_cell(sheet, row, 3), value)
        put_cell(sheet, row, 3).alignment = Alignment(horizontal="left", vertical="top")
        row += 1
    row += 1
    for severity, number in audit.report.summary.by_severity:
        put(put_cell(sheet, row, 1), str(severity))
        fill_severity(put_cell(sheet, row, 1), severity)
        put(put_cell(sheet, row, 3), number)
        put_cell(sheet, row, 3).alignment = Alignment(horizontal="left")
        row += 1
    row += 1
    titles = [title for title, _ in _RULES]
    write_header(sheet, row, titles)
    last = row + len(audit.rules)
    for rule in audit.rules:
        row += 1
        counts = rule.counts
        values = (rule.code, rule.name, str(rule.severity), counts.findings, counts.causes)
        _write_row(sheet, row, titles, (*values, rule.pages, rule.summary))
        for column, title in enumerate(titles, 1):
            middle = "center" if title in _NUMBERS else None
            put_cell(sheet, row, column).alignment = Alignment(horizontal=middle, vertical="top")
    format_table(sheet, last - len(audit.rules), [width for _, width in _RULES], last)
    sheet.freeze_panes = None
    sheet.sheet_view.showGridLines = False
    set_up_print(sheet)


def _list_facts(audit: Audit) -> list[tuple[str, str | int]]:
    summary, tool = audit.report.summary, audit.report.tool
    facts: list[tuple[str, str | int]] = [
        ("Made by", f"{tool.name} {tool.version}"),
        ("Profile", ", ".join(dict.fromkeys(corpus.profile for corpus in audit.report.corpora))),
        ("Workbooks read", ", ".join(audit.workbooks) or "none"),
        ("Files", summary.files),
        ("Files without an error", audit.clean),
        ("Entities", summary.entities),
        ("Citations checked", summary.citations),
        ("Findings", summary.findings),
        ("Causes", summary.causes),
    ]
    for what, number in (("causes", len(audit.causes)), ("findings", len(audit.entries))):
        if number > MOST_ROWS:
            facts.append((f"Not all {what}", f"the first {MOST_ROWS:,} of {number:,} are listed"))
    return facts
