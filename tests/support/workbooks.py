"""Workbooks as a spreadsheet program writes them, for tests."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from openpyxl import Workbook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def workbook(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    """Return an .xlsx file with some sheets; a row is its cells from A on, None is a space.

    A text that begins with `=` stays a text; numbers and dates become such cells.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row, 1):
                if value is None or value == "":
                    continue
                cell = sheet.cell(number, column, value)
                if isinstance(value, str):
                    cell.data_type = "s"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
