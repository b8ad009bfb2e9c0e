"""Two states of a corpus, and what differs between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.changes.entities import EntityChanges, entity_changes
from disarm_lint.changes.pages import page_tables
from disarm_lint.changes.rows import State, TableChange, table_change
from disarm_lint.changes.workbook import workbook_tables
from disarm_lint.model.document import PageType
from disarm_lint.project import SIZE_LIMIT
from disarm_lint.reading.tree import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.changes.table import Table
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

    def count(self, state: State, *, pages: bool) -> int:
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
        entities=entity_changes(old, new),
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
        change = table_change(shown, olds.get(name), news.get(name))
        if change is not None:
            yield change


def _tables(corpus: Corpus, path: str | None, data: bytes | None) -> dict[str, Table]:
    return {} if path is None else workbook_tables(path, data or b"", corpus.profile)


def _read(corpus: Corpus, path: str | None) -> bytes | None:
    try:
        return None if path is None else corpus.tree.read(path, SIZE_LIMIT)
    except Unreadable:
        return None


def _pages(old: Corpus, new: Corpus) -> Iterator[TableChange]:
    before, after = page_tables(old), page_tables(new)
    for folder in [*after, *(folder for folder in before if folder not in after)]:
        change = table_change(folder, before.get(folder), after.get(folder), pages=True)
        if change is not None:
            yield change


def _differing(old: Corpus, new: Corpus) -> int:
    """Return the number of pages that came, went or differ."""
    before, after = _texts(old), _texts(new)
    return sum(before.get(path) != after.get(path) for path in before.keys() | after.keys())


def _texts(corpus: Corpus) -> dict[str, str]:
    return {d.path: d.source.text for d in corpus.everything if d.type is not PageType.ROW}
