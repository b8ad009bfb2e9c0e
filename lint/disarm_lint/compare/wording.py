"""What the formats for people share: counts in words, and entities as lines."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from disarm_lint.compare.rows import ChangeState
from disarm_lint.corpus.release import Change
from disarm_lint.model.entity import Evidence
from disarm_lint.model.words import format_count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from disarm_lint.compare.diff import Diff
    from disarm_lint.compare.rows import ColumnChange, TableChange
    from disarm_lint.corpus.release import EntityChange, ReleaseChanges

_STATES = (ChangeState.ADDED, ChangeState.REMOVED, ChangeState.CHANGED, ChangeState.RENUMBERED)


def format_tally(table: TableChange) -> str:
    """Return what became of a table and its rows, columns apart: `2 rows added, 1 removed`."""
    if table.problem:
        return f"not compared: {table.problem}"
    noun = "page" if table.pages else "row"
    parts = _count_parts([(table.count(state), state) for state in _STATES], noun)
    if table.state is not ChangeState.CHANGED:
        parts.insert(0, f"{'folder' if table.pages else 'sheet'} {table.state}")
    return ", ".join(parts)


def _count_parts(counts: Iterable[tuple[int, str]], noun: str) -> list[str]:
    parts: list[str] = []
    for number, word in counts:
        if number:
            parts.append(
                f"{format_count(number, noun)} {word}" if not parts else f"{number:,} {word}"
            )
    return parts


def describe_column(column: ColumnChange) -> str:
    """Return what became of a column: `got 31 cells, its first`."""
    if column.state is ChangeState.ADDED:
        return f"got {format_count(column.cells, 'cell')}, its first"
    return f"lost all its {format_count(column.cells, 'cell')}"


def summarise(diff: Diff) -> str:
    """Return one sentence on all that differs."""
    if not diff:
        return "Nothing changed."
    counts = [
        (len(items), str(change))
        for change, items in diff.entities.groups()
        if change is not Change.CHANGED
    ]
    parts = [", ".join(_count_parts(counts, "entity"))]
    for noun, pages in (("row", False), ("page", True)):
        states = [(diff.count(state, pages=pages), state) for state in _STATES]
        parts.append(", ".join(_count_parts(states, noun)))
    columns = [column.state for table in diff.tables for column in table.columns]
    fates = [
        (columns.count(ChangeState.ADDED), "filled"),
        (columns.count(ChangeState.REMOVED), "emptied"),
    ]
    parts.append(", ".join(_count_parts(fates, "column")))
    if unread := sum(table.problem is not None for table in diff.tables):
        parts.append(f"{format_count(unread, 'workbook or sheet')} not compared")
    if diff.pages:
        verb = "differs" if diff.pages == 1 else "differ"
        parts.append(f"{format_count(diff.pages, 'page')} {verb} (--pages compares them)")
    if diff.findings:
        parts.append(format_count(len(diff.findings), "finding"))
    return "; ".join(part for part in parts if part) + "."


class Tag(Enum):
    """What words are: the linter's own, or from the corpus an old name, a name or ids."""

    WORDS = "words"
    OLD = "old"
    NAME = "name"
    IDS = "ids"


_ARROW = (Tag.WORDS, " → ")


@dataclass(frozen=True, slots=True)
class EntityLine:
    """An entity in short."""

    sign: str
    id: str
    parts: tuple[tuple[Tag, str], ...]

    def __str__(self) -> str:
        """Return the words, with names in quotation marks."""
        named = (Tag.OLD, Tag.NAME)
        words = "".join(f"“{text}”" if tag in named else text for tag, text in self.parts)
        return f"{self.id} {words}".rstrip()


@dataclass(frozen=True, slots=True)
class EntityGroup:
    """Entities with the same change: `2 techniques, 1 tactic added`."""

    change: Change
    title: str
    lines: tuple[EntityLine, ...]


_SIGNS = {Change.ADDED: "+", Change.RETIRED: "-"}


def group_entities(changes: ReleaseChanges) -> Iterator[EntityGroup]:
    """Yield what became of the entities, in groups that are not empty.

    Changed summaries are left out, because they are shown cell by cell.
    """
    for change, items in changes.groups():
        if items and change is not Change.CHANGED:
            lines = tuple(
                EntityLine(_SIGNS.get(change, "~"), item.id, tuple(_list_parts(change, item)))
                for item in items
            )
            yield EntityGroup(change, f"{_count_kinds(items)} {change}", lines)


def _list_parts(change: Change, item: EntityChange) -> Iterator[tuple[Tag, str]]:
    bearers = item.succession.bearers
    if item.old_name is not None and change in (Change.RENAMED, Change.REUSED):
        yield Tag.OLD, item.old_name
        yield _ARROW
    if item.state.name:
        yield Tag.NAME, item.state.name
    if change is Change.MOVED:
        old, new = item.homes
        yield Tag.WORDS, f": {item.home} "
        yield Tag.IDS, ", ".join(old)
        yield _ARROW
        yield Tag.IDS, ", ".join(new)
    elif item.succession.successor is not None:
        yield _ARROW
        yield Tag.IDS, item.succession.successor
    elif bearers and item.succession.evidence is not Evidence.CONFIGURATION:
        old_name = "its name" if change is Change.RETIRED else "its old name"
        yield Tag.WORDS, f" ({old_name} is now that of "
        yield Tag.IDS, ", ".join(bearers)
        yield Tag.WORDS, ")"


def _count_kinds(items: Iterable[EntityChange]) -> str:
    """Return how many there are of each kind: `2 techniques, 1 tactic`."""
    counts = Counter(item.state.title for item in items)
    return ", ".join(format_count(number, kind) for kind, number in counts.items())
