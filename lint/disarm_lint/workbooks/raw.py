"""What stands in a workbook: sheets of cells, each at its address, nothing interpreted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Value: TypeAlias = "str | float | int | bool | datetime | date | time | timedelta | None"


@dataclass(frozen=True, slots=True)
class CellValue:
    """A cell: its text as a person sees it, and the value behind it.

    Strings are verbatim. Numbers and dates come without their cell format:
    `2016`, `2019-02-24`, `2019-02-24 10:00:00`, `TRUE`. An error cell has its
    text, such as `#REF!`.
    """

    text: str
    value: Value


EMPTY = CellValue("", None)


@dataclass(frozen=True, slots=True)
class SheetData:
    """A sheet, counted from A1: `rows[i][j]` stands in sheet row i + 1, column j (from 0).

    A blank row is `()`, any other is as wide as the sheet; trailing blank rows
    are cut. `merged` are merged ranges, as in `A1:B2`; `pending` the cells, by
    row and column, whose formula has no value yet.
    """

    name: str
    rows: tuple[tuple[CellValue, ...], ...]
    merged: tuple[str, ...] = ()
    pending: tuple[tuple[int, int], ...] = ()

    def cell(self, row: int, column: int) -> CellValue:
        """Return the cell at a row and column, both from 0; EMPTY where there is none."""
        cells = self.rows[row] if 0 <= row < len(self.rows) else ()
        return cells[column] if 0 <= column < len(cells) else EMPTY


@dataclass(frozen=True, slots=True)
class WorkbookData:
    """A workbook: all sheet names in order, and the sheets that were wanted.

    `sheets` are those that could be read, under the names that they have in the
    workbook; `problems` pairs each of the others with the reason.
    """

    path: str
    names: tuple[str, ...]
    sheets: Mapping[str, SheetData]
    problems: tuple[tuple[str, str], ...] = ()


def column_letters(column: int) -> str:
    """Return the letters of a column, counted from 0: 0 is A, 26 is AA."""
    letters = ""
    column += 1
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_ref(row: int, column: int) -> str:
    """Return the address of a cell, both counted from 0: (36, 1) is B37."""
    return f"{column_letters(column)}{row + 1}"


def shown(value: Value) -> str:
    """Return a value's text as a person sees it, as far as that needs no cell format."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        return f"{value:.15g}".upper()
    if isinstance(value, datetime):
        if value.time() == time(0):
            return value.date().isoformat()
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat(timespec="seconds")
    seconds = round(value.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
