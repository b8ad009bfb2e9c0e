"""Annotated copies of the master workbooks: coloured cells, notes, and a sheet that lists them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.audit.cells import MOST_TEXT, cut, fill_severity
from disarm_lint.audit.front import Row, write_front
from disarm_lint.audit.opening import open_book
from disarm_lint.audit.package import mark, saved
from disarm_lint.audit.remarks import note_text, remarks_of, worst

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from openpyxl import Workbook
    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

    from disarm_lint.output.report import Shown

_AUTHOR = "disarm-lint"
# Pixels of a note, and how much text takes them.
_WIDTH, _LINE, _EDGE, _LEAST, _MOST = 400, 16, 14, 60, 700
_CHARACTERS = 56


@dataclass(frozen=True)
class Master:
    """A workbook to annotate.

    `path` is relative to the corpus root, as in its findings; `folder` is where
    it lies, `data` its bytes.
    """

    path: str
    folder: Path
    data: bytes
    findings: tuple[Shown, ...]

    @property
    def name(self) -> str:
        """Its file name."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Annotated:
    """An annotated copy, how many cells it marks, and what it leaves out, in words."""

    name: str
    data: bytes
    cells: int
    lost: tuple[str, ...]


def findings_in(path: str, findings: Iterable[Shown]) -> tuple[Shown, ...]:
    """Return the findings that stand in a workbook, or that come from it."""
    return tuple(
        shown
        for shown in findings
        if shown.finding.location.path == path
        or (shown.finding.source is not None and shown.finding.source.path == path)
    )


def annotated(master: Master) -> Annotated:
    """Return an annotated copy of a workbook; needs openpyxl.

    Raises BadWorkbookError where it cannot be opened; see `open_book`.
    """
    opened = open_book(master.data)
    book = opened.book
    rows = _rows(book, master)
    for row in rows:
        if row.ref is not None and row.sheet in book.sheetnames:
            _mark_cell(book[row.sheet], row)
    _resize_notes(book)
    write_front(book, master.name, rows, opened.lost)
    mark(book)
    cells = sum(row.ref is not None for row in rows)
    return Annotated(master.name, saved(book), cells, opened.lost)


def _rows(book: Workbook, master: Master) -> list[Row]:
    """Return what is said of each cell, in the order of the workbook."""
    by_cell: dict[tuple[str, str | None], list[Shown]] = {}
    known = {name.casefold(): name for name in book.sheetnames}
    for shown in master.findings:
        finding = shown.finding
        own = finding.location.cell if finding.location.path == master.path else None
        cell = own or (finding.source.cell if finding.source else None)
        if cell is None:
            by_cell.setdefault(("", None), []).append(shown)
            continue
        sheet = cell.sheet if cell.sheet in book.sheetnames else known.get(cell.sheet.casefold())
        anchor = _anchor(book, sheet, cell.ref) if sheet is not None else None
        by_cell.setdefault((sheet or cell.sheet, anchor), []).append(shown)
    order = {name: number for number, name in enumerate(book.sheetnames)}
    rows = [Row(sheet, ref, remarks_of(found)) for (sheet, ref), found in by_cell.items()]
    return sorted(rows, key=lambda row: (order.get(row.sheet, -1), row.order))


def _anchor(book: Workbook, name: str, ref: str) -> str | None:
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
        for merged in sheet.merged_cells.ranges:
            if ref in merged:
                return str(merged.start_cell.coordinate)
        return None
    return str(cell.coordinate)


def _mark_cell(sheet: Worksheet, row: Row) -> None:
    from openpyxl.comments import Comment

    cell: Cell = sheet[row.ref or "A1"]
    fill_severity(cell, worst(row.remarks), ink=False)
    text, author = note_text(row.remarks), _AUTHOR
    if (old := cell.comment) is not None:
        kept = cut(old.text or "", MOST_TEXT - len(text) * 2 - 2)
        text, author = f"{kept}\n\n{text}", old.author or _AUTHOR
    cell.comment = Comment(text, author)


def _resize_notes(book: Workbook) -> None:
    """Make each note as large as its text needs; openpyxl forgets how large it was."""
    for sheet in book.worksheets:
        for cells in sheet.iter_rows():
            for cell in cells:
                if (note := cell.comment) is not None:
                    lines = sum(
                        max(1, -(-len(line) // _CHARACTERS)) for line in note.text.split("\n")
                    )
                    note.width = _WIDTH
                    note.height = max(_LEAST, min(_MOST, lines * _LINE + _EDGE))
