"""What differs between two states of one table, and how a cell changed."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from disarm_lint.compare.tables import ComparedColumn, ComparedRow, ComparedTable
from disarm_lint.model.words import squeeze

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

# An id, a number, or a word with a hyphen counts as one word.
_TOKEN = re.compile(r"\w+(?:[.'’-]\w+)*|\s+|[^\w\s]")
# The time of difflib is at least the square of this, and at worst its cube.
_MOST = 60_000
# How many words around a change are shown, and how many between two changes make these one.
_AROUND = 5
_LONGEST = 160
_BRIEF = 100


class WordOp(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class WordPiece:
    """A piece of text; the text of a gap, which stands for equal words, is an ellipsis."""

    op: WordOp
    text: str


_GAP = WordPiece(WordOp.GAP, "…")


def diff_words(old: str, new: str) -> tuple[WordPiece, ...]:
    """Return the words that differ, with some words around them, and gaps between these.

    Long stretches are cut to their beginning and end. Takes bounded time.
    """
    return tuple(_shorten_pieces(_join_pieces(_merge(_split_pieces(old, new)))))


def _split_pieces(old: str, new: str) -> Iterator[WordPiece]:
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    yield WordPiece(WordOp.SAME, "".join(before[:start]))
    yield from _compare_middle(before[start : len(before) - end], after[start : len(after) - end])
    yield WordPiece(WordOp.SAME, "".join(before[len(before) - end :]))


def _compare_middle(before: Sequence[str], after: Sequence[str]) -> Iterator[WordPiece]:
    for tag, i, j, k, m in _match_words(before, after):
        if tag == "equal":
            yield WordPiece(WordOp.SAME, "".join(before[i:j]))
        else:
            yield WordPiece(WordOp.REMOVED, "".join(before[i:j]))
            yield WordPiece(WordOp.ADDED, "".join(after[k:m]))


def _match_words(
    before: Sequence[str], after: Sequence[str]
) -> Iterable[tuple[str, int, int, int, int]]:
    if len(before) * len(after) <= _MOST:
        from difflib import SequenceMatcher

        return SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    from rapidfuzz.distance import Indel

    found = Indel.opcodes(before, after)
    return [(o.tag, o.src_start, o.src_end, o.dest_start, o.dest_end) for o in found]


def _merge(pieces: Iterable[WordPiece]) -> Iterator[WordPiece]:
    """Merge changes if only a space or a punctuation mark between them is equal."""
    removed = added = held = ""
    for piece in pieces:
        if not piece.text:
            continue
        if piece.op is WordOp.REMOVED:
            removed, added, held = removed + held + piece.text, added + held, ""
        elif piece.op is WordOp.ADDED:
            removed, added, held = removed + held, added + held + piece.text, ""
        elif (removed or added) and not held and not any(map(str.isalnum, piece.text)):
            held = piece.text
        else:
            yield from _list_pieces(removed, added)
            yield WordPiece(WordOp.SAME, held + piece.text)
            removed = added = held = ""
    yield from _list_pieces(removed, added)
    if held:
        yield WordPiece(WordOp.SAME, held)


def _list_pieces(removed: str, added: str) -> Iterator[WordPiece]:
    if removed:
        yield WordPiece(WordOp.REMOVED, removed)
    if added:
        yield WordPiece(WordOp.ADDED, added)


def _join_pieces(pieces: Iterable[WordPiece]) -> list[WordPiece]:
    """Join equal pieces that follow each other."""
    found: list[WordPiece] = []
    for piece in pieces:
        if found and found[-1].op is piece.op is WordOp.SAME:
            found[-1] = WordPiece(WordOp.SAME, found[-1].text + piece.text)
        else:
            found.append(piece)
    return found


def _shorten_pieces(pieces: Sequence[WordPiece]) -> Iterator[WordPiece]:
    for number, piece in enumerate(pieces):
        first, last = number == 0, number + 1 == len(pieces)
        if piece.op is not WordOp.SAME:
            yield WordPiece(piece.op, cut(piece.text))
            continue
        tokens = _TOKEN.findall(piece.text)
        # A word and the space behind it are two tokens.
        room = 2 * _AROUND
        if first and last:
            yield _GAP
        elif len(tokens) > room * (2 - first - last) + 1:
            if not first:
                yield WordPiece(WordOp.SAME, f"{''.join(tokens[:room]).rstrip()} ")
            yield _GAP
            if not last:
                yield WordPiece(WordOp.SAME, f" {''.join(tokens[-room:]).lstrip()}")
        else:
            yield WordPiece(WordOp.SAME, cut(piece.text))


def shorten_name(text: str) -> str:
    """Return the key of a row or the name of a column, cut if it is long."""
    return cut(text, _BRIEF)


def cut(text: str, longest: int = _LONGEST) -> str:
    """Return a text, or the beginning and the end of a long one."""
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half].rstrip()} … {text[-half:].lstrip()}"


_ID = re.compile(r"[A-Z]{1,4}[0-9]{2,10}(?:\.[0-9]{1,6})?(?!\w)")
_PART = re.compile(r"[,;\s]+")


@dataclass(frozen=True, slots=True)
class CellDifference:
    """A cell that differs: its column, and its text before and after, empty if it is blank.

    In a list, `added` and `removed` are its new and its lost members, and `altered`
    those that changed, before and after; `listed` tells a list from a text. `note`
    says what differs if it is neither a member nor a word.
    """

    column: str
    before: str
    after: str
    listed: bool = False
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    altered: tuple[tuple[str, str], ...] = ()
    note: str = ""


def compare_cells(column: ComparedColumn, before: str, after: str) -> CellDifference | None:
    """Return how a cell changed; None if it did not."""
    if before == after:
        return None
    old, new = _split_lists(column, before, after)
    if not old and not new:
        note = "only spaces differ" if squeeze(before) == squeeze(after) else ""
        return CellDifference(column.name, before, after, note=note)
    olds, news = [_read_name(member) for member in old], [_read_name(member) for member in new]
    gone, come = Counter(olds) - Counter(news), Counter(news) - Counter(olds)
    texts = dict(zip(olds, old, strict=True))
    altered = [
        (texts[name], member)
        for name, member in zip(news, new, strict=True)
        if name in texts and texts[name] != member and not column.ids_only
    ]
    if not (gone or come or altered):
        if column.ids_only:
            return None
        note = "only the order differs" if old != new else "only spaces differ"
        return CellDifference(column.name, before, after, listed=True, note=note)
    return CellDifference(
        column.name,
        before,
        after,
        listed=True,
        added=_pick_members(come, news, new),
        removed=_pick_members(gone, olds, old),
        altered=tuple(dict.fromkeys(altered)),
    )


def _split_lists(column: ComparedColumn, before: str, after: str) -> tuple[list[str], list[str]]:
    """Return the members of both, if the column holds lists or both look like lists of ids."""
    if column.separator is not None:
        return _split_members(before, column.separator), _split_members(after, column.separator)
    found = [[part for part in _PART.split(text) if part] for text in (before, after)]
    if max(map(len, found)) < 2 or not all(_ID.fullmatch(p) for parts in found for p in parts):
        return [], []
    return found[0], found[1]


def _split_members(text: str, separator: str) -> list[str]:
    """Return the members of a list; a comma in the name behind an id is no separator."""
    parts = [squeeze(part) for part in text.split(separator)]
    parts = [part for part in parts if part]
    if separator != "," or not (parts and _ID.match(parts[0])):
        return parts
    members: list[str] = []
    for part in parts:
        if _ID.match(part):
            members.append(part)
        else:
            members[-1] += f", {part}"
    return members


def _read_name(member: str) -> str:
    found = _ID.match(member)
    return found[0] if found else member


def _pick_members(
    chosen: Counter[str], names: Iterable[str], members: Sequence[str]
) -> tuple[str, ...]:
    left = chosen.copy()
    found = []
    for name, member in zip(names, members, strict=True):
        if left[name] > 0:
            left[name] -= 1
            found.append(member)
    return tuple(found)


# Up to this many pairs, all rows with one key are compared with each other.
_PAIRS = 2_500
# A column is reported as such if all of its cells, and so many, were added or removed.
_MANY = 6


class ChangeState(StrEnum):
    """What became of a row, a column or a table."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    RENUMBERED = "renumbered"


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row that was added, removed or changed, or has another key.

    `was` is its key before, if it has another now. The `cells` of an added row are
    those that it has; those of a removed row are those that it had.
    """

    state: ChangeState
    key: str
    name: str
    cells: tuple[CellDifference, ...]
    was: str | None = None
    path: str | None = None


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """A column whose cells were all added or removed, and how many these are."""

    state: ChangeState
    name: str
    cells: int


@dataclass(frozen=True, slots=True)
class TableChange:
    """A table that differs; `problem` says why it could not be compared.

    The cells of `columns` are counted, and not listed row by row. `pages` says
    whether the rows are pages.
    """

    path: str
    name: str
    state: ChangeState
    rows: tuple[RowChange, ...] = ()
    columns: tuple[ColumnChange, ...] = ()
    problem: str | None = None
    pages: bool = False

    def count(self, state: ChangeState) -> int:
        """Return the number of rows with a change."""
        return sum(row.state is state for row in self.rows)


def compare_tables(
    path: str,
    old: ComparedTable | None,
    new: ComparedTable | None,
    heirs: Mapping[str, str | None],
    *,
    pages: bool = False,
) -> TableChange | None:
    """Return how a table differs; None if it does not. Either state of it may be missing.

    `heirs` are the successors of retired entities: the row of a retired entity can only
    continue as the row of its successor.
    """
    before, after = old or ComparedTable(""), new or ComparedTable("")
    name = after.name or before.name
    state = (
        ChangeState.ADDED
        if old is None
        else ChangeState.REMOVED
        if new is None
        else ChangeState.CHANGED
    )
    if before.problem or after.problem:
        if before.problem == after.problem:
            return None
        problem = after.problem or f"in its earlier state, {before.problem}"
        return TableChange(path, name, state, problem=problem)
    columns = tuple(_compare_columns(before, after)) if old and new else ()
    apart = {column.name for column in columns}
    known = {**before.columns, **after.columns}
    rows = tuple(_compare_rows(before.rows, after.rows, known, apart, heirs))
    if not rows and not columns and state is ChangeState.CHANGED:
        return None
    return TableChange(path, name, state, rows, columns, pages=pages)


def _compare_columns(old: ComparedTable, new: ComparedTable) -> Iterator[ColumnChange]:
    for one, other, state in ((new, old, ChangeState.ADDED), (old, new, ChangeState.REMOVED)):
        there = _list_filled(other)
        for name, cells in _list_filled(one).items():
            if name not in there and cells >= _MANY:
                yield ColumnChange(state, name, cells)


def _list_filled(table: ComparedTable) -> Counter[str]:
    """Return how many cells of each column have a text, in the order of the columns."""
    counts = Counter(dict.fromkeys(table.columns, 0))
    for row in table.rows:
        counts.update(name for name in row.cells if name in table.columns)
    return +counts


def _compare_rows(
    old: Sequence[ComparedRow],
    new: Sequence[ComparedRow],
    columns: Mapping[str, ComparedColumn],
    apart: set[str],
    heirs: Mapping[str, str | None],
) -> Iterator[RowChange]:
    """Yield the rows that differ: those that exist, in their order, then those that are gone."""
    pairs, gone = _pair_rows(old, new)
    come = [row for row in new if id(row) not in pairs]
    renumbered = _find_renumbered(gone, come, columns, heirs)
    for row in new:
        before = pairs.get(id(row))
        if before is not None:
            if cells := _compare_cells(_include_key(before), _include_key(row), columns, apart):
                yield RowChange(ChangeState.CHANGED, row.key, row.name, cells, path=row.path)
        elif (other := renumbered.get(id(row))) is not None:
            yield RowChange(ChangeState.RENUMBERED, row.key, row.name, (), other.key, row.path)
        else:
            cells = _compare_cells({}, row.cells, columns, apart)
            yield RowChange(ChangeState.ADDED, row.key, row.name, cells, path=row.path)
    moved = {id(row) for row in renumbered.values()}
    for row in gone:
        if id(row) not in moved:
            cells = _compare_cells(row.cells, {}, columns, apart)
            yield RowChange(ChangeState.REMOVED, row.key, row.name, cells, path=row.path)


def _include_key(row: ComparedRow) -> Mapping[str, str]:
    """Return the cells of a row, with the cell of its key, which `cells` may leave out."""
    return {row.key_column: row.key, **row.cells} if row.key_column else row.cells


def _pair_rows(
    old: Sequence[ComparedRow], new: Sequence[ComparedRow]
) -> tuple[dict[int, ComparedRow], list[ComparedRow]]:
    """Return the old rows of new rows, by identity, and the old rows that are gone."""
    groups: dict[str, list[ComparedRow]] = {}
    for row in old:
        groups.setdefault(row.key, []).append(row)
    wanted: dict[str, list[ComparedRow]] = {}
    for row in new:
        wanted.setdefault(row.key, []).append(row)
    pairs: dict[int, ComparedRow] = {}
    for key, rows in wanted.items():
        for one, other in _match_rows(groups.get(key, []), rows):
            pairs[id(other)] = one
    used = {id(row) for row in pairs.values()}
    return pairs, [row for row in old if id(row) not in used]


def _match_rows(
    old: Sequence[ComparedRow], new: Sequence[ComparedRow]
) -> Iterable[tuple[ComparedRow, ComparedRow]]:
    """Pair rows with one key: equal ones first, then those with most in common."""
    if len(old) <= 1 and len(new) <= 1:
        return zip(old, new, strict=False)
    pairs: list[tuple[ComparedRow, ComparedRow]] = []
    equal: dict[tuple[tuple[str, str], ...], list[ComparedRow]] = {}
    for row in old:
        equal.setdefault(_list_content(row), []).append(row)
    rest = []
    for row in new:
        same = equal.get(_list_content(row))
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


def _list_content(row: ComparedRow) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(row.cells.items()))


def _find_renumbered(
    gone: Sequence[ComparedRow],
    come: Sequence[ComparedRow],
    columns: Mapping[str, ComparedColumn],
    heirs: Mapping[str, str | None],
) -> dict[int, ComparedRow]:
    """Return the old rows of new rows, by identity, that are the same under another key."""
    derived = {name for name, column in columns.items() if column.derived}

    def content(row: ComparedRow) -> tuple[tuple[str, str], ...]:
        return tuple(item for item in _list_content(row) if item[0] not in derived)

    olds: dict[tuple[tuple[str, str], ...], list[ComparedRow]] = {}
    for row in gone:
        olds.setdefault(content(row), []).append(row)
    found = {}
    for row in come:
        said = content(row)
        # One word is not enough to recognise a row.
        same = olds.get(said, []) if len(said) >= 2 else []
        before = next((one for one in same if heirs.get(one.key, row.key) == row.key), None)
        if before is not None:
            same.remove(before)
            found[id(row)] = before
    return found


def _compare_cells(
    old: Mapping[str, str],
    new: Mapping[str, str],
    columns: Mapping[str, ComparedColumn],
    apart: set[str],
) -> tuple[CellDifference, ...]:
    found: list[CellDifference] = []
    derived: list[CellDifference] = []
    for name in dict.fromkeys([*new, *old]):
        column = columns.get(name) or ComparedColumn(name)
        change = (
            None if name in apart else compare_cells(column, old.get(name, ""), new.get(name, ""))
        )
        if change is not None:
            (derived if column.derived else found).append(change)
    return tuple(found or derived)
