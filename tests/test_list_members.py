"""Members of a worksheet's id lists that are no ids: an error at the cell, always."""

from __future__ import annotations

import pytest

from disarm_lint.project import lint_contents
from support import mini
from support.mini_master import data, files


def told(column: int, value: object) -> list[tuple[str, str, str | None]]:
    """Return what is new, by cell, where a cell of the evidence sheet holds another value."""
    sheets = data()
    sheets["incidenttechniques"][1][column] = value
    before = {(f.rule, f.message) for f in lint_contents(files(), mini.rules()).outcome.findings}
    return [
        (f"{f.rule} {f.location.cell.ref if f.location.cell else f.location.path}", f.message,
         f.suggestion)
        for f in lint_contents(files(masters=sheets), mini.rules()).outcome.findings
        if (f.rule, f.message) not in before
    ]  # fmt: skip


UNSPLIT = (
    "M702 D2",
    "no page shows that I00001 refers to T0146.001: the generator needs a comma between two ids",
    None,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            "T0146,T0146001",
            ("R202 D2", "malformed id: the full stop between its parts is missing; write "
             "T0146.001", "T0146.001"),
        ),
        (
            "T0146,TT0146.001",
            ("R202 D2", "malformed id: the T at its beginning appears twice; write T0146.001",
             "T0146.001"),
        ),
        (
            "T0146,0146.001",
            ("R202 D2", "malformed id: the T at its beginning is missing; write T0146.001",
             "T0146.001"),
        ),
        (
            "T0146,Т0146.001",
            ("R202 D2", "malformed id: “Т” is a letter of another script (Cyrillic); write "
             "T0146.001", "T0146.001"),
        ),
        (
            "T0146,T0146.001.002",
            (
                "R202 D2",
                "“T0146.001.002” is not an id, and only ids belong here, such as T0000",
                None,
            ),
        ),
        (
            "T0146,nonsense",
            ("R202 D2", "“nonsense” is not an id, and only ids belong here, such as T0000", None),
        ),
        ("T0146/T0146.001", UNSPLIT),
        ("T0146:T0146.001", UNSPLIT),
        ("T0146T0146.001", UNSPLIT),
        ("T0146;T0146.001", UNSPLIT),
        ("T0146.T0146.001", UNSPLIT),
    ],
)  # fmt: skip
def test_a_member_that_is_no_id(value: str, expected: tuple[str, str, str | None]) -> None:
    assert told(3, value) == [expected]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            1,
            ("R202 C2", "malformed id: it is only the number of I00001; write I00001", "I00001"),
        ),
        (
            "I00001 ",
            ("M703 C2", "there is a space after the id, and the generator only finds “I00001” "
             "without it; delete the space", "I00001"),
        ),
        (
            "I0001",
            ("R202 C2", "malformed id: it has 4 digits instead of 5; write I00001", "I00001"),
        ),
        (None, ("M702 C2", "no page shows this row: its “incident_id” is empty", None)),
    ],
)  # fmt: skip
def test_the_incident_of_a_row(value: object, expected: tuple[str, str, str | None]) -> None:
    """And no page is said to be stale, though nothing puts the row on it: the cell says why."""
    assert told(2, value) == [expected]


@pytest.mark.parametrize(
    ("written", "flaw"),
    [
        ("I00\n001", "there is a line break in it"),
        ("I00\u200b001", "there is something invisible in it"),
        ("I0000\u00ad1", "there is something invisible in it"),
        ("I00\u00a0001", "there is a space in it"),
        ("I\u201100001", "there is another hyphen in it"),
    ],
)
def test_an_id_with_something_unseen_in_it_is_one_id(written: str, flaw: str) -> None:
    assert told(2, written) == [("R202 C2", f"malformed id: {flaw}; write I00001", "I00001")]


@pytest.mark.parametrize("written", ["T01\n46", "T01\u200b46", "T\u20110146", "T01\u00a046"])
@pytest.mark.parametrize("value", ["{},T0146.001", "T0146.001,{}"])
def test_a_member_with_something_unseen_in_it_is_one_id(value: str, written: str) -> None:
    found = [item for item in told(3, value.format(written)) if item[0] == "R202 D2"]
    assert [item[2] for item in found] == ["T0146"]


def test_what_a_broken_formula_leaves_for_an_id_is_one_error() -> None:
    assert [item[:2] for item in told(2, "#REF!")] == [
        (
            "R202 C2",
            "“#REF!” is what a broken formula leaves in a cell, and only ids belong here, such as "
            "I00000",
        )
    ]


@pytest.mark.parametrize("value", ["[T0146]", "(T0146)", "& T0146", "T0146."])
def test_what_people_write_around_ids_is_not_a_member(value: str) -> None:
    assert {item[2] for item in told(3, value) if item[0] == "M703 D2"} == {"T0146"}
