"""What differs between two states of a corpus, and the same as plain data (diff.schema.json)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from disarm_lint.compare.rows import ChangeState, TableChange, compare_tables
from disarm_lint.compare.tables import read_page_tables, read_workbook_tables
from disarm_lint.corpus.release import compare_releases, index_release
from disarm_lint.model.document import PageType
from disarm_lint.project import SIZE_LIMIT
from disarm_lint.report.data import encode_changes, encode_finding, encode_tool
from disarm_lint.sources.filesystem import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from disarm_lint.compare.rows import CellDifference, RowChange
    from disarm_lint.compare.tables import ComparedTable
    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.release import ReleaseChanges
    from disarm_lint.model.finding import Finding


@dataclass(frozen=True)
class Diff:
    """What differs between two states of a corpus.

    `tables` are sheets of workbooks, and folders of pages if pages were compared, as
    they are if one of the states has no workbooks. Else `pages` counts the pages that
    differ. `findings` are those of rules that compare both states.
    """

    entities: ReleaseChanges
    tables: tuple[TableChange, ...]
    pages: int = 0
    findings: tuple[Finding, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.entities or self.tables or self.pages or self.findings)

    def count(self, state: ChangeState, *, pages: bool) -> int:
        """Return the number of rows or pages with one of these changes."""
        return sum(table.count(state) for table in self.tables if table.pages is pages)


def compare(old: Corpus, new: Corpus, *, pages: bool = False, label: str = "") -> Diff:
    """Return what differs between two states of a corpus, without findings.

    `pages` also compares the pages if both states have workbooks, from which they are
    made. `label` names the earlier state.
    """
    entities = compare_releases(index_release(old, label), index_release(new))
    heirs = {item.id: item.succession.successor for item in entities.retired}
    told = pages or not (old.workbooks and new.workbooks)
    tables = [compare_tables(*pair, heirs) for pair in _compare_sheets(old, new)]
    if told:
        tables += [compare_tables(*pair, heirs, pages=True) for pair in _compare_folders(old, new)]
    return Diff(
        entities=entities,
        tables=tuple(table for table in tables if table is not None),
        pages=0 if told else _count_differing(old, new),
    )


# The name of a table in reports, and the table before and after.
_Pair = tuple[str, "ComparedTable | None", "ComparedTable | None"]


def _compare_sheets(old: Corpus, new: Corpus) -> Iterator[_Pair]:
    before = {workbook.path: workbook.path for workbook in old.workbooks}
    after = [workbook.path for workbook in new.workbooks]
    for path in after:
        # A workbook that moved is known by its file name.
        was = before.pop(path, None) or before.pop(_find_namesake(path, before, after), None)
        yield from _compare_workbook(old, was, new, path)
    for path in before:
        yield from _compare_workbook(old, path, new, None)


def _find_namesake(path: str, before: dict[str, str], after: list[str]) -> str:
    name = path.rpartition("/")[2]
    found = [p for p in before if p.rpartition("/")[2] == name and p not in after]
    return found[0] if len(found) == 1 else ""


def _compare_workbook(
    old: Corpus, was: str | None, new: Corpus, path: str | None
) -> Iterator[_Pair]:
    before, after = _read(old, was), _read(new, path)
    if before == after:
        return
    shown = path or was or ""
    olds = _read_tables(old, was, before)
    news = _read_tables(new, path, after)
    names = [*news, *(name for name in olds if name not in news)]
    if any(tables[""].problem for tables in (olds, news) if "" in tables):
        # A workbook that cannot be read: nothing is known of its sheets.
        names = [""]
    for name in names:
        yield shown, olds.get(name), news.get(name)


def _read_tables(corpus: Corpus, path: str | None, data: bytes | None) -> dict[str, ComparedTable]:
    return {} if path is None else read_workbook_tables(path, data or b"", corpus.profile)


def _read(corpus: Corpus, path: str | None) -> bytes | None:
    try:
        return None if path is None else corpus.tree.read(path, SIZE_LIMIT)
    except Unreadable:
        return None


def _compare_folders(old: Corpus, new: Corpus) -> Iterator[_Pair]:
    before, after = read_page_tables(old), read_page_tables(new)
    for folder in [*after, *(folder for folder in before if folder not in after)]:
        yield folder, before.get(folder), after.get(folder)


def _count_differing(old: Corpus, new: Corpus) -> int:
    """Return the number of pages that were added or removed, or differ."""
    before, after = _list_texts(old), _list_texts(new)
    return sum(before.get(path) != after.get(path) for path in before.keys() | after.keys())


def _list_texts(corpus: Corpus) -> dict[str, str]:
    return {d.path: d.source.text for d in corpus.all_documents if d.type is not PageType.ROW}


def narrow_diff(diff: Diff, names: Callable[[str], bool]) -> Diff:
    """Return the part of a difference that is in files that were named.

    `names` tells whether a path, from the root of the corpus, was named. Entities are
    those whose rows or pages differ there.
    """
    tables = tuple(
        part for table in diff.tables if (part := _select_rows(table, names)) is not None
    )
    ids = {row.key for table in tables for row in table.rows}
    ids |= {row.was for table in tables for row in table.rows if row.was is not None}
    return replace(
        diff,
        tables=tables,
        entities=diff.entities.select(ids),
        findings=tuple(
            finding
            for finding in diff.findings
            if names(finding.location.path) or finding.subject in ids
        ),
        pages=0,
    )


def _select_rows(table: TableChange, names: Callable[[str], bool]) -> TableChange | None:
    if not table.pages:
        return table if names(table.path) else None
    rows = tuple(row for row in table.rows if row.path is not None and names(row.path))
    return replace(table, rows=rows, columns=()) if rows else None


SCHEMA_VERSION = 2


def encode_diff(
    diff: Diff,
    *,
    version: str,
    root: str,
    old: Mapping[str, str | None],
    new: Mapping[str, str | None],
    path: Callable[[str], str] = str,
) -> dict[str, Any]:
    """Return a difference as plain data.

    `root` is the root of the corpus as shown, and `path` gives a path in it;
    `old` and `new` have the keys `revision`, `commit` and `date`.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": encode_tool(version),
        "corpus": {"root": root},
        "old": dict(old),
        "new": dict(new),
        "entity_changes": encode_changes(diff.entities),
        "tables": [_encode_table(table, path) for table in diff.tables],
        "findings": [encode_finding(finding, path) for finding in diff.findings],
        "summary": {
            "entities": {str(change): len(items) for change, items in diff.entities.groups()},
            "rows": {str(state): diff.count(state, pages=False) for state in ChangeState},
            "pages": {str(state): diff.count(state, pages=True) for state in ChangeState},
            "files_not_compared": diff.pages,
            "findings": len(diff.findings),
        },
    }


def _encode_table(table: TableChange, path: Callable[[str], str]) -> dict[str, Any]:
    return {
        "path": path(table.path),
        "name": table.name,
        "kind": "pages" if table.pages else "sheet",
        "state": str(table.state),
        "problem": table.problem,
        "columns": [
            {"name": column.name, "state": str(column.state), "cells": column.cells}
            for column in table.columns
        ],
        "rows": [_encode_row(row, path) for row in table.rows],
    }


def _encode_row(row: RowChange, path: Callable[[str], str]) -> dict[str, Any]:
    return {
        "key": row.key,
        "was": row.was,
        "name": row.name,
        "state": str(row.state),
        "path": path(row.path) if row.path is not None else None,
        "cells": [_encode_cell(cell) for cell in row.cells],
    }


def _encode_cell(cell: CellDifference) -> dict[str, Any]:
    return {
        "column": cell.column,
        "before": cell.before,
        "after": cell.after,
        "list": cell.listed,
        "added": list(cell.added),
        "removed": list(cell.removed),
        "altered": [list(pair) for pair in cell.altered],
        "note": cell.note or None,
    }
