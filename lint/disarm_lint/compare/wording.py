"""What the formats for people share: counts in words, and entities as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.compare.rows import ChangeState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from disarm_lint.compare.diff import Diff
    from disarm_lint.compare.rows import ColumnChange, TableChange

_STATES = (ChangeState.ADDED, ChangeState.REMOVED, ChangeState.CHANGED, ChangeState.RENUMBERED)


def pluralise(noun: str) -> str:
    """Return the plural of a noun, such as the title of a kind."""
    if " or " in noun:
        return " or ".join(map(pluralise, noun.split(" or ")))
    if noun.endswith("y") and not noun.endswith(("ay", "ey", "oy")):
        return f"{noun[:-1]}ies"
    return f"{noun}s"


def format_count(number: int, noun: str) -> str:
    """Return a number with its noun: `1 row`, `3,000 rows`."""
    return f"{number:,} {noun if number == 1 else pluralise(noun)}"


def format_tally(table: TableChange) -> str:
    """Return what became of a table and its rows, columns apart: `2 rows added, 1 removed`."""
    if table.problem:
        return f"not compared: {table.problem}"
    noun = "page" if table.pages else "row"
    parts = _parts([(table.count(state), state) for state in _STATES], noun)
    if table.state is not ChangeState.CHANGED:
        parts.insert(0, f"{'folder' if table.pages else 'sheet'} {table.state}")
    return ", ".join(parts)


def _parts(counts: Iterable[tuple[int, str]], noun: str) -> list[str]:
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
    entities = diff.entities
    counts = [
        (len(entities.added), "added"),
        (len(entities.renamed), "renamed"),
        (len(entities.moved), "moved"),
        (len(entities.retired), "retired"),
    ]
    parts = [", ".join(_parts(counts, "entity"))]
    for noun, pages in (("row", False), ("page", True)):
        states = [(diff.count(state, pages=pages), state) for state in _STATES]
        parts.append(", ".join(_parts(states, noun)))
    columns = [column.state for table in diff.tables for column in table.columns]
    fates = [
        (columns.count(ChangeState.ADDED), "filled"),
        (columns.count(ChangeState.REMOVED), "emptied"),
    ]
    parts.append(", ".join(_parts(fates, "column")))
    if unread := sum(table.problem is not None for table in diff.tables):
        parts.append(f"{format_count(unread, 'workbook or sheet')} not compared")
    if diff.pages:
        verb = "differs" if diff.pages == 1 else "differ"
        parts.append(f"{format_count(diff.pages, 'page')} {verb} (--pages compares them)")
    if diff.findings:
        parts.append(format_count(len(diff.findings), "finding"))
    return "; ".join(part for part in parts if part) + "."
