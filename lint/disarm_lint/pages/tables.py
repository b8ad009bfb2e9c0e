"""Tables of a page: from rows of offsets to cells that know their columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.markdown.html import split_html_rows
from disarm_lint.markdown.rows import split_rows
from disarm_lint.model.document import Cell, Row, Table
from disarm_lint.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from disarm_lint.model.profile import ColumnSpec, TableSpec

_KEY = re.compile(r"(?:<a\b[^>]*>|\[)?\s*([A-Za-z]{1,4}[0-9][0-9.:]*[0-9]|[A-Za-z]{1,4}[0-9])\b")
_BLANK_LINE = re.compile(r"\n[ \t]*\r?\n")


@dataclass(frozen=True, slots=True)
class RawTable:
    """A table before its kind is known: texts of the header cells, rows of cell texts."""

    text: Text
    header: tuple[Text, ...]
    rows: tuple[tuple[Text, tuple[Text, ...], int], ...]
    html: bool = False


def read_table(text: Text, *, html: bool = False) -> RawTable:
    """Split a table block into cells."""
    source = text.source

    def piece(start: int, end: int) -> Text:
        return Text(source, start, end).strip()

    if not html:
        header, body = split_rows(source.text, text.start, text.end)
        rows = tuple(
            (
                Text(source, row.start, row.end),
                tuple(Text(source, a, b) for a, b in row.cells),
                row.lines,
            )
            for row in body
        )
        return RawTable(text, tuple(Text(source, a, b) for a, b in header.cells), rows)
    found = split_html_rows(source.text, text.start, text.end)
    head = found[0] if found and found[0].header else None
    html_rows = []
    for row in found[1:] if head else found:
        # Only a blank line breaks an HTML table in Markdown.
        raw = source.text[row.cells[0][0] : row.cells[-1][1]]
        lines = 1 + len(_BLANK_LINE.findall(raw))
        html_rows.append(
            (Text(source, row.start, row.end), tuple(piece(a, b) for a, b in row.cells), lines)
        )
    return RawTable(
        text,
        tuple(piece(a, b) for a, b in head.cells) if head else (),
        tuple(html_rows),
        html=True,
    )


def normal_header(cell: str) -> str:
    """Return a header cell in the form in which header cells are compared."""
    return " ".join(cell.split()).casefold()


def _column_matches(column: ColumnSpec, cell: Text) -> bool:
    written = normal_header(cell.raw)
    return any(normal_header(header) == written for header in column.headers)


def header_matches(spec: TableSpec, table: RawTable | Table) -> bool:
    """Tell whether a table has exactly the header cells that the profile asks for."""
    return len(spec.columns) == len(table.header) and all(
        _column_matches(column, cell)
        for column, cell in zip(spec.columns, table.header, strict=True)
    )


def _spec_for(table: RawTable, specs: Sequence[TableSpec]) -> TableSpec | None:
    if not table.header:
        return None
    exact = next((spec for spec in specs if header_matches(spec, table)), None)
    if exact is not None:
        return exact
    best, score = None, 0
    for spec in specs:
        hits = sum(
            any(_column_matches(column, cell) for cell in table.header) for column in spec.columns
        )
        if hits > score:
            best, score = spec, hits
    return best


def _columns(table: RawTable, spec: TableSpec | None) -> list[ColumnSpec | None]:
    if spec is None:
        return [None] * len(table.header)
    return [
        next((column for column in spec.columns if _column_matches(column, cell)), None)
        for cell in table.header
    ]


def build_table(table: RawTable, specs: Sequence[TableSpec]) -> Table:
    """Give each cell its column; keep a row whole that its text broke."""
    spec = _spec_for(table, specs)
    columns = _columns(table, spec)
    width = len(table.header)
    rows = []
    for text, cells, lines in table.rows:
        count = len(cells)
        shown = list(cells)
        if width and count > width:
            shown[width - 1 :] = [Text(text.source, cells[width - 1].start, cells[-1].end)]
        built = tuple(
            Cell(cell, columns[number] if number < len(columns) else None)
            for number, cell in enumerate(shown)
        )
        key = _KEY.match(cells[0].raw) if cells else None
        broken = lines > 1 or bool(width and count != width)
        rows.append(Row(text, built, key[1] if key else "", lines, broken, count))
    return Table(table.text, table.header, tuple(rows), spec, table.html)
