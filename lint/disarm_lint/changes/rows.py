"""What differs between two states of one table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from disarm_lint.changes.cells import CellChange, cell_change
from disarm_lint.changes.table import Column, Row, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

# Rows of one key are compared each with each up to this many pairs.
_PAIRS = 2_500
# A column of which so many cells came or went, and with them all, is told as such.
_MANY = 6


class State(StrEnum):
    """What became of a row, a column, a table."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    RENUMBERED = "renumbered"


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row that came, went, changed, or stands under another key.

    `was` is its key before, where that is another. `cells` of an added row are
    those that it has, of a removed one those that it had.
    """

    state: State
    key: str
    name: str
    cells: tuple[CellChange, ...]
    was: str | None = None
    path: str | None = None


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """A column all of whose cells came or went, and how many these are."""

    state: State
    name: str
    cells: int


@dataclass(frozen=True, slots=True)
class TableChange:
    """A table that differs; `problem` says why it could not be compared.

    The cells of `columns` are counted, and not told row by row. `pages` says
    that the rows are pages.
    """

    path: str
    name: str
    state: State
    rows: tuple[RowChange, ...] = ()
    columns: tuple[ColumnChange, ...] = ()
    problem: str | None = None
    pages: bool = False

    def count(self, state: State) -> int:
        """Return the number of rows of which something became."""
        return sum(row.state is state for row in self.rows)


def table_change(
    path: str, old: Table | None, new: Table | None, *, pages: bool = False
) -> TableChange | None:
    """Return how a table differs; None where it does not. One of the two may be absent."""
    before, after = old or Table(""), new or Table("")
    name = after.name or before.name
    state = State.ADDED if old is None else State.REMOVED if new is None else State.CHANGED
    if before.problem or after.problem:
        if before.problem == after.problem:
            return None
        problem = after.problem or f"in its earlier state, {before.problem}"
        return TableChange(path, name, state, problem=problem)
    columns = tuple(_columns(before, after)) if old and new else ()
    apart = {column.name for column in columns}
    known = {**before.columns, **after.columns}
    rows = tuple(_rows(before.rows, after.rows, known, apart))
    if not rows and not columns and state is State.CHANGED:
        return None
    return TableChange(path, name, state, rows, columns, pages=pages)


def _columns(old: Table, new: Table) -> Iterator[ColumnChange]:
    for one, other, state in ((new, old, State.ADDED), (old, new, State.REMOVED)):
        there = _filled(other)
        for name, cells in _filled(one).items():
            if name not in there and cells >= _MANY:
                yield ColumnChange(state, name, cells)


def _filled(table: Table) -> Counter[str]:
    """Return how many cells of each column are not blank, in the order of the columns."""
    counts = Counter(dict.fromkeys(table.columns, 0))
    for row in table.rows:
        counts.update(name for name in row.cells if name in table.columns)
    return +counts


def _rows(
    old: Sequence[Row], new: Sequence[Row], columns: Mapping[str, Column], apart: set[str]
) -> Iterator[RowChange]:
    """Yield the rows that differ: those that are there in their order, then those that are gone."""
    pairs, gone = _paired(old, new)
    come = [row for row in new if id(row) not in pairs]
    renumbered = _renumbered(gone, come, columns)
    for row in new:
        before = pairs.get(id(row))
        if before is not None:
            if cells := _cells(before.cells, row.cells, columns, apart):
                yield RowChange(State.CHANGED, row.key, row.name, cells, path=row.path)
        elif (other := renumbered.get(id(row))) is not None:
            yield RowChange(State.RENUMBERED, row.key, row.name, (), other.key, row.path)
        else:
            cells = _cells({}, row.cells, columns, apart)
            yield RowChange(State.ADDED, row.key, row.name, cells, path=row.path)
    moved = {id(row) for row in renumbered.values()}
    for row in gone:
        if id(row) not in moved:
            cells = _cells(row.cells, {}, columns, apart)
            yield RowChange(State.REMOVED, row.key, row.name, cells, path=row.path)


def _paired(old: Sequence[Row], new: Sequence[Row]) -> tuple[dict[int, Row], list[Row]]:
    """Return for new rows, by identity, what they were, and the old rows that are gone."""
    groups: dict[str, list[Row]] = {}
    for row in old:
        groups.setdefault(row.key, []).append(row)
    wanted: dict[str, list[Row]] = {}
    for row in new:
        wanted.setdefault(row.key, []).append(row)
    pairs: dict[int, Row] = {}
    for key, rows in wanted.items():
        for one, other in _matched(groups.get(key, []), rows):
            pairs[id(other)] = one
    used = {id(row) for row in pairs.values()}
    return pairs, [row for row in old if id(row) not in used]


def _matched(old: Sequence[Row], new: Sequence[Row]) -> Iterable[tuple[Row, Row]]:
    """Pair rows of one key: those that are equal, then those that have most in common."""
    if len(old) <= 1 and len(new) <= 1:
        return zip(old, new, strict=False)
    pairs: list[tuple[Row, Row]] = []
    equal: dict[tuple[tuple[str, str], ...], list[Row]] = {}
    for row in old:
        equal.setdefault(_content(row), []).append(row)
    rest = []
    for row in new:
        same = equal.get(_content(row))
        if same:
            pairs.append((same.pop(0), row))
        else:
            rest.append(row)
    left = [row for rows in equal.values() for row in rows]
    if len(left) * len(rest) > _PAIRS:
        return [*pairs, *zip(left, rest, strict=False)]
    ranked = sorted(
        (-len(one.cells.items() & other.cells.items()), i, j)
        for i, one in enumerate(left)
        for j, other in enumerate(rest)
    )
    olds, news = set(range(len(left))), set(range(len(rest)))
    for _, i, j in ranked:
        if i in olds and j in news:
            olds.remove(i)
            news.remove(j)
            pairs.append((left[i], rest[j]))
    return pairs


def _content(row: Row) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(row.cells.items()))


def _renumbered(
    gone: Sequence[Row], come: Sequence[Row], columns: Mapping[str, Column]
) -> dict[int, Row]:
    """Return for new rows, by identity, the old ones that say the same under another key."""
    derived = {name for name, column in columns.items() if column.derived}

    def content(row: Row) -> tuple[tuple[str, str], ...]:
        return tuple(item for item in _content(row) if item[0] not in derived)

    olds: dict[tuple[tuple[str, str], ...], list[Row]] = {}
    for row in gone:
        olds.setdefault(content(row), []).append(row)
    found = {}
    for row in come:
        said = content(row)
        # A row with one word in it is not known by that.
        if len(said) >= 2 and (same := olds.get(said)):
            found[id(row)] = same.pop(0)
    return found


def _cells(
    old: Mapping[str, str], new: Mapping[str, str], columns: Mapping[str, Column], apart: set[str]
) -> tuple[CellChange, ...]:
    found: list[CellChange] = []
    derived: list[CellChange] = []
    for name in dict.fromkeys([*new, *old]):
        column = columns.get(name) or Column(name)
        change = (
            None if name in apart else cell_change(column, old.get(name, ""), new.get(name, ""))
        )
        if change is not None:
            (derived if column.derived else found).append(change)
    return tuple(found or derived)
