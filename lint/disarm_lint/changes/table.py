"""A sheet as a table: its rows by what they go by, never by their number."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from disarm_lint.model.profile import Format
from disarm_lint.workbooks.raw import column_letters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from disarm_lint.model.profile import SheetSpec
    from disarm_lint.workbooks.raw import CellValue, SheetData

_HEADER_ROWS = 20
# A header cell is a label: longer texts are what a sheet without header cells begins with.
_LABEL = 60


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, and the character that parts the members of its cells, if any.

    A `derived` column repeats others; an `ids_only` one says no more than the ids in it.
    """

    name: str
    separator: str | None = None
    derived: bool = False
    ids_only: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row: what it goes by, what it is called, and its cells by column, blank ones left out.

    `path` is the page that it stands for, where it is one.
    """

    key: str
    name: str
    cells: Mapping[str, str]
    path: str | None = None


@dataclass(frozen=True)
class Table:
    """A sheet, or the pages of a kind: columns by name, and rows in their order.

    `problem` is a clause that says why it could not be read, else None.
    """

    name: str
    columns: Mapping[str, Column] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    problem: str | None = None


def table_of(data: SheetData, spec: SheetSpec | None = None) -> Table:
    """Return a sheet as a table; `spec` is what the profile says of it, where it knows it.

    A row goes by its cell in the column of ids, without one by its first
    column; where that is blank, by its first cell that is not. One that only
    repeats others is left out.
    """
    number = _header_row(data)
    head = data.rows[number] if number is not None else ()
    width = max((len(row) for row in data.rows), default=0)
    names = _names(head, width)
    key = _key_column(names, spec)
    columns = {name: _column(name, spec) for name in names}
    rows = []
    for index, cells in enumerate(data.rows):
        if index == number:
            continue
        filled = {names[i]: cell.text for i, cell in enumerate(cells) if cell.text.strip()}
        if any(not columns[name].derived for name in filled):
            rows.append(_row(filled, names[key], spec))
    return Table(data.name, columns, tuple(rows))


def _header_row(data: SheetData) -> int | None:
    """Return the number, from 0, of the row of header cells; None where there is none.

    That is the first one in which half of the columns have a label, so that a
    title above it does not count.
    """
    filled = [sum(bool(cell.text.strip()) for cell in row) for row in data.rows]
    most = max(filled, default=0)
    for number, row in enumerate(data.rows[:_HEADER_ROWS]):
        if filled[number] < 2 or filled[number] * 2 < most:
            continue
        labels = [cell for cell in row if cell.text.strip()]
        short = all(isinstance(c.value, str) and len(c.text) <= _LABEL for c in labels)
        return number if short else None
    return None


def _names(head: Sequence[CellValue], width: int) -> list[str]:
    """Return a name for each column, no two alike: its header cell, else its letters."""
    labels = [" ".join(cell.text.split()) for cell in head]
    labels += [""] * (width - len(labels))
    counts = Counter(labels)
    return [
        label if label and counts[label] == 1 else f"{label} ({column_letters(i)})".lstrip()
        for i, label in enumerate(labels)
    ]


def _normal(header: str) -> str:
    return " ".join(header.split()).casefold()


def _key_column(names: Sequence[str], spec: SheetSpec | None) -> int:
    column = spec.of_format(Format.ID) if spec else None
    labels = {_normal(label) for label in column.field.labels} if column else set()
    return next((i for i, name in enumerate(names) if _normal(name) in labels), 0)


def _column(name: str, spec: SheetSpec | None) -> Column:
    for column in spec.columns if spec else ():
        if _normal(name) in {_normal(label) for label in column.field.labels}:
            separator = column.separator.char if column.separator else None
            return Column(name, separator, derived=column.field.format is Format.LONGNAME)
    return Column(name)


def _row(filled: dict[str, str], key_column: str, spec: SheetSpec | None) -> Row:
    whole = filled.get(key_column, "")
    words = whole or next(iter(filled.values()))
    key = " ".join(words.split())
    if whole == key:
        filled = {name: text for name, text in filled.items() if name != key_column}
    named = spec.of_format(Format.NAME) if spec else None
    labels = {_normal(label) for label in named.field.labels} if named else {"name"}
    name = next((text for column, text in filled.items() if _normal(column) in labels), "")
    if spec is not None and named is None:
        name = ""
    return Row(key, " ".join(name.split()), filled)
