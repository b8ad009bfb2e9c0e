"""Worksheets in the examples of manuals: from the lines of a fence to cells and marks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from disarm_lint.model.text import CellSpan, Location
from disarm_lint.workbooks.raw import cell_ref

OPEN, CLOSE = "⟦", "⟧"
_CELL = re.compile(r"(?:[^|\\]|\\.)*")
_ESCAPE = re.compile(r"\\([n|\\])")
_UNESCAPED = {"n": "\n", "|": "|", "\\": "\\"}


@dataclass(frozen=True, slots=True)
class ExampleSheet:
    """A worksheet of an example: its workbook's path, its rows without marks, and the marks."""

    path: str
    name: str
    rows: tuple[tuple[str, ...], ...]
    marks: tuple[Location, ...]


def read_sheet(target: str, body: str) -> ExampleSheet:
    """Return the worksheet in a fence; `target` is `<path>!<sheet>`, `body` its lines.

    Raises ValueError for a target without a sheet and for a line that is no row.
    """
    path, bang, name = target.rpartition("!")
    if not (path and bang and name):
        raise ValueError(f"“{target}” is not <path of a workbook>!<sheet>")
    rows: list[tuple[str, ...]] = []
    marks: list[Location] = []
    for line in body.rstrip("\n").split("\n"):
        cells: list[str] = []
        for written in _cells(line):
            text, found = _unmarked(written)
            ref = cell_ref(len(rows), len(cells))
            cells.append(text)
            marks += [Location(path, cell=CellSpan(name, ref, *span)) for span in found]
        rows.append(tuple(cells))
    return ExampleSheet(path, name, tuple(rows), tuple(marks))


def _cells(line: str) -> list[str]:
    """Return the cells of a row, escapes undone, without the blank at each of their ends."""
    inside = line.strip()
    if len(inside) < 2 or not (inside.startswith("|") and inside.endswith("|")):
        raise ValueError(f"“{line}” is no row: it needs a pipe at both ends")
    cells, position = [], 1
    while position < len(inside):
        found = _CELL.match(inside, position)
        assert found is not None
        cell = found[0].removeprefix(" ").removesuffix(" ")
        cells.append(_ESCAPE.sub(lambda match: _UNESCAPED[match[1]], cell))
        position = found.end() + 1
    return cells


def _unmarked(written: str) -> tuple[str, list[tuple[int, int]]]:
    """Return a cell without marks, and where they were: offsets, the end exclusive."""
    opened: list[int] = []
    found: list[tuple[int, int]] = []
    text = ""
    for char in written:
        if char == OPEN:
            opened.append(len(text))
        elif char == CLOSE:
            found.append((opened.pop(), len(text)))
        else:
            text += char
    return text, found
