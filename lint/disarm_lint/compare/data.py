"""A difference as plain data, as diff.schema.json says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from disarm_lint.compare.rows import ChangeState
from disarm_lint.report.data import changes_data, finding_as_data, tool_data

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from disarm_lint.compare.diff import Diff
    from disarm_lint.compare.rows import CellDifference, RowChange, TableChange

SCHEMA_VERSION = 2


def diff_as_data(
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
        "tool": tool_data(version),
        "corpus": {"root": root},
        "old": dict(old),
        "new": dict(new),
        "entity_changes": changes_data(diff.entities),
        "tables": [_table(table, path) for table in diff.tables],
        "findings": [finding_as_data(finding, path) for finding in diff.findings],
        "summary": {
            "entities": {str(change): len(items) for change, items in diff.entities.groups()},
            "rows": {str(state): diff.count(state, pages=False) for state in ChangeState},
            "pages": {str(state): diff.count(state, pages=True) for state in ChangeState},
            "files_not_compared": diff.pages,
            "findings": len(diff.findings),
        },
    }


def _table(table: TableChange, path: Callable[[str], str]) -> dict[str, Any]:
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
        "rows": [_row(row, path) for row in table.rows],
    }


def _row(row: RowChange, path: Callable[[str], str]) -> dict[str, Any]:
    return {
        "key": row.key,
        "was": row.was,
        "name": row.name,
        "state": str(row.state),
        "path": path(row.path) if row.path is not None else None,
        "cells": [_cell(cell) for cell in row.cells],
    }


def _cell(cell: CellDifference) -> dict[str, Any]:
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
