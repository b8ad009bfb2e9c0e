"""Where the findings of a cause stand, in few lines: cells as ranges, places by file."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from disarm_lint.output.report import place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from disarm_lint.output.causes import Cause
    from disarm_lint.output.report import Shown


def origins(cause: Cause) -> list[list[str]]:
    """Return the cells that the words of a cause come from, where these are no places of its own.

    A list for each sheet: `from DISARM_DATA_MASTER.xlsx, incidents!C2:C9` and
    further cells, `C14`. Neighbours in a column are one range.
    """
    own = {
        (item.finding.location.path, item.cell.sheet, item.cell.ref)
        for item in cause.findings
        if item.cell is not None
    }
    cells: dict[tuple[str, str], dict[str, str]] = {}
    for item in cause.findings:
        source = item.finding.source
        if item.cell is not None or source is None:
            continue
        if (source.path, source.cell.sheet, source.cell.ref) not in own:
            there = cells.setdefault((source.path, source.cell.sheet), {})
            there[source.cell.ref] = source.cell.address
    found = []
    for (path, _), addresses in cells.items():
        first, *others = ranges(addresses)
        address = addresses[first.partition(":")[0]]
        sheet = address.rpartition("!")[0]
        found.append([f"from {path.rpartition('/')[2]}", f"{sheet}!{first}", *others])
    return found


def ranges(refs: Iterable[str]) -> list[str]:
    """Return cells by column and row, neighbours in a column as a range: `C2:C9`, `C14`."""
    ordered = sorted(map(_column_and_row, refs), key=lambda at: (len(at[0]), at))
    found: list[tuple[str, int, int]] = []
    for column, row in ordered:
        if found and found[-1][0] == column and row == found[-1][2] + 1:
            found[-1] = (column, found[-1][1], row)
        else:
            found.append((column, row, row))
    return [f"{c}{a}" if a == b else f"{c}{a}:{c}{b}" for c, a, b in found]


def _column_and_row(ref: str) -> tuple[str, int]:
    column = ref.rstrip("0123456789")
    return column, int(ref[len(column) :] or 0)


def by_file(findings: Iterable[Shown]) -> list[tuple[str, list[Shown]]]:
    """Return findings by the file that they stand in, in their order."""
    return [(path, list(items)) for path, items in groupby(findings, key=lambda item: item.path)]


def positions(findings: Iterable[Shown]) -> Iterator[str]:
    """Return where findings stand in their file: `13:14`, or `incidents!C2:7`.

    A cell of the same sheet as the one before is named without it: `C3:7`.
    """
    sheet = None
    for item in findings:
        where = place("", item.span, item.cell).removeprefix(":")
        if item.cell is not None and item.cell.sheet == sheet:
            where = where.rpartition("!")[2]
        sheet = item.cell.sheet if item.cell is not None else None
        yield where
