"""Two states of a corpus, and what differs between them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from disarm_lint.compare.entities import EntityChanges, compare_entities
from disarm_lint.compare.rows import ChangeState, TableChange, compare_tables
from disarm_lint.compare.tables import read_page_tables, read_workbook_tables
from disarm_lint.compare.wording import format_count
from disarm_lint.model.document import PageType
from disarm_lint.project import SIZE_LIMIT
from disarm_lint.sources.filesystem import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from disarm_lint.compare.entities import AddedEntity, MovedEntity, RenamedEntity, RetiredEntity
    from disarm_lint.compare.rows import TableChange
    from disarm_lint.compare.tables import ComparedTable
    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Finding


@dataclass(frozen=True)
class Diff:
    """What differs between two states of a corpus.

    `tables` are sheets of workbooks, and the pages by folder where these were
    compared: where one of the states has no workbooks. Else `pages` counts
    those that differ. `findings` are what rules say of both states together.
    """

    entities: EntityChanges
    tables: tuple[TableChange, ...]
    pages: int = 0
    findings: tuple[Finding, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.entities or self.tables or self.pages or self.findings)

    def count(self, state: ChangeState, *, pages: bool) -> int:
        """Return the number of rows, or of pages, of which something became."""
        return sum(table.count(state) for table in self.tables if table.pages is pages)


def compare(old: Corpus, new: Corpus, *, pages: bool = False) -> Diff:
    """Return what differs between two states of a corpus, without findings.

    `pages` compares the pages too where both states have workbooks, of which
    they are made.
    """
    tables = [*_workbooks(old, new)]
    told = pages or not (old.workbooks and new.workbooks)
    if told:
        tables += _pages(old, new)
    return Diff(
        entities=compare_entities(old, new),
        tables=tuple(tables),
        pages=0 if told else _differing(old, new),
    )


def _workbooks(old: Corpus, new: Corpus) -> Iterator[TableChange]:
    before = {workbook.path: workbook.path for workbook in old.workbooks}
    after = [workbook.path for workbook in new.workbooks]
    for path in after:
        # A workbook that moved is known by its file name.
        was = before.pop(path, None) or before.pop(_namesake(path, before, after), None)
        yield from _workbook(old, was, new, path)
    for path in before:
        yield from _workbook(old, path, new, None)


def _namesake(path: str, before: dict[str, str], after: list[str]) -> str:
    name = path.rpartition("/")[2]
    found = [p for p in before if p.rpartition("/")[2] == name and p not in after]
    return found[0] if len(found) == 1 else ""


def _workbook(old: Corpus, was: str | None, new: Corpus, path: str | None) -> Iterator[TableChange]:
    before, after = _read(old, was), _read(new, path)
    if before == after:
        return
    shown = path or was or ""
    olds = _tables(old, was, before)
    news = _tables(new, path, after)
    names = [*news, *(name for name in olds if name not in news)]
    if any(tables[""].problem for tables in (olds, news) if "" in tables):
        # A workbook that cannot be read; its sheets are neither there nor gone.
        names = [""]
    for name in names:
        change = compare_tables(shown, olds.get(name), news.get(name))
        if change is not None:
            yield change


def _tables(corpus: Corpus, path: str | None, data: bytes | None) -> dict[str, ComparedTable]:
    return {} if path is None else read_workbook_tables(path, data or b"", corpus.profile)


def _read(corpus: Corpus, path: str | None) -> bytes | None:
    try:
        return None if path is None else corpus.tree.read(path, SIZE_LIMIT)
    except Unreadable:
        return None


def _pages(old: Corpus, new: Corpus) -> Iterator[TableChange]:
    before, after = read_page_tables(old), read_page_tables(new)
    for folder in [*after, *(folder for folder in before if folder not in after)]:
        change = compare_tables(folder, before.get(folder), after.get(folder), pages=True)
        if change is not None:
            yield change


def _differing(old: Corpus, new: Corpus) -> int:
    """Return the number of pages that came, went or differ."""
    before, after = _texts(old), _texts(new)
    return sum(before.get(path) != after.get(path) for path in before.keys() | after.keys())


def _texts(corpus: Corpus) -> dict[str, str]:
    return {d.path: d.source.text for d in corpus.all_documents if d.type is not PageType.ROW}


def narrow_diff(diff: Diff, names: Callable[[str], bool]) -> Diff:
    """Return what of a difference stands in files that are named.

    `names` tells whether a path, from the root of the corpus, is. Entities are
    those whose rows or pages differ there.
    """
    tables = tuple(part for table in diff.tables if (part := _table(table, names)) is not None)
    ids = {row.key for table in tables for row in table.rows}
    ids |= {row.was for table in tables for row in table.rows if row.was is not None}
    entities = diff.entities
    return replace(
        diff,
        tables=tables,
        entities=EntityChanges(
            added=tuple(item for item in entities.added if item.id in ids),
            renamed=tuple(item for item in entities.renamed if item.id in ids),
            moved=tuple(item for item in entities.moved if item.id in ids),
            retired=tuple(item for item in entities.retired if item.id in ids),
        ),
        findings=tuple(
            finding
            for finding in diff.findings
            if names(finding.location.path) or finding.subject in ids
        ),
        pages=0,
    )


def _table(table: TableChange, names: Callable[[str], bool]) -> TableChange | None:
    if not table.pages:
        return table if names(table.path) else None
    rows = tuple(row for row in table.rows if row.path is not None and names(row.path))
    return replace(table, rows=rows, columns=()) if rows else None


class ChangeTag(Enum):
    """Where words come from: from us, or as a name or as ids from the corpus."""

    WORDS = "words"
    NAME = "name"
    IDS = "ids"


_ARROW = (ChangeTag.WORDS, " → ")


@dataclass(frozen=True, slots=True)
class EntityLine:
    """An entity in short."""

    sign: str
    id: str
    parts: tuple[tuple[ChangeTag, str], ...]


@dataclass(frozen=True, slots=True)
class EntityGroup:
    """Entities to which the same happened."""

    title: str
    entries: tuple[EntityLine, ...]


def group_entity_changes(changes: EntityChanges) -> Iterator[EntityGroup]:
    """Yield what became of the entities, in groups that are not empty."""
    if changes.added:
        entries = [EntityLine("+", e.id, (_name(e.name),)) for e in changes.added]
        yield EntityGroup(f"{_kinds(changes.added)} added", tuple(entries))
    if changes.renamed:
        entries = [
            EntityLine("~", e.id, (_name(e.old), _ARROW, _name(e.new))) for e in changes.renamed
        ]
        yield EntityGroup(f"{_kinds(changes.renamed)} renamed", tuple(entries))
    if changes.moved:
        entries = [EntityLine("~", e.id, tuple(_move(e))) for e in changes.moved]
        yield EntityGroup(f"{_kinds(changes.moved)} moved", tuple(entries))
    if changes.retired:
        entries = [EntityLine("-", e.id, tuple(_end(e))) for e in changes.retired]
        yield EntityGroup(f"{_kinds(changes.retired)} retired", tuple(entries))


def _name(name: str) -> tuple[ChangeTag, str]:
    return ChangeTag.NAME, name


def _move(moved: MovedEntity) -> Iterator[tuple[ChangeTag, str]]:
    yield _name(moved.name)
    yield ChangeTag.WORDS, f": {moved.home} "
    yield ChangeTag.IDS, ", ".join(moved.old)
    yield _ARROW
    yield ChangeTag.IDS, ", ".join(moved.new)


def _end(retired: RetiredEntity) -> Iterator[tuple[ChangeTag, str]]:
    yield _name(retired.name)
    if retired.successor is not None:
        yield _ARROW
        yield ChangeTag.IDS, retired.successor


def _kinds(entities: Sequence[AddedEntity | RenamedEntity | MovedEntity | RetiredEntity]) -> str:
    """Return how many there are of each kind: `2 techniques, 1 tactic`."""
    counts: dict[str, int] = {}
    for entity in entities:
        counts[entity.kind] = counts.get(entity.kind, 0) + 1
    return ", ".join(format_count(number, kind) for kind, number in counts.items())
