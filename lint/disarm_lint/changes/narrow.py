"""What of a difference concerns some files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from disarm_lint.changes.entities import EntityChanges

if TYPE_CHECKING:
    from collections.abc import Callable

    from disarm_lint.changes.compare import Diff
    from disarm_lint.changes.rows import TableChange


def narrowed(diff: Diff, names: Callable[[str], bool]) -> Diff:
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
