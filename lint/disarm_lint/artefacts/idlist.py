"""Id lists: CSV with phases in the first row, tactics in the second, ids below their tactic."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from disarm_lint.artefacts.model import Problem
from disarm_lint.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.model.text import PageSource

# The lists of DISARM 1.6 hold 400 ids; far more cells than this are no list of ours.
CELL_LIMIT = 200_000

_CELL = re.compile(r'"(?P<quoted>(?:[^"]++|"")*+)(?P<close>"?)|(?P<bare>[^,\r\n]*+)')
_EMPTY = re.compile(",++")
_END = re.compile(r"(?P<comma>,)|\r\n|\n|\r|\Z")
_LIKE_ID = re.compile(r"[A-Za-z]{1,4}[0-9]{1,10}(?:\.[0-9]{1,6})?")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_OTHER_SEPARATOR = re.compile("[A-Za-z0-9.]([;\t|])[A-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column: its phase and its tactic, which may be empty texts, and the ids below."""

    phase: Text
    tactic: Text
    ids: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class IdList:
    """The columns of an id list, from left to right, and its first cell that is not empty."""

    columns: tuple[ListColumn, ...]
    top: Text


@dataclass(frozen=True, slots=True)
class CsvCell:
    """A cell that is not empty, without blanks and quotes around it; row and column from 0."""

    row: int
    column: int
    text: Text


class InvalidCsv(Exception):  # noqa: N818 - a fact about a file that becomes a finding
    """A text that is no CSV: at which offset, and why, as a clause for the reader."""

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(reason)
        self.offset = offset
        self.reason = reason


def read_cells(source: PageSource) -> Iterator[CsvCell]:
    """Yield the cells of a CSV text that are not empty; empty lines are no rows.

    Raises InvalidCsv where a quote is not closed or something follows it, and
    where there are more than CELL_LIMIT cells.
    """
    text = source.text
    here = row = column = count = 0
    while here < len(text):
        empty = _EMPTY.match(text, here)
        if empty is not None:
            column, here = column + len(empty[0]), empty.end()
            continue
        count += 1
        if count > CELL_LIMIT:
            raise InvalidCsv(here, f"it has more than {CELL_LIMIT:,} cells")
        match = _CELL.match(text, here)
        if match is None or match["close"] == "":
            raise InvalidCsv(here, "this quoted cell has no closing quote")
        end = _END.match(text, match.end())
        if end is None:
            reason = "something stands between this closing quote and the next comma"
            raise InvalidCsv(match.end() - 1, reason)
        group = "bare" if match["quoted"] is None else "quoted"
        cell = Text(source, match.start(group), match.end(group)).strip()
        if cell:
            yield CsvCell(row, column, cell)
        if end["comma"]:
            column += 1
        elif column or cell:
            row, column = row + 1, 0
        here = end.end()


def is_id_list(source: PageSource) -> bool:
    """Tell whether a CSV file is an id list: by its name, or by ids alone in its first two rows."""
    if source.path.lower().endswith("_ids.csv"):
        return True
    rows = set()
    try:
        for cell in takewhile(lambda cell: cell.row < 2, read_cells(source)):
            rows.add(cell.row)
            if not _LIKE_ID.fullmatch(cell.text.raw):
                return False
    except InvalidCsv:
        return False
    return rows == {0, 1}


def read_id_list(source: PageSource) -> IdList | Problem:
    """Return the columns of an id list, or what keeps it from being read."""
    control = _CONTROL.search(source.text)
    if control is not None:
        code = f"U+{ord(control[0]):04X}"
        return _problem(source, control.start(), f"the control character {code} stands in it")
    try:
        cells = list(read_cells(source))
    except InvalidCsv as problem:
        return _problem(source, problem.offset, problem.reason)
    if not cells or cells[-1].row < 1:
        start = cells[0].text.start if cells else 0
        other = _OTHER_SEPARATOR.search(source.text[:4096])
        reason = "an id list has a row of phases, one of tactics, and ids below"
        return _problem(source, start, reason if other is None else _separated(other[1]))
    if all(cell.column == 0 for cell in cells):
        other = _OTHER_SEPARATOR.search(cells[0].text.raw)
        if other is not None:
            return _problem(source, cells[0].text.start + other.start(1), _separated(other[1]))
    return IdList(_columns(source, cells), cells[0].text)


def _separated(mark: str) -> str:
    shown = "tabs" if mark == "\t" else f"“{mark}”"
    return f"its cells are separated by {shown}; commas belong there"


def _problem(source: PageSource, offset: int, reason: str) -> Problem:
    return Problem(source.locate(offset, min(offset + 1, len(source.text))), reason)


def _columns(source: PageSource, cells: list[CsvCell]) -> tuple[ListColumn, ...]:
    columns: dict[int, list[CsvCell]] = {}
    for cell in cells:
        columns.setdefault(cell.column, []).append(cell)
    empty = Text(source, cells[0].text.start, cells[0].text.start)
    found = []
    for _, column in sorted(columns.items()):
        heads = {cell.row: cell.text for cell in column if cell.row < 2}
        ids = tuple(cell.text for cell in column if cell.row >= 2)
        found.append(ListColumn(heads.get(0, empty), heads.get(1, empty), ids))
    return tuple(found)
