"""Tables of a page: from rows of offsets to cells that know their columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
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


@lru_cache(maxsize=1024)
def normal_header(cell: str) -> str:
    """Return a header cell in the form in which header cells are compared."""
    return " ".join(cell.split()).casefold()


@lru_cache(maxsize=1024)
def _accepted(column: ColumnSpec) -> frozenset[str]:
    return frozenset(normal_header(header) for header in column.headers)


def _headers(table: RawTable | Table) -> tuple[str, ...]:
    return tuple(normal_header(cell.raw) for cell in table.header)


def header_matches(spec: TableSpec, table: RawTable | Table) -> bool:
    """Tell whether a table has exactly the header cells that the profile asks for."""
    return _fits(spec, _headers(table))


@lru_cache(maxsize=4096)
def _fits(spec: TableSpec, headers: tuple[str, ...]) -> bool:
    return len(spec.columns) == len(headers) and all(
        cell in _accepted(column) for column, cell in zip(spec.columns, headers, strict=True)
    )


@lru_cache(maxsize=4096)
def _assigned(
    specs: tuple[TableSpec, ...], headers: tuple[str, ...]
) -> tuple[TableSpec | None, tuple[ColumnSpec | None, ...]]:
    """Return the table that a header is most likely of, and the column of each header cell."""
    spec = next((spec for spec in specs if _fits(spec, headers)), None)
    if spec is None and headers:
        score = 0
        for candidate in specs:
            hits = sum(not _accepted(column).isdisjoint(headers) for column in candidate.columns)
            if hits > score:
                spec, score = candidate, hits
    columns = spec.columns if spec else ()
    named = [
        next((column for column in columns if cell in _accepted(column)), None) for cell in headers
    ]
    if len(columns) == len(headers):
        # A header cell with another word is still the column that stands in its place.
        for number, column in enumerate(columns):
            if named[number] is None and column not in named:
                named[number] = column
    return spec, tuple(named)


def _with_whole_link(cells: tuple[Text, ...], width: int) -> list[Text]:
    """Return the cells, the first one whole where a pipe in its link's label cuts it."""
    first = cells[0].raw if cells else ""
    if width and len(cells) > width and first.startswith("[") and "](" not in first:
        for number in range(1, len(cells) - width + 1):
            if "](" in cells[number].raw:
                whole = Text(cells[0].source, cells[0].start, cells[number].end)
                return [whole, *cells[number + 1 :]]
    return list(cells)


def build_table(table: RawTable, specs: Sequence[TableSpec]) -> Table:
    """Give each cell its column; keep a row whole that its text broke."""
    spec, columns = _assigned(tuple(specs), _headers(table))
    width = len(table.header)
    rows = []
    for text, cells, lines in table.rows:
        count = len(cells)
        shown = _with_whole_link(cells, width)
        if width and len(shown) > width:
            shown[width - 1 :] = [Text(text.source, shown[width - 1].start, cells[-1].end)]
        built = tuple(
            Cell(cell, columns[number] if number < len(columns) else None)
            for number, cell in enumerate(shown)
        )
        key = _KEY.match(cells[0].raw) if cells else None
        broken = lines > 1 or bool(width and count != width)
        rows.append(Row(text, built, key[1] if key else "", lines, broken, count))
    return Table(table.text, table.header, tuple(rows), spec, table.html)
