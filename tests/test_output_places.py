"""Where the findings of a cause stand: cells as ranges, places by file, places unbroken."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec import structs

from disarm_lint.model.finding import Origin
from disarm_lint.model.text import CellSpan, Location, Span
from disarm_lint.report.report import ShownFinding, ShownPlace
from disarm_lint.report.roots import format_ranges
from support.formats import finding, written

BOOK = "DISARM_MASTER_DATA/DISARM_DATA_MASTER.xlsx"
LONG = f"{'a-long-folder-name/' * 3}pages/T0001.md"


def on_page(
    line: int, ref: str | None = None, *, path: str = "p.md", message: str = "no"
) -> ShownFinding:
    """Return a finding on a page whose words come from a cell."""
    text = "\n" * (line - 1) + "wrong\n"
    shown = finding(line - 1, line + 4, text=text, path=path, message=message)
    if ref is None:
        return shown
    origin = Origin(BOOK, CellSpan("incidents", ref, 0, 5), "wrong", "row", "I00001")
    return replace(shown, finding=structs.replace(shown.finding, source=origin))


def in_cell(ref: str, offset: int = 0, *, sheet: str = "incidents") -> ShownFinding:
    """Return a finding in a cell."""
    shown = finding(path=BOOK, message="no", text="wrong")
    place = Location(BOOK, None, CellSpan(sheet, ref, offset, offset + 5))
    return replace(shown, finding=structs.replace(shown.finding, location=place))


def grouped(*items: ShownFinding) -> list[str]:
    """Return the lines of the format, without the summary."""
    lines = written("grouped", *items).splitlines()
    return lines[: lines.index("")]


@pytest.mark.parametrize(
    ("refs", "shown"),
    [
        (["E2"], ["E2"]),
        (["E3", "E2", "E10", "E4"], ["E2:E4", "E10"]),
        (["AA1", "B1", "B2", "A3"], ["A3", "B1:B2", "AA1"]),
    ],
)
def test_neighbours_in_a_column_are_a_range(refs: list[str], shown: list[str]) -> None:
    assert format_ranges(refs) == shown


def test_cells_that_a_cause_comes_from_stand_in_one_note() -> None:
    items = [on_page(line, f"E{line}") for line in (2, 3, 4, 9)]
    assert grouped(*items) == [
        "error[N401] 4 findings: no",
        "     = note: from DISARM_DATA_MASTER.xlsx, incidents!E2:E4, E9",
        "    p.md",
        "        2:1, 3:1, 4:1, 9:1",
    ]


def test_cells_that_are_places_of_the_cause_are_not_repeated() -> None:
    items = [in_cell("E2", 7), on_page(2, "E2"), on_page(3, "E2")]
    assert grouped(*items) == [
        "error[N401] 3 findings: no",
        f"    {BOOK}:incidents!E2:8",
        "    p.md:2:1",
        "    p.md:3:1",
    ]


def test_the_sheet_is_named_once_in_a_row_of_cells() -> None:
    items = [in_cell("E2"), in_cell("E3", 4), in_cell("B1", sheet="urls")]
    assert grouped(*items)[1:] == [f"    {BOOK}", "        incidents!E2, E3:5, urls!B1"]


def test_reason_that_is_said_above_is_not_repeated() -> None:
    items = [on_page(1, message="no T0001: a space"), on_page(2, message="no T0002: a space")]
    assert grouped(*items) == [
        "error[N401] 2 findings: no T0001: a space",
        "    p.md:1:1",
        "    p.md:2:1: no T0002",
    ]


def test_a_place_is_never_broken() -> None:
    related = (ShownPlace(LONG, Span(1, 20, 1, 29), "T0001 is defined here"),)
    item = replace(on_page(1), related=related)
    for name in ("text", "grouped"):
        lines = written(name, item).splitlines()
        assert "     = note: T0001 is defined here:" in lines
        assert f"        {LONG}:1:20" in lines
