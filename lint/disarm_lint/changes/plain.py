"""A workbook as stable plain text, for `git diff` and `git log -p`."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

from disarm_lint.changes.workbook import workbook_tables
from disarm_lint.output.visible import Charset

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from disarm_lint.changes.table import Row, Table

_SHOWN = Charset()
_NUMBER = re.compile(r"\d+")
_HANGING = "    "


def render_plain(path: str, data: bytes, stream: TextIO) -> None:
    """Write a workbook to a stream in UTF-8: every sheet, one block for each row.

    Rows are sorted by what they go by, so that sorting a sheet changes nothing.
    A file that cannot be read as a workbook is told by its digest, because git
    gives up a whole comparison where this fails.
    """
    tables = workbook_tables(path, data)
    for name, table in tables.items():
        if table.problem is not None:
            where = f"[{_line(name)}]" if name else "workbook"
            stream.write(f"{where} cannot be read: {_line(table.problem)}\n")
            stream.write(f"sha256: {sha256(data).hexdigest()}\n\n")
            continue
        for line in _lines(table):
            stream.write(f"{line}\n")


def _lines(table: Table) -> Iterator[str]:
    columns = ", ".join(_line(name) for name in table.columns)
    yield f"[{_line(table.name)}] columns: {columns}".rstrip()
    yield ""
    for row in sorted(table.rows, key=_order):
        yield f"[{_line(table.name)}] {_line(row.key)}"
        for column, text in row.cells.items():
            first, *rest = text.split("\n")
            yield f"{_line(column)}: {_line(first)}".rstrip(" ")
            for line in rest:
                yield f"{_HANGING}{_line(line)}".rstrip(" ")
        yield ""


def _order(row: Row) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return what rows are sorted by: their key, numbers in it by size, then their cells."""
    key = _NUMBER.sub(lambda match: f"{len(match[0]):04}{match[0]}", row.key)
    return key, tuple(sorted(row.cells.items()))


def _line(text: str) -> str:
    return _SHOWN.line(text)
