"""A change list as a workbook to read, to edit, and to apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.audit.workbook import (
    fit_row,
    format_table,
    put_cell,
    save_workbook,
    write_header,
)
from disarm_lint.changes.formats import COLUMNS, format_row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from disarm_lint.changes.change import CellChange

# UTF-16 code units that a cell may hold.
MOST_TEXT = 32_767
# In characters, by column.
_WIDTHS = (30, 20, 9, 16, 18, 60, 60, 12, 50)


def change_list_workbook(changes: Iterable[CellChange]) -> bytes:
    """Return a workbook with a change list; needs openpyxl.

    Each cell is a text. Raises ValueError for a text that is too long for a cell.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Alignment

    book = Workbook()
    book.properties.creator = "disarm-lint"
    sheet = book.worksheets[0]
    sheet.title = "changes"
    write_header(sheet, 1, COLUMNS)
    number = 1
    for number, change in enumerate(changes, 2):
        fields = format_row(change)
        for column, text in enumerate(fields, 1):
            if len(text.encode("utf-16-le")) > 2 * MOST_TEXT:
                raise ValueError(change.place)
            if text:
                cell = put_cell(sheet, number, column)
                # Set past openpyxl, which would take some of these for formulas.
                cell.value = text
                cell.data_type = "s"
                cell.quotePrefix = not text[0].isalnum()
                cell.alignment = Alignment(vertical="top", wrap_text=True)
        fit_row(sheet, number, fields, _WIDTHS)
    format_table(sheet, 1, _WIDTHS, number)
    return save_workbook(book, created=False)
