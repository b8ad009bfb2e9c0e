"""Texts in workbook cells: harmless, within a spreadsheet's limits, and easy to read."""

from __future__ import annotations

import re
from math import ceil
from typing import TYPE_CHECKING, cast

from disarm_lint.output.visible import Charset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpyxl.cell.cell import Cell
    from openpyxl.styles import Font
    from openpyxl.worksheet.worksheet import Worksheet

    from disarm_lint.model.finding import Severity

MOST_TEXT = 32_767
"""UTF-16 code units in a cell or a note, the limit of Excel."""
MOST_ROWS = 50_000
"""Findings or causes that a sheet lists."""
COLOURS = {"error": "FFC7CE", "warning": "FFEB9C", "info": "DDEBF7"}
_INK = {"error": "9C0006", "warning": "7F4F00", "info": "1F4E79"}
_HEAD = "1F3864"
_FONT = "Calibri"
# Points of a line, and of the highest row.
_LINE_HEIGHT, _HIGHEST = 15, 400

_LINES = re.compile("(\n)")
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_CUT = " … (cut)"
_ALL = Charset()


def visible(text: str) -> str:
    """Return a text, line ends as line feeds, controls and invisible characters by number."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(part if part == "\n" else _ALL.line(part) for part in _LINES.split(text))


def cut(text: str, most: int = MOST_TEXT) -> str:
    """Return at most `most` UTF-16 code units of a text, with a note where something is cut."""
    if len(text) * 2 <= most or _units(text) <= most:
        return text
    kept, left = [], most - len(_CUT)
    for char in text[:most]:
        left -= _units(char)
        if left < 0:
            break
        kept.append(char)
    return "".join(kept).rstrip() + _CUT


def _units(text: str) -> int:
    return len(text) + sum(char > "\uffff" for char in text)


def xml_text(text: str, most: int = MOST_TEXT) -> str:
    """Return a text as a workbook holds it: `_x0041_` would be read as a character there."""
    shown = visible(text)
    escaped = _ESCAPED.sub("_x005F_", shown)
    return cut(escaped if escaped == shown else escaped[:most], most)


def cell_at(sheet: Worksheet, row: int, column: int) -> Cell:
    """Return a cell of a sheet without merged cells."""
    return cast("Cell", sheet.cell(row, column))


def put(cell: Cell, value: str | int | None) -> None:
    """Set the value of a cell; a text stays a text, whatever it begins with."""
    if value == "":
        return
    if isinstance(value, str):
        cell.value = xml_text(value)
        cell.data_type = "s"
        if not value[:1].isalnum():
            cell.quotePrefix = True
    elif value is not None:
        cell.value = value


def fill_severity(cell: Cell, severity: Severity, *, ink: bool = True) -> None:
    """Colour a cell by a severity; `ink` colours its letters too."""
    from openpyxl.styles import PatternFill

    colour = COLOURS[str(severity)]
    cell.fill = PatternFill("solid", start_color=colour, end_color=colour)
    if ink:
        cell.font = letters(bold=True, color=_INK[str(severity)])


def letters(*, size: int = 11, bold: bool = False, color: str = "000000") -> Font:
    """Return a font of the one family that all sheets use."""
    from openpyxl.styles import Font

    return Font(name=_FONT, size=size, bold=bold, color=color)


def header(sheet: Worksheet, row: int, titles: Sequence[str]) -> None:
    """Write the titles of a table's columns."""
    from openpyxl.styles import Alignment, PatternFill

    for column, title in enumerate(titles, 1):
        cell = cell_at(sheet, row, column)
        put(cell, title)
        cell.font = letters(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", start_color=_HEAD, end_color=_HEAD)
        cell.alignment = Alignment(vertical="center", wrap_text=True)


def fit_row(
    sheet: Worksheet, row: int, values: Sequence[str | int | None], widths: Sequence[float]
) -> None:
    """Make a row as high as its wrapped texts need; `widths` are in characters."""
    lines = max(
        sum(max(1, ceil(len(line) / (width * 0.95))) for line in str(value).split("\n"))
        for value, width in zip(values, widths, strict=True)
    )
    if lines > 1:
        sheet.row_dimensions[row].height = min(_HIGHEST, lines * _LINE_HEIGHT)


def as_table(sheet: Worksheet, row: int, widths: Sequence[float], last: int) -> None:
    """Set widths, in characters; freeze the rows to `row`, and filter from there to `last`."""
    from openpyxl.utils import get_column_letter

    for column, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = f"A{row + 1}"
    sheet.auto_filter.ref = f"A{row}:{get_column_letter(len(widths))}{max(row, last)}"
    for_print(sheet)
    sheet.print_title_rows = f"{row}:{row}"


def for_print(sheet: Worksheet) -> None:
    """Let a sheet be printed across, all of its columns on one page."""
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
