"""The sheet in front of an annotated workbook: which cells to look at, with links to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.audit.cells import (
    MOST_ROWS,
    as_table,
    cell_at,
    fill_severity,
    fit_row,
    header,
    letters,
    put,
)
from disarm_lint.audit.remarks import SHEET, tally_line
from disarm_lint.model.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpyxl import Workbook
    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

    from disarm_lint.audit.remarks import Remark

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
    Severity.WARNING: "should be mended some day",
    Severity.INFO: "a hint",
}
# Excel shows no more links than these in one sheet.
_MOST_LINKS = 65_000
_PAGES = 3


@dataclass(frozen=True, slots=True)
class Row:
    """What is said of a cell; `ref` is None for what has no cell to go to."""

    sheet: str
    ref: str | None
    remarks: tuple[Remark, ...]

    @property
    def order(self) -> tuple[int, int, str]:
        """What the cells of a sheet are sorted by: row, then column."""
        letters = (self.ref or "").rstrip("0123456789")
        return (int((self.ref or "")[len(letters) :] or 0), len(letters), letters)


def write_front(book: Workbook, name: str, rows: Sequence[Row], lost: Sequence[str]) -> None:
    """Put the sheet in front; `name` is that of the workbook, `lost` what the copy leaves out."""
    from openpyxl.styles import Alignment

    for other in book.worksheets:
        other.sheet_view.tabSelected = False
    hidden = {sheet.title for sheet in book.worksheets if sheet.sheet_state != "visible"}
    sheet = book.create_sheet(_free(book), 0)
    book.active = 0
    for view in book.views:
        view.firstSheet = 0
    remarks = [(row, remark) for row in rows for remark in row.remarks]
    put(sheet["A1"], f"What disarm-lint found in {name}")
    sheet["A1"].font = letters(bold=True, size=14)
    number = 2
    for line in _facts(rows, remarks, lost):
        put(cell_at(sheet, number, 1), line)
        number += 1
    for severity, meaning in _MEANING.items():
        put(cell_at(sheet, number, 1), str(severity))
        fill_severity(cell_at(sheet, number, 1), severity)
        put(cell_at(sheet, number, 2), meaning)
        number += 1
    number += 1
    titles = [title for title, _ in _COLUMNS]
    header(sheet, number, titles)
    top = number
    wrapped = Alignment(vertical="top", wrap_text=True)
    middle = Alignment(vertical="top", horizontal="center")
    # Errors first; within a severity as they stand in the workbook.
    remarks.sort(key=lambda pair: pair[1].severity.rank)
    for row, remark in remarks[:MOST_ROWS]:
        number += 1
        _write(sheet, number, row, remark, hidden=row.sheet in hidden, first=top)
        for column, title in enumerate(titles, 1):
            cell_at(sheet, number, column).alignment = middle if title == "Findings" else wrapped
    as_table(sheet, top, [width for _, width in _COLUMNS], number)


def _facts(
    rows: Sequence[Row], remarks: Sequence[tuple[Row, Remark]], lost: Sequence[str]
) -> list[str]:
    cells = sum(row.ref is not None for row in rows)
    where = f"{cells:,} cell{'s' if cells != 1 else ''}"
    lines = [
        f"{tally_line([remark for _, remark in remarks])}, in {where}; "
        "the cells are coloured, and a note in each says what is wrong."
        if rows
        else "Nothing was found.",
        "This is a copy: mend the original, and have the copy made anew.",
    ]
    if any("⟦" in remark.text for _, remark in remarks):
        lines.append("In the column Text, ⟦ and ⟧ stand around the words that are meant.")
    if len(remarks) > MOST_ROWS:
        lines.append(f"The first {MOST_ROWS:,} of {len(remarks):,} messages are listed.")
    if lost:
        lines.append(f"The copy leaves out: {'; '.join(lost)}.")
    return lines


def _write(
    sheet: Worksheet, number: int, row: Row, remark: Remark, *, hidden: bool, first: int
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
        put(cell_at(sheet, number, column), value)
    fill_severity(cell_at(sheet, number, 1), remark.severity)
    if row.ref is not None and number - first <= _MOST_LINKS:
        _link(cell_at(sheet, number, 3), row.sheet, row.ref)


def _link(cell: Cell, sheet: str, ref: str) -> None:
    """Link to a cell of this workbook; nothing leads out of it."""
    from openpyxl.worksheet.hyperlink import Hyperlink

    quoted = sheet.replace("'", "''")
    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{quoted}'!{ref}")
    cell.font = letters(color="0563C1")


def _free(book: Workbook) -> str:
    """Return a name that no sheet has."""
    taken = {name.casefold() for name in book.sheetnames}
    number, name = 1, SHEET
    while name in taken:
        number += 1
        name = f"{SHEET} ({number})"
    return name
