"""Years and dates that cannot be, placeholders, and links whose brackets are damaged."""

from __future__ import annotations

import pytest

from disarm_lint.model.finding import Finding, Severity
from disarm_lint.project import lint_contents
from support import mini

PAGE = "generated_pages/incidents/I00001.md"
CODES = ("S112", "S114", "S115", "L305", "L308", "N401", "R205", "S107")
RULES = [loaded for loaded in mini.rules() if loaded.rule.code in CODES]


def incidents(number: int = 4) -> dict[str, str]:
    """Return the sound corpus with some more incidents, whose dates show the style."""
    files = mini.corpus()
    for other in range(2, number + 2):
        files[f"generated_pages/incidents/I0000{other}.md"] = mini.incident(
            f"I0000{other}", f"Case {other}", ""
        )
    return files


def told(old: str, new: str) -> list[tuple[str, str, str | None, Severity]]:
    files = incidents()
    assert old in files[PAGE]
    files[PAGE] = files[PAGE].replace(old, new, 1)
    before = {(f.rule, f.message) for f in findings(incidents())}
    return [
        (f.rule, f.message, f.suggestion, f.severity)
        for f in findings(files)
        if (f.rule, f.message) not in before
    ]


def findings(files: dict[str, str]) -> list[Finding]:
    return list(lint_contents(files, RULES).outcome.findings)


YEAR, DATE = "Year started:** 2016", "Date added:** 2019-02-24"


@pytest.mark.parametrize(
    ("value", "message", "meant"),
    [
        ("20016", "“20016” is not a year; write four digits, as in 2019", None),
        ("2O16", "“2O16” is not a year; write four digits, as in 2019", None),
        ("last year", "“last year” is not a year; write four digits, as in 2019", None),
        ("2999", "“2999” is a year in the future", None),
        ("1816", "“1816” is a year before 1900", None),
    ],
)
def test_a_year_that_cannot_be(value: str, message: str, meant: str | None) -> None:
    assert told(YEAR, f"Year started:** {value}") == [("S112", message, meant, Severity.ERROR)]


@pytest.mark.parametrize(
    ("value", "message", "meant"),
    [
        (
            "2019-13-02",
            "“2019-13-02” is impossible: there is no month 13; day and month are probably swapped",
            "2019-02-13",
        ),
        ("2019-13-31", "“2019-13-31” is impossible: there is no month 13", None),
        ("2019-02-31", "“2019-02-31” is impossible: there is no such day", None),
        ("2999-02-01", "“2999-02-01” is in the future", None),
        ("1819-02-24", "“1819-02-24” is before 1900", None),
        ("2019-02-2l", "“2019-02-2l” is impossible: it has letters instead of digits", None),
        ("soon", "“soon” is not a date, but the others here are, such as “2019-02-24”", None),
    ],
)  # fmt: skip
def test_a_date_that_cannot_be(value: str, message: str, meant: str | None) -> None:
    assert told(DATE, f"Date added:** {value}") == [("S112", message, meant, Severity.ERROR)]


def test_a_date_in_another_order_is_a_hint() -> None:
    assert told(DATE, "Date added:** 24/02/2019") == [
        (
            "S112",
            "“24/02/2019” is in another order than the other dates, such as “2019-02-24”",
            None,
            Severity.INFO,
        )
    ]


@pytest.mark.parametrize("value", ["2019-02", "2019", "2019-02-24T10:00:00Z", "2020-02-29", ""])
def test_a_date_that_may_be(value: str) -> None:
    assert [found for found in told(DATE, f"Date added:** {value}") if found[0] == "S112"] == []


@pytest.mark.parametrize(
    "value", ["TBD", "todo", "[TBD]", "to be written", "???", "Lorem ipsum dolor", "C00000", "xxx"]
)
def test_a_placeholder(value: str) -> None:
    assert told("Summary:** What happened.", f"Summary:** {value}") == [
        (
            "S114",
            "this is a placeholder: write the text",
            None,
            Severity.WARNING,
        )
    ]


@pytest.mark.parametrize(
    "value",
    ["They used a to-do list.", "XXX was its name.", "The TODOs were many.", "Why???", "#TBD won."],
)
def test_what_is_no_placeholder(value: str) -> None:
    assert told("Summary:** What happened.", f"Summary:** {value}") == []


LINK = "[T0146 Account Asset](../../generated_pages/techniques/T0146.md)"
MISMATCH = "the brackets do not match, so this is not a link; "


@pytest.mark.parametrize(
    ("link", "message"),
    [
        (
            LINK.replace("](", "] ("),
            "there is a space between the brackets, so this is not a link; ",
        ),
        (LINK.replace("](", ")("), MISMATCH),
        (LINK.replace("[", "{").replace("]", "}"), MISMATCH),
        (LINK.replace(".md)", ".md"), "the closing bracket is missing, so this is not a link; "),
        ("T0146 Account Asset", "this row has lost its link; "),
    ],
)
def test_a_damaged_link_is_one_finding_with_the_link_that_was_meant(
    link: str, message: str
) -> None:
    assert told(LINK, link) == [("L308", f"{message}write “{LINK}”", LINK, Severity.ERROR)]


@pytest.mark.parametrize("target", ["file:///home/a/T0146.md", "C:\\\\a\\\\T0146.md"])
def test_a_link_to_a_file_on_one_computer(target: str) -> None:
    (found,) = told(LINK, f"[T0146 Account Asset]({target})")
    assert found[:2] == ("L305", "it leads to a file on one computer, which no reader has")


def test_two_spaces_inside_a_name() -> None:
    assert told("(T0146: Account Asset", "(T0146: Account  Asset") == [
        (
            "N401",
            "there is more than one space in this name; write “Account Asset”",
            "Account Asset",
            Severity.WARNING,
        )
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "* **Found via:** ",
            "* **Found via:** \n\n* **Found via:** x",
            "the field “Found via” appears a second time",
        ),
        (
            "* **Found via:** ",
            "**Found via:** ",
            "the field “Found via” has lost its bullet; write `* **Found via:**`",
        ),
        (
            "* **Found via:** \n\n* **Date added:** 2019-02-24",
            "* **Date added:** 2019-02-24\n\n* **Found via:** x",
            "the field “Found via” belongs before “Date added”",
        ),
    ],
)
def test_a_field_out_of_its_place(old: str, new: str, message: str) -> None:
    assert told(old, new) == [("S115", message, None, Severity.WARNING)]
