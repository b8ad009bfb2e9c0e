"""Slips in the workbooks' own skeleton: ids of rows, headers, sheets, names, empty cells.

Each is one finding at its cell; what follows from it on pages is not reported besides.
"""

from __future__ import annotations

import pytest

from disarm_lint.project import lint_contents
from support import mini
from support.mini_master import DATA, data, files, framework
from support.workbooks import workbook


def techniques(row: int, column: int, value: object) -> list[tuple[str, str, str | None]]:
    """Return what is new where a cell of the sheet of techniques holds another value."""
    sheets = framework()
    sheets["techniques"][row][column] = value
    return told(files(frameworks=sheets))


def told(contents: dict[str, bytes]) -> list[tuple[str, str, str | None]]:
    before = {(f.rule, f.message) for f in lint_contents(files(), mini.rules()).outcome.findings}
    return [
        (
            f"{f.rule} {f.location.cell.ref if f.location.cell else f.location.path}",
            f.message,
            f.suggestion,
        )
        for f in lint_contents(contents, mini.rules()).outcome.findings
        if (f.rule, f.message) not in before and f.rule != "M706"
    ]


def test_the_sheet_is_as_the_tests_think() -> None:
    header, first, second, third = framework()["techniques"][:4]
    assert [header[0], header[2]] == ["disarm_id", "tactic_id"]
    assert [first[0], second[0], third[0]] == ["T0115", "T0146", "T0146.001"]


FORM = "malformed id: it has not the form of its kind's ids; write "


@pytest.mark.parametrize(
    ("row", "value", "meant"),
    [
        (1, "T115", "T0115"),
        (1, "T00115", "T0115"),
        (1, "TT0115", "T0115"),
        (1, "T0l15", "T0115"),
        (1, "TO115", "T0115"),
        (1, "T-0115", "T0115"),
        (1, "Т0115", "T0115"),
        (3, "T0146001", "T0146.001"),
        (3, "T0146:001", "T0146.001"),
        (3, "T0146.01", "T0146.001"),
        (3, "T0146.0001", "T0146.001"),
        (3, "T146.001", "T0146.001"),
    ],
)
def test_a_row_whose_id_is_malformed_is_the_row_that_is_meant(
    row: int, value: str, meant: str
) -> None:
    assert techniques(row, 0, value) == [(f"R202 A{row + 1}", f"{FORM}{meant}", meant)]


def test_an_id_that_another_row_has_is_not_the_one_that_is_meant() -> None:
    sheets = framework()
    sheets["techniques"].append(["T146", "Another", "TA15", "Something else.", None])
    found = told(files(frameworks=sheets))
    assert [message for place, message, _ in found if place == "C605 A5"] == [
        "“T146” is not the id of a technique (such as T0000), so this row has no id. Correct it"
    ]
    assert not any(place.startswith(("R202", "C601")) for place, _, _ in found)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("TA1", ("R202 C2", "malformed id: it has 1 digits instead of 2", None)),
        (
            "T09",
            ("R202 C2", "malformed id: a character is missing; write TA09", "TA09"),
        ),
        (
            "TA09 ",
            (
                "M703 C2",
                "there is a space after the id, and the generator only finds “TA09” without it; "
                "delete the space",
                "TA09",
            ),
        ),
    ],
)
def test_the_tactic_of_a_row(value: str, expected: tuple[str, str, str | None]) -> None:
    (place, message, suggestion) = expected
    found = [item for item in techniques(1, 2, value) if item[0].endswith("C2")]
    assert len(found) == 1
    assert found[0][0] == place
    assert found[0][1].startswith(message)
    assert suggestion is None or found[0][2] == suggestion


def test_an_empty_cell_that_pages_need_is_an_error_at_the_cell() -> None:
    found = techniques(1, 2, None)
    assert ("S108 C2", "“tactic_id” is empty: the page of T0115 needs it", None) in found
    found = techniques(1, 1, None)
    assert ("S108 B2", "“name” is empty: the page of T0115 needs it", None) in found


@pytest.mark.parametrize("value", ["Post Content ", " Post Content", "Post  Content"])
def test_spaces_in_a_name(value: str) -> None:
    message = "there are extra spaces around or in this name; write “Post Content”"
    assert techniques(1, 1, value) == [("S112 B2", message, "Post Content")]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            "technique_ids ",
            "“technique_ids␣” is not “technique_ids”, which the generator looks for letter by "
            "letter: rename a header cell of this name",
        ),
        (
            "Technique_IDs",
            "“Technique_IDs” is not “technique_ids”, which the generator looks for letter by "
            "letter: rename a header cell of this name",
        ),
        (
            "technique ids",
            "the sheet “incidenttechniques” has no column “technique_ids”: write “technique_ids” "
            "in this header cell instead of “technique␣ids”",
        ),
        (
            "tecnique_ids",
            "the sheet “incidenttechniques” has no column “technique_ids”: write “technique_ids” "
            "in this header cell instead of “tecnique_ids”",
        ),
    ],
)
def test_a_header_cell_with_a_slip(header: str, message: str) -> None:
    sheets = data()
    assert sheets["incidenttechniques"][0][3] == "technique_ids"
    sheets["incidenttechniques"][0][3] = header
    assert ("X904 D1", message, None) in told(files(masters=sheets))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "incidenttechniques ",
            "“incidenttechniques␣” is not “incidenttechniques”, which the generator looks for "
            "letter by letter: rename a sheet of this name",
        ),
        (
            "incidenttechnique",
            "the workbook has no sheet “incidenttechniques”; “incidenttechnique” is probably it: "
            "rename that sheet",
        ),
        ("others", "the workbook has no sheet “incidenttechniques”: put it back under this name"),
    ],
)
def test_a_sheet_with_a_slip_in_its_name(name: str, message: str) -> None:
    sheets = data()
    renamed = {name if key == "incidenttechniques" else key: rows for key, rows in sheets.items()}
    contents = files()
    contents[DATA] = workbook(renamed)
    assert message in [found for _, found, _ in told(contents)]
