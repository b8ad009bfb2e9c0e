"""Annotated copies of the master workbooks: coloured cells, notes, and a sheet that lists them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.audit.entries import clean_text, mark_snippet
from disarm_lint.audit.workbook import (
    MOST_ROWS,
    MOST_TEXT,
    AnnotatedMaster,
    build_font,
    cut_to_cell,
    escape_xml_text,
    fill_severity,
    fit_row,
    format_table,
    list_cells,
    mark,
    open_book,
    put,
    put_cell,
    save_workbook,
    write_header,
)
from disarm_lint.model.finding import Severity
from disarm_lint.model.text import split_ref
from disarm_lint.report.roots import RootCause
from disarm_lint.report.text import format_help, name_severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from openpyxl import Workbook
    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

    from disarm_lint.report.report import ShownFinding

MOST_NOTE = 1_600
"""UTF-16 code units of a note, about what fits on a screen."""
_MOST_REMARKS = 12
_AROUND = 30
_MESSAGE = 400
SHEET = "disarm-lint"
"""The sheet in front that lists all findings."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Findings of one cell with the same message; `text` is what the first of them is about.

    `pages` are the pages on which they were found, with lines and columns; empty if
    they were found in the cell itself.
    """

    severity: Severity
    rule: str
    name: str
    message: str
    help: str
    text: str
    count: int
    pages: tuple[str, ...]


def group_remarks(findings: Iterable[ShownFinding]) -> tuple[Remark, ...]:
    """Group the findings of one cell by message: the worst first, then in their order."""
    groups: dict[tuple[str, str, str | None], list[ShownFinding]] = {}
    for shown in findings:
        finding = shown.finding
        key = (finding.rule, finding.message, finding.suggestion)
        groups.setdefault(key, []).append(shown)
    found = [_write_remark(group) for group in groups.values()]
    return tuple(sorted(found, key=lambda remark: remark.severity.rank))


def find_worst_severity(remarks: Iterable[Remark]) -> Severity:
    """Return the worst severity of some remarks, at least one."""
    return min((remark.severity for remark in remarks), key=lambda severity: severity.rank)


def format_tally(remarks: Sequence[Remark]) -> str:
    """Return how many findings there are: `2 errors, 1 info`."""
    parts = []
    for severity in Severity:
        number = sum(remark.count for remark in remarks if remark.severity is severity)
        if number:
            parts.append(f"{number:,} {name_severity(severity, number)}")
    return ", ".join(parts)


def note_text(remarks: Sequence[Remark], most: int = MOST_NOTE) -> str:
    """Return a note about a cell, at most `most` UTF-16 code units."""
    head = f"disarm-lint: {format_tally(remarks)}"
    told, room = [head], most - len(head) - 80
    for number, remark in enumerate(remarks):
        text = escape_xml_text(f"\n\n{_format_remark(remark)}")
        size = len(text.encode("utf-16-le")) // 2
        if number and (number >= _MOST_REMARKS or size > room):
            rest = sum(later.count for later in remarks[number:])
            told.append(f"\n\n… and {rest:,} more, in the sheet “{SHEET}”")
            break
        told.append(text)
        room -= size
    return "".join(told)


def _write_remark(group: Sequence[ShownFinding]) -> Remark:
    first = group[0].finding
    pages = [
        f"{clean_text(shown.finding.location.path)}{_format_line(shown)}"
        for shown in group
        if shown.finding.location.cell is None
    ]
    return Remark(
        severity=min((shown.finding.severity for shown in group), key=lambda s: s.rank),
        rule=first.rule,
        name=first.name,
        message=clean_text(first.message),
        help=clean_text(_tell_what_to_do(group[0])),
        text=_show_context(group[0]),
        count=len(group),
        pages=tuple(dict.fromkeys(pages)),
    )


def _tell_what_to_do(shown: ShownFinding) -> str:
    """Return what to do in the cell, or else about the page that is made from it.

    What to write on a page only helps in the cell if the wrong words are there too.
    """
    finding = shown.finding
    if finding.location.cell is None and finding.text is not None:
        written = finding.written_in.text if finding.written_in is not None else ""
        if not written or finding.text.raw != written:
            return RootCause((shown,)).action
    return format_help(finding.suggestion, in_cell=True) if finding.suggestion is not None else ""


def _format_line(shown: ShownFinding) -> str:
    return f":{shown.span.line}:{shown.span.column}" if shown.span else ""


def _show_context(shown: ShownFinding) -> str:
    """Return the wrong words with a little of the text around them."""
    snippet = mark_snippet(shown)
    if snippet is None or not snippet.marked:
        return ""
    before, after = snippet.before, snippet.after
    if len(before) > _AROUND:
        before = f"…{before[-_AROUND:]}"
    if len(after) > _AROUND:
        after = f"{after[:_AROUND]}…"
    return f"{before}⟦{snippet.marked}⟧{after}"


def _format_remark(remark: Remark) -> str:
    message = remark.message
    if len(message) > _MESSAGE:
        message = f"{message[:_MESSAGE].rstrip()} …"
    times = f" ({remark.count:,} times)" if remark.count > 1 else ""
    lines = [f"{str(remark.severity).upper()} {remark.rule} {remark.name}{times}", message]
    if remark.help and remark.help not in message:
        lines.append(f"→ {remark.help}")
    if remark.text:
        lines.append(f"in: {remark.text}")
    if remark.pages:
        more = f" and on {len(remark.pages) - 1:,} more" if len(remark.pages) > 1 else ""
        lines.append(f"on the page {remark.pages[0]}{more}")
    return "\n".join(lines)


_COLUMNS = (
    ("Severity", 10),
    ("Sheet", 20),
    ("Cell", 9),
    ("Findings", 9),
    ("Rule", 7),
    ("Name", 22),
    ("Message", 60),
    ("What to do", 40),
    ("Text", 50),
    ("Pages", 40),
)
_MEANING = {
    Severity.ERROR: "says something false, or is broken",
    Severity.WARNING: "should be fixed some day",
    Severity.INFO: "a hint",
}
# Excel shows no more links than this in one sheet.
_MOST_LINKS = 65_000
_PAGES = 3


@dataclass(frozen=True, slots=True)
class SheetRemarks:
    """The remarks on a cell; `ref` is None for remarks without a cell."""

    sheet: str
    ref: str | None
    remarks: tuple[Remark, ...]

    @property
    def order(self) -> tuple[int, int, str]:
        """The key by which the cells of a sheet are sorted: row, then column."""
        letters, row = split_ref(self.ref or "")
        return (row, len(letters), letters)


def write_front(
    book: Workbook, name: str, rows: Sequence[SheetRemarks], lost: Sequence[str]
) -> None:
    """Insert the first sheet; `name` is that of the workbook, `lost` what the copy leaves out."""
    from openpyxl.styles import Alignment

    for other in book.worksheets:
        other.sheet_view.tabSelected = False
    hidden = {sheet.title for sheet in book.worksheets if sheet.sheet_state != "visible"}
    sheet = book.create_sheet(_choose_free_name(book), 0)
    book.active = 0
    for view in book.views:
        view.firstSheet = 0
    remarks = [(row, remark) for row in rows for remark in row.remarks]
    put(sheet["A1"], f"What disarm-lint found in {name}")
    sheet["A1"].font = build_font(bold=True, size=14)
    number = 2
    for line in _list_facts(rows, remarks, lost):
        put(put_cell(sheet, number, 1), line)
        number += 1
    for severity, meaning in _MEANING.items():
        put(put_cell(sheet, number, 1), str(severity))
        fill_severity(put_cell(sheet, number, 1), severity)
        put(put_cell(sheet, number, 2), meaning)
        number += 1
    number += 1
    titles = [title for title, _ in _COLUMNS]
    write_header(sheet, number, titles)
    top = number
    wrapped = Alignment(vertical="top", wrap_text=True)
    middle = Alignment(vertical="top", horizontal="center")
    # Errors first; within a severity in the order of the workbook.
    remarks.sort(key=lambda pair: pair[1].severity.rank)
    for row, remark in remarks[:MOST_ROWS]:
        number += 1
        _write(sheet, number, row, remark, hidden=row.sheet in hidden, first=top)
        for column, title in enumerate(titles, 1):
            put_cell(sheet, number, column).alignment = middle if title == "Findings" else wrapped
    format_table(sheet, top, [width for _, width in _COLUMNS], number)


def _list_facts(
    rows: Sequence[SheetRemarks],
    remarks: Sequence[tuple[SheetRemarks, Remark]],
    lost: Sequence[str],
) -> list[str]:
    cells = sum(row.ref is not None for row in rows)
    where = f"{cells:,} cell{'s' if cells != 1 else ''}"
    lines = [
        f"{format_tally([remark for _, remark in remarks])}, in {where}; "
        "the cells are coloured, and a note in each says what is wrong."
        if rows
        else "Nothing was found.",
        "This is a copy: fix the original, then create the copy again.",
    ]
    if any("⟦" in remark.text for _, remark in remarks):
        lines.append("In the column Text, ⟦ and ⟧ are around the wrong words.")
    if len(remarks) > MOST_ROWS:
        lines.append(f"The first {MOST_ROWS:,} of {len(remarks):,} messages are listed.")
    if lost:
        lines.append(f"The copy leaves out: {'; '.join(lost)}.")
    return lines


def _write(
    sheet: Worksheet, number: int, row: SheetRemarks, remark: Remark, *, hidden: bool, first: int
) -> None:
    more = [f"… and {len(remark.pages) - _PAGES:,} more"] if len(remark.pages) > _PAGES else []
    values: tuple[str | int, ...] = (
        str(remark.severity),
        f"{row.sheet} (hidden)" if hidden else row.sheet,
        row.ref or "",
        remark.count,
        remark.rule,
        remark.name,
        remark.message,
        remark.help,
        remark.text,
        "\n".join([*remark.pages[:_PAGES], *more]),
    )
    fit_row(sheet, number, values, [width for _, width in _COLUMNS])
    for column, value in enumerate(values, 1):
        put(put_cell(sheet, number, column), value)
    fill_severity(put_cell(sheet, number, 1), remark.severity)
    if row.ref is not None and number - first <= _MOST_LINKS:
        _link(put_cell(sheet, number, 3), row.sheet, row.ref)


def _link(cell: Cell, sheet: str, ref: str) -> None:
    """Link to a cell of this workbook; no link leads out of it."""
    from openpyxl.worksheet.hyperlink import Hyperlink

    quoted = sheet.replace("'", "''")
    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{quoted}'!{ref}")
    cell.font = build_font(color="0563C1")


def _choose_free_name(book: Workbook) -> str:
    """Return a name that no sheet has."""
    taken = {name.casefold() for name in book.sheetnames}
    number, name = 1, SHEET
    while name in taken:
        number += 1
        name = f"{SHEET} ({number})"
    return name


_AUTHOR = "disarm-lint"
# Pixels of a note, and how much text takes them.
_WIDTH, _LINE, _EDGE, _LEAST, _MOST = 400, 16, 14, 60, 700
_CHARACTERS = 56


@dataclass(frozen=True, slots=True)
class Annotated:
    """An annotated copy, how many cells it marks, and what it leaves out, in words."""

    name: str
    data: bytes
    cells: int
    lost: tuple[str, ...]


def select_findings(path: str, findings: Iterable[ShownFinding]) -> tuple[ShownFinding, ...]:
    """Return the findings in a workbook, and those on pages that come from it."""
    return tuple(
        shown
        for shown in findings
        if shown.finding.location.path == path
        or (shown.finding.written_in is not None and shown.finding.written_in.path == path)
    )


def annotate_workbook(master: AnnotatedMaster) -> Annotated:
    """Return an annotated copy of a workbook; needs openpyxl.

    Raises BadWorkbookError if it cannot be opened; see `open_book`.
    """
    opened = open_book(master.data)
    book = opened.book
    rows = _list_rows(book, master)
    for row in rows:
        if row.ref is not None and row.sheet in book.sheetnames:
            _mark_cell(book[row.sheet], row)
    _resize_notes(book)
    write_front(book, master.name, rows, opened.lost)
    mark(book)
    cells = sum(row.ref is not None for row in rows)
    return Annotated(master.name, save_workbook(book), cells, opened.lost)


def _list_rows(book: Workbook, master: AnnotatedMaster) -> list[SheetRemarks]:
    """Return the remarks on each cell, in the order of the workbook."""
    by_cell: dict[tuple[str, str | None], list[ShownFinding]] = {}
    merged = {sheet.title: _list_merged(sheet) for sheet in book.worksheets}
    known = {name.casefold(): name for name in book.sheetnames}
    for shown in master.findings:
        finding = shown.finding
        own = finding.location.cell if finding.location.path == master.path else None
        cell = own or (finding.written_in.cell if finding.written_in else None)
        if cell is None:
            by_cell.setdefault(("", None), []).append(shown)
            continue
        sheet = cell.sheet if cell.sheet in book.sheetnames else known.get(cell.sheet.casefold())
        anchor = _find_anchor(book, merged, sheet, cell.ref) if sheet is not None else None
        by_cell.setdefault((sheet or cell.sheet, anchor), []).append(shown)
    order = {name: number for number, name in enumerate(book.sheetnames)}
    rows = [
        SheetRemarks(sheet, ref, group_remarks(found)) for (sheet, ref), found in by_cell.items()
    ]
    return sorted(rows, key=lambda row: (order.get(row.sheet, -1), row.order))


def _list_merged(sheet: Worksheet) -> dict[tuple[int, int], str]:
    """Return the first cell of the merged range around each cell of one, by row and column."""
    return {
        place: str(merged.start_cell.coordinate)
        for merged in sheet.merged_cells.ranges
        for place in merged.cells
    }


def _find_anchor(
    book: Workbook, merged: Mapping[str, Mapping[tuple[int, int], str]], name: str, ref: str
) -> str | None:
    """Return the cell that shows a value: the first of its merged range, if it is in one."""
    from openpyxl.cell.cell import MergedCell

    sheet = book[name]
    if sheet not in book.worksheets:
        return None
    try:
        cell = sheet[ref]
    except (ValueError, KeyError):
        return None
    if isinstance(cell, MergedCell):
        return merged[name].get((cell.row or 0, cell.column or 0))
    return str(cell.coordinate)


def _mark_cell(sheet: Worksheet, row: SheetRemarks) -> None:
    from openpyxl.comments import Comment

    cell: Cell = sheet[row.ref or "A1"]
    fill_severity(cell, find_worst_severity(row.remarks), ink=False)
    text, author = note_text(row.remarks), _AUTHOR
    if (old := cell.comment) is not None:
        kept = cut_to_cell(old.text or "", MOST_TEXT - len(text) * 2 - 2)
        text, author = f"{kept}\n\n{text}", old.author or _AUTHOR
    cell.comment = Comment(text, author)


def _resize_notes(book: Workbook) -> None:
    """Make each note as large as its text needs; openpyxl forgets how large it was."""
    for sheet in book.worksheets:
        for cell in list_cells(sheet):
            if (note := cell.comment) is not None:
                lines = sum(max(1, -(-len(line) // _CHARACTERS)) for line in note.text.split("\n"))
                note.width = _WIDTH
                note.height = max(_LEAST, min(_MOST, lines * _LINE + _EDGE))
