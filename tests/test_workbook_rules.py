"""The rules on worksheets: each test breaks one thing in sound workbooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from disarm_lint.project import lint_contents
from support.mini import rules
from support.mini_master import DATA, data, files, findings, framework, place

if TYPE_CHECKING:
    from disarm_lint.model.finding import Finding


def told(found: list[Finding]) -> list[tuple[str, str, str]]:
    return [(f.rule, place(f), f.message) for f in found]


def by_m703(contents: dict[str, bytes]) -> list[Finding]:
    """Return what M703 finds where no rule comes before it."""
    alone = [loaded for loaded in rules() if loaded.rule.code == "M703"]
    return list(lint_contents(contents, alone).outcome.findings)


def test_the_corpus_is_sound() -> None:
    assert findings(files()) == []


@pytest.mark.parametrize(
    ("written", "flaw", "suggestion"),
    [
        ("T0146, T0115", "there is a space beside a member", "T0146,T0115"),
        ("T0146,,T0115", "there is a comma too many", "T0146,T0115"),
        ("T0146,", "there is a comma too many", "T0146"),
        ("T0146;T0115", "there is none between two ids", "T0146,T0115"),
        (
            " T0146 , ,T0115",
            "there is a space beside a member and there is a comma too many",
            "T0146,T0115",
        ),
    ],
)
def test_list_of_ids(written: str, flaw: str, suggestion: str) -> None:
    masters = data()
    masters["incidenttechniques"][1][3] = written
    found = by_m703(files(masters=masters))
    assert [(place(f), f.suggestion) for f in found] == [
        (f"incidenttechniques!D2:0-{len(written)}", suggestion)
    ]
    assert found[0].message == (
        f"the generator splits “technique_ids” at commas alone, and {flaw}; write “{suggestion}”"
    )


def addresses(written: str) -> list[Finding]:
    masters = data()
    masters["incidents"][1][7] = written
    return by_m703(files(masters=masters))


@pytest.mark.parametrize(
    ("between", "flaw"),
    [
        ("  ", "there is an extra space"),
        ("\n", "there is something else between two addresses"),
        (", ", "there is something else between two addresses"),
        (",", "there is something else between two addresses"),
    ],
)
def test_list_of_addresses(between: str, flaw: str) -> None:
    one, other = "https://one.example/a,b", "https://other.example/"
    found = addresses(f"{one}{between}{other}")
    assert [(f.message.partition("; ")[0], f.suggestion) for f in found] == [
        (f"the generator splits “urls” at single spaces alone, and {flaw}", f"{one} {other}")
    ]
    assert addresses(f"{one} {other}") == []


def test_column_that_holds_one_id() -> None:
    sheets = framework()
    sheets["techniques"][1][2] = "TA09,TA15"
    assert told(by_m703(files(frameworks=sheets))) == [
        (
            *("M703", "techniques!C2:0-9"),
            "“tactic_id” holds one id, but this cell has 2",
        )
    ]
    # Where pages show that one of the two is lost, M702 says so.
    assert "M703" not in {f.rule for f in findings(files(frameworks=sheets))}


@pytest.mark.parametrize(
    ("prefix", "following", "message", "suggestion"),
    [
        (
            *("T", "T0100"),
            "T0100 is not free: ids up to T0146 are in use, so the next one is T0147",
            "T0147",
        ),
        (
            *("T", 146),
            "T0146 is not free: ids up to T0146 are in use, so the next one is T0147",
            "147",
        ),
        ("T", "T0147", None, None),
        ("TA", "TA16", None, None),
        ("T", None, None, None),
        ("T", "later", None, None),
        ("ST", "ST0001", None, None),
    ],
)
def test_next_free_number(
    prefix: str, following: object, message: str | None, suggestion: str | None
) -> None:
    sheets = framework()
    head: list[object] = ["disarm_object", "id_prefix", "id_digits", "next number on stack"]
    sheets["FRAMEWORK_ADMIN CODES"] = [head, ["a kind", prefix, 4, following]]
    found = findings(files(frameworks=sheets))
    assert [(f.rule, f.message, f.suggestion) for f in found] == (
        [("M705", message, suggestion)] if message else []
    )


def test_long_names_of_a_sheet_are_one_cause() -> None:
    sheets = framework()
    sheets["techniques"][1][4] = "Post Content -"
    sheets["techniques"][2][4] = "T0146 - Account"
    sheets["techniques"][3][4] = None
    found = findings(files(frameworks=sheets))
    assert [(f.rule, place(f), f.suggestion) for f in found] == [
        ("M706", "techniques!E2:0-14", "T0115 - Post Content"),
        ("M706", "techniques!E3:0-15", "T0146 - Account Asset"),
    ]
    assert {f.message for f in found} == {
        "the long name of this row should be “T0115 - Post Content”; "
        "a formula in all rows of “techniques” would keep it right",
        "the long name of this row should be “T0146 - Account Asset”; "
        "a formula in all rows of “techniques” would keep it right",
    }
    assert len({f.cause for f in found}) == 1


def test_sheet_and_column_that_are_missing() -> None:
    sheets = framework()
    del sheets["tasks"]
    sheets["resources"][0][1] = "title"
    found = [f for f in findings(files(frameworks=sheets)) if f.rule == "X904"]
    assert [(place(f), f.subject, f.message) for f in found] == [
        (
            "DISARM_FRAMEWORKS_MASTER.xlsx:1:1",
            "tasks",
            "the workbook has no sheet “tasks”: put it back under this name",
        ),
        (
            "resources!A1:0-0",
            "resources",
            "the sheet “resources” has no column “name”: put its header cell back under this name",
        ),
    ]


def test_workbook_that_is_none() -> None:
    contents = files()
    contents[DATA] = b"<html>Please sign in</html>"
    found = [f for f in findings(contents) if f.rule == "X904"]
    assert [(f.location.path, f.message) for f in found] == [
        (DATA, "this workbook was not read: it is an HTML page, not an .xlsx file")
    ]
