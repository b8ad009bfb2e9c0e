"""Ids that stand in a worksheet in another way than they should."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import openpyxl
import pytest

from support.mini_master import FRAMEWORK, data, files, findings, framework, place

if TYPE_CHECKING:
    from disarm_lint.model.finding import Finding


def told(found: list[Finding]) -> list[tuple[str, str, str]]:
    return [(f.rule, place(f), f.message) for f in found]


@pytest.mark.parametrize(
    ("written", "where", "flaw"),
    [
        ("t0115", "A2:0-5", "its letters belong in capitals"),
        ("T0115 - Post Content", "A2:0-20", "the id alone belongs in this cell"),
        (
            "T0115 ",
            "A2:0-6",
            "there is a space after it, and its page would be called “T0115 .md”",
        ),
    ],
)
def test_id_cell_that_is_not_the_id_alone(written: str, where: str, flaw: str) -> None:
    sheets = framework()
    sheets["techniques"][1][0] = written
    assert told(findings(files(frameworks=sheets))) == [
        ("R202", f"techniques!{where}", f"malformed id: {flaw}; write T0115")
    ]


@pytest.mark.parametrize("written", ["TA09", 8])
def test_row_with_an_id_of_another_kind_or_none_gets_one_finding(written: object) -> None:
    sheets = framework()
    sheets["techniques"].append([written, "A Slip", "TA15", "What is new.", None])
    assert told(findings(files(frameworks=sheets))) == [
        (
            "C605",
            f"techniques!A5:0-{len(str(written))}",
            f"“{written}” is not the id of a technique (such as T0000), so this row has no id. "
            "Correct it",
        )
    ]


def test_sheet_whose_ids_have_another_shape_is_no_flood() -> None:
    sheets = framework()
    sheets["sectors"] += [[f"SEC-{n}", f"Sector {n}", None] for n in range(9)]
    assert findings(files(frameworks=sheets)) == []


def test_missing_column_of_ids_makes_no_row_blank() -> None:
    sheets = framework()
    sheets["techniques"][0][0] = "number"
    assert told(findings(files(frameworks=sheets))) == [
        (
            "X904",
            "techniques!A1:0-0",
            "the sheet “techniques” has no column “disarm_id”: "
            "put its header cell back under this name",
        )
    ]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            "T0115 ,T0146",
            [("D2:0-6", "T0115: the space after it makes the generator drop it; delete the space")],
        ),
        (
            "T0146,T0115 - Post Content",
            [
                (
                    "D2:6-26",
                    "T0115: the name after it makes the generator drop it; delete the name",
                )
            ],
        ),
        ("T0146\nT0115", [("D2:6-11", "T0115: the generator needs a comma between two ids")]),
    ],
)
def test_reference_lost_by_what_stands_beside_it(
    written: str, expected: list[tuple[str, str]]
) -> None:
    sheets = data()
    sheets["incidenttechniques"][1][3] = written
    found = [f for f in findings(files(masters=sheets)) if f.rule == "M702"]
    assert [place(f) for f in found] == [f"incidenttechniques!{where}" for where, _ in expected]
    for finding, (_, message) in zip(found, expected, strict=True):
        assert finding.message.startswith(f"no page shows that I00001 refers to {message}")


def test_blank_in_the_incident_of_a_row_loses_the_row() -> None:
    sheets = data()
    sheets["incidenttechniques"].append(["IT00000002", "They wrote.", "I00001 ", "T0115"])
    assert told(findings(files(masters=sheets))) == [
        (
            "M702",
            "incidenttechniques!C3:0-7",
            "no page shows what this row says of I00001: the space after it "
            "makes the generator drop it; delete the space",
        )
    ]


@pytest.mark.parametrize(
    ("incident", "techniques", "where", "header"),
    [
        (None, "T0115", "C3:0-0", "incident_id"),
        ("I00001", None, "D3:0-0", "technique_ids"),
    ],
)
def test_row_that_lacks_what_would_place_it(
    incident: str | None, techniques: str | None, where: str, header: str
) -> None:
    sheets = data()
    sheets["incidenttechniques"].append(["IT00000002", "They wrote.", incident, techniques])
    assert told(findings(files(masters=sheets))) == [
        (
            "M702",
            f"incidenttechniques!{where}",
            f"no page shows this row: its “{header}” is empty",
        )
    ]


def test_dead_incident_of_a_row_is_told_once() -> None:
    sheets = data()
    sheets["incidenttechniques"].append(["IT00000002", "They wrote.", "I00999", "T0115"])
    assert [(f.rule, place(f)) for f in findings(files(masters=sheets))] == [
        ("R201", "incidenttechniques!C3:0-6")
    ]


def test_names_among_ids_are_rewritten() -> None:
    sheets = data()
    sheets["incidenttechniques"][1][3] = "T0146 - Account Asset"
    (found,) = findings(files(masters=sheets))
    assert (found.rule, place(found), found.suggestion, found.message) == (
        "M703",
        "incidenttechniques!D2:0-21",
        "T0146",
        "the generator splits “technique_ids” at commas alone, and a member holds more than "
        "an id; write “T0146”",
    )


def test_older_release_without_sheets_that_came_later() -> None:
    sheets = data()
    del sheets["urls"], sheets["associatedtechniques"]
    assert findings(files(masters=sheets)) == []


def test_optional_sheet_whose_rows_the_pages_show() -> None:
    contents = files()
    path = "generated_pages/techniques/T0115.md"
    row = "| [T0146 Account Asset](../../generated_pages/techniques/T0146.md) | Both post. |\n"
    rule = "| --------- | ------------------------- |\n"
    contents[path] = contents[path].decode().replace(rule, rule + row, 1).encode()
    sheets = data()
    del sheets["associatedtechniques"]
    contents |= {p: c for p, c in files(masters=sheets).items() if p.endswith(".xlsx")}
    assert told(findings(contents)) == [
        (
            "X904",
            "DISARM_DATA_MASTER.xlsx:1:1",
            "the workbook has no sheet “associatedtechniques”: put it back under this name",
        )
    ]


def test_relative_link_in_a_cell_is_judged_on_the_page() -> None:
    text = "As in [T0146 Account Asset](../../generated_pages/techniques/T0146.md)."
    sheets = framework()
    sheets["techniques"][1][3] = text
    contents = files(frameworks=sheets)
    path = "generated_pages/techniques/T0115.md"
    changed = contents[path].decode().replace("What Post Content is.", text)
    contents[path] = changed.encode()
    found = [f for f in findings(contents) if f.rule.startswith("L")]
    assert [f.location.path for f in found if f.location.cell] == []


def test_formula_that_no_program_has_computed_makes_no_row_blank() -> None:
    contents = files()
    book = openpyxl.load_workbook(io.BytesIO(contents[FRAMEWORK]))
    book["techniques"]["A2"] = '="T"&"0115"'
    made = io.BytesIO()
    book.save(made)
    contents[FRAMEWORK] = made.getvalue()
    assert told(findings(contents)) == [
        (
            "X904",
            "techniques!A1:0-0",
            "the sheet “techniques” was not read: the formula in A2 has no value yet; "
            "open the workbook in a spreadsheet program and save it",
        )
    ]
